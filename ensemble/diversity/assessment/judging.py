"""Which combiner counts rewards, and what a member does in ensembles it was not rewarded by."""

from collections.abc import Mapping
from pathlib import Path

from ensemble.combiners.base import Combiner
from ensemble.diversity.assessment.ensembles import CrossFitted, trained
from ensemble.diversity.assessment.experiment_data import Array, Bench, Seen, labelled
from ensemble.diversity.config import CHOOSER, NO_MEMBER, UNTOUCHED
from ensemble.diversity.training.decisions import Places
from ensemble.diversity.training.member import write
from evaluation.execution.progress import Progress


def loop(
    bench: Bench, rows: Places, untouched: str, folder: Path | None = None
) -> tuple[Combiner, Combiner]:
    """Return the combiner of the rewards on the segments `rows`, and that of all others.

    They are the same unless it is trained: then it is on `rows`, with the member untouched, and
    kept in `folder`, if any.
    """
    if given := bench.given.get(bench.config.combiner):
        return given, given
    material = bench.material.part(rows)
    labels = labelled(material, material.versions.of(untouched, material.sources))
    crossed = CrossFitted.train(*labels, folder and folder / "halves")
    return crossed, trained(*labels, folder and folder / UNTOUCHED)


def texts_of(part: Seen, options: Places) -> list[str]:
    """Return what the member says that takes these `options` (d,)."""
    return write(part.ballots, part.decisions.edits(options))


def judged(
    bench: Bench,
    parts: tuple[Seen, Seen],
    chosen: tuple[Mapping[str, Places], Mapping[str, Places]],
    progress: Progress,
    folder: Path | None = None,
) -> dict[str, dict[str, Array]]:
    """Return what each judge makes of some members: right, made and gold edits (m, 3).

    `parts` are the segments trained on and those tested on, `chosen` what each member takes
    there. A judge that is trained is so anew for each member, on what that one says: whoever
    has another member has another ensemble. They are kept in `folder`, if any.
    """
    names = (NO_MEMBER, UNTOUCHED, CHOOSER, next(iter(bench.config.lessons)))
    found: dict[str, dict[str, Array]] = {judge: {} for judge in bench.config.judges}
    jobs = [(judge, name) for judge in found for name in names]
    for judge, name in progress(jobs, "Asking other ensembles"):
        known, new = (
            None if name == NO_MEMBER else texts_of(part, some[name])
            for part, some in zip(parts, chosen, strict=True)
        )
        combiner = bench.given.get(judge)
        if combiner is None:
            labels = labelled(parts[0].material, known)
            combiner = trained(*labels, folder and folder / name.replace("/", "-"))
        found[judge][name] = bench.outcome(parts[1], new, combiner).combined
    return found
