"""The combiners that count rewards, and members tested in ensembles they were not rewarded by."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, learns
from ensemble.diversity.assessment.ensembles import CrossFitted, train_neural
from ensemble.diversity.assessment.experiment_data import (
    ExperimentData,
    PreparedSegments,
    labelled_ballots,
)
from ensemble.diversity.config import CHOOSER, NO_MEMBER, UNTRAINED
from ensemble.types import Array, Integers
from evaluation.execution.progress import Progress, Step


def reward_combiners(
    data: ExperimentData,
    rows: Integers,
    texts: Sequence[str | None],
    folder: Path | None = None,
    name: str = UNTRAINED,
) -> tuple[Combiner, Combiner]:
    """Return the combiner of the rewards on the segments `rows`, and that for all other segments.

    They are the same, unless the combiner is trained in the run. Then it is trained on `rows`,
    with the outputs `texts` of the member `name`, and kept in `folder`, if any. One that learns
    without labels, as the vote learns to settle ties of labels, has learnt from the same outputs.
    """
    dataset = data.dataset.part(rows)
    labels = labelled_ballots(dataset, texts, data.kind)
    if fixed := data.fixed_combiners.get(data.config.combiner):
        return (_fitted(fixed, labels[0]),) * 2
    crossed = CrossFitted.train(*labels, folder and folder / "halves")
    return crossed, train_neural(*labels, folder and folder / name)


def _fitted(combiner: Combiner, ballots: Sequence[Ballot]) -> Combiner:
    """Return `combiner` with what it learns without labels from `ballots`."""
    return combiner.fit(ballots) if learns(combiner, ballots[0].kind) else combiner


def texts_of(data: ExperimentData, part: PreparedSegments, options: Integers) -> list[str | None]:
    """Return the member's outputs, given the option it takes at each decision, (d,)."""
    made = part.decisions.edits(options)
    return [data.kind.render(ballot, e) for ballot, e in zip(part.ballots, made, strict=True)]


def judge_members(
    data: ExperimentData,
    parts: tuple[PreparedSegments, PreparedSegments],
    chosen: tuple[Mapping[str, Integers], Mapping[str, Integers]],
    progress: Progress,
    folder: Path | None = None,
) -> dict[str, dict[str, Array]]:
    """Return the combined output's right, made and gold edits (m, 3), by judge and by member.

    `parts` are the segments trained on and those tested on, `chosen` the options that each member
    takes there. A judge that has to be trained is trained again with each member's outputs, as it
    would be with that member in its ensemble; it is kept in `folder`, if any.
    """
    members = (NO_MEMBER, UNTRAINED, CHOOSER, data.config.main_experiment)
    results: dict[str, dict[str, Array]] = {judge: {} for judge in data.config.judges}
    pairs = [(judge, member) for judge in results for member in members]
    jobs = [Step((judge, member), f"{judge}: {member}") for judge, member in pairs]
    for job in progress(jobs, "Asking other ensembles"):
        judge, member = job.item
        train, test = (
            None if member == NO_MEMBER else texts_of(data, part, options[member])
            for part, options in zip(parts, chosen, strict=True)
        )
        labels = labelled_ballots(parts[0].dataset, train, data.kind)
        if fixed := data.fixed_combiners.get(judge):
            combiner = _fitted(fixed, labels[0])
        else:
            combiner = train_neural(*labels, folder and folder / member.replace("/", "-"))
        results[judge][member] = data.outcome(parts[1], test, combiner).combined
    return results
