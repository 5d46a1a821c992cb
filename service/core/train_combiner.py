"""Trains a combiner from files, for `consort train` and jobs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.trainable import Trainable
from ensemble.targets import Targets, fingerprint
from evaluation.data.writers import check_file, write_bytes
from evaluation.errors import InputError
from evaluation.execution.progress import as_one_step
from evaluation.reporting.table import Table, sign
from service.core.batch_combine import Note, no_note
from service.core.lesson import Lesson
from service.core.smoke_test import unservable

if TYPE_CHECKING:
    from ensemble.decoding.decode import Combination
    from ensemble.training.baselines import Learner
    from ensemble.training.judges import Worth
    from evaluation.execution.progress import Progress

Outputs = Mapping[str, Sequence["Combination"]]
"""Held-out outputs by the name of the combiner."""


class Page(NamedTuple):
    """The file of the page on a training, the name of its data there, and its extent.

    A `short` one is without the learning curve and the worth of each system: the combiner is not
    trained again for it.
    """

    path: Path
    data: str = ""
    short: bool = False


def learn(
    folder: Path,
    output: Path,
    lesson: Lesson,
    page: Page | None,
    progress: "Progress",
    note: Note = no_note,
    show: Callable[[Table], None] = lambda table: None,
) -> Table:
    """Train on the outputs in `folder`, write the combiner to `output`, and return its scores.

    `note` is called with where the combiner may be used, and with evidence that is left out, and
    `show` with the scores: as soon as they are known, before the combiner is trained on all
    segments and the page is drawn.

    Raises:
        DataError: a file cannot be read.
        ValueError: inputs do not fit each other, or `output` has other files.
        ImportError: an optional part is missing; the message names the extra.
    """
    from ensemble.training.artefact import Record, write
    from evaluation.artefact import check_place

    check_place(output)
    if page:
        _check_page(page)
    course = _read(folder, lesson, progress, note)
    outputs = course.held_out(progress)
    judges = course.judges(outputs)
    table, remarks = course.scores(outputs, judges)
    for remark in remarks.values():
        note(remark)
    show(table)
    combiner = course.trained(judges is None or judges.is_gain, progress)
    if lesson.context and combiner.context is None:
        remarks["left out"] = (
            f"{lesson.context} does not help on held-out segments: it is left out, and never asked"
        )
        note(remarks["left out"])
    config = lesson.config(course.targets) | {"cv": lesson.cv, **remarks}
    digest = fingerprint(course.ballots, course.targets)
    saved = write(output, combiner, Record(digest, config, list(map(asdict, table.rows))))
    if page:
        _write_page(page, course, saved, outputs, table, progress)
    return table


def _check_page(page: Page) -> None:
    """Raise an `OSError` or `ImportError` before the training, if the page could not be made."""
    from evaluation.reporting.plots.canvas import styled

    check_file(page.path)
    with styled():
        pass


def _write_page(
    page: Page,
    course: "_Course",
    combiner: Trainable,
    outputs: Outputs,
    table: Table,
    progress: "Progress",
) -> None:
    from ensemble.training.report import Training, training_page

    training = Training(
        course.ballots, course.targets, combiner, outputs, table, course.learner, page.data
    )
    write_bytes(page.path, training_page(training, progress, page.short).encode("utf-8"))


def _read(folder: Path, lesson: Lesson, progress: "Progress", note: Note) -> "_Course":
    """Return the labelled data, prepared for the combiner."""
    kind = lesson.kind_in(folder, note)
    if reason := unservable(lesson.types, lesson.context):
        note(f"note: the result is for `consort combine`; no service takes it: {reason}")
    trainable = lesson.trainable(kind)
    ballots, targets = lesson.read(folder, kind, progress, note)
    trainable.prepare(ballots, lesson.context, progress)
    return _Course(lesson, kind, trainable.name, lesson.learner(trainable), ballots, targets)


class _Course(NamedTuple):
    """Labelled `ballots` of a `kind`, and the `learner` that trains a combiner called `name`."""

    lesson: Lesson
    kind: Kind
    name: str
    learner: Callable[..., Trainable]
    ballots: Sequence[Ballot]
    targets: Targets

    def held_out(self, progress: "Progress") -> Outputs:
        """Return the outputs of the combiner and of others, trained on other folds."""
        from ensemble.training.baselines import baselines
        from ensemble.training.cross_validation import cross_validate
        from ensemble.training.judges import with_and_without

        kind: Kind = self.ballots[0].kind if self.ballots else "edits"
        scored = any(ballot.scores for ballot in self.ballots)
        known: dict[str, Learner] = baselines(kind, bool(self.targets.references), scored)
        learners = {**known, **with_and_without(self.name, self.learner, self.ballots)}
        folds, seed = self.lesson.cv, self.lesson.seed
        return cross_validate(self.ballots, self.targets, learners, folds, seed, progress)

    def judges(self, outputs: Outputs) -> "Worth | None":
        """Return what judges add to the combiner; `None` where there are none."""
        from ensemble.training.judges import worth

        return worth(outputs, self.targets, self.kind, self.name)

    def scores(self, outputs: Outputs, judges: "Worth | None") -> tuple[Table, dict[str, str]]:
        """Return the scores of the outputs, and remarks on where the combiner may be used."""
        from ensemble.training.comparison import advice, report_rows

        rows = report_rows(outputs, self.targets, self.kind, self.name)
        config = {"kind": self.kind, "cv": self.lesson.cv, **self.lesson.config(self.targets)}
        remarks = {"use": advice(rows, self.name, len(set(self.targets.groups)) > 1)}
        if judges:
            remarks["judges"] = str(judges)
        return Table(rows, sign("train", config)), remarks

    def trained(self, with_judges: bool, progress: "Progress") -> Trainable:
        """Return the combiner trained on all segments, with or without the scores of judges."""
        from ensemble.training.judges import unjudged

        ballots = self.ballots if with_judges else unjudged(self.ballots)
        return as_one_step(
            lambda: self._learnt(ballots), f"Training on all {len(self.ballots)} segments", progress
        )

    def _learnt(self, ballots: Sequence[Ballot]) -> Trainable:
        combiner = self.learner(ballots, self.targets)
        if not combiner.is_trained:
            message = f"{combiner.name} cannot learn from these labels: {combiner.untaught}"
            raise InputError("invalid-data", message)
        return replace(combiner, types=self.lesson.types)
