"""Training a combiner from files: what `consort train` and jobs of that kind do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.candidates.labels import LabelCase
from ensemble.targets import Targets, fingerprint, from_gold, from_references, from_scores
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_outputs, read_parallel, read_scores
from evaluation.data.writers import check_file, write_bytes
from evaluation.edits.types import Types, load_types
from evaluation.reporting.table import Table, sign
from evaluation.statistics.significance import SEED
from service.core.batch_combine import Note, check_label_case, kind_in, no_note

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress


def learn(
    folder: Path,
    output: Path,
    lesson: "Lesson",
    report: Path | None,
    progress: "Progress",
    note: Note = no_note,
) -> Table:
    """Train on the outputs in `folder`, write the combiner to `output`, and return its worth.

    Raises:
        DataError: a file cannot be read.
        ValueError: what is read does not go together, or `output` holds something else.
        ImportError: an optional part is missing; the message names the extra.
    """
    from ensemble.combiners.neural.combiner import Neural
    from ensemble.combiners.neural.context import read_ahead
    from ensemble.combiners.neural.training import train as fit
    from ensemble.combiners.supervised import Learner, rivals
    from ensemble.training.artefact import Record, write
    from ensemble.training.cross_validation import calibrated, compare, cross_validate
    from ensemble.training.report import training_page
    from evaluation.artefact import check_place

    check_place(output)
    if report:
        check_file(report)
    types, context, cv, seed = lesson.types, lesson.context, lesson.cv, lesson.seed
    wanted, case = lesson.kind_in(folder, note), lesson.label_case
    check_label_case(case, wanted)
    segments = progress(read_outputs(folder, lesson.systems, wanted == "edits"), "Reading")
    ballots = list(collect_all(segments, wanted, load_types(types), label_case=case))
    targets = lesson.labels.targets(ballots, case)
    config: dict[str, Any] = {"types": types, "context": context, "seed": seed}
    if case != "keep":
        config["label_case"] = case
    learner: Learner = partial(fit, seed=seed, context=context)
    if context:
        read_ahead(ballots, context, progress)
    learners = {**rivals(wanted), Neural.name: learner}
    outputs = cross_validate(ballots, targets, learners, cv, seed, progress)
    signature = sign("train", {"kind": wanted, "cv": cv, **config})
    rows = [*compare(outputs, targets, wanted), *calibrated(outputs, targets, Neural.name)]
    table = Table(rows, signature)
    combiner = replace(fit(ballots, targets, seed, context), types=types)
    config |= {"cv": cv}
    record = Record(fingerprint(ballots, targets), config, list(map(asdict, rows)))
    saved = write(output, combiner, record)
    if report:
        page = training_page(ballots, targets, saved, outputs, table, learner, progress)
        write_bytes(report, page.encode("utf-8"))
    return table


@dataclass(frozen=True)
class Labels:
    """Where the labels are: exactly one of the three."""

    gold: Path | None
    references: tuple[Path, ...]
    scores: Path | None

    def targets(self, ballots: Sequence[Ballot], label_case: LabelCase = "keep") -> Targets:
        """Return what they say of `ballots`, whose labels were compared by `label_case`.

        Raises:
            ValueError: none is given, or several; or they do not fit.
        """
        if sum(map(bool, (self.gold, self.references, self.scores))) != 1:
            raise ValueError("labels come from one of --gold, --reference and --scores")
        if self.gold:
            return from_gold(ballots, read_m2(self.gold))
        if self.scores:
            return from_scores(ballots, read_scores(self.scores))
        columns = read_parallel(self.references)
        return from_references(ballots, list(zip(*columns, strict=True)), label_case)


@dataclass(frozen=True)
class Lesson:
    """What a combiner is trained on and how; the options of `consort train`."""

    labels: Labels
    kind: Kind | None = None
    systems: Sequence[str] | None = None
    cv: int = 5
    seed: int = SEED
    types: Types = "surface"
    context: str | None = None
    label_case: LabelCase = "keep"

    def kind_in(self, folder: Path, note: Note) -> Kind:
        """Return the kind of the outputs in `folder`: as told, as labels go with it, or as seen.

        Raises:
            DataError: a file cannot be read.
            ValueError: it is not clear which kind they are of.
        """
        if self.kind or self.labels.scores:
            return self.kind or "texts"
        return "edits" if self.labels.gold else kind_in(folder, None, self.systems, note)
