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
    from evaluation.execution.progress import Progress


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
    from ensemble.training.comparison import advice, report_rows
    from ensemble.training.judges import unjudged, worth
    from ensemble.training.report import Training, training_page
    from evaluation.artefact import check_place

    check_place(output)
    if page:
        _check_page(page)
    kind = lesson.kind_in(folder, note)
    if reason := unservable(lesson.types, lesson.context):
        note(f"note: the result is for `consort combine`; no service takes it: {reason}")
    trainable = lesson.trainable(kind)
    name, learner = trainable.name, lesson.learner(trainable)
    ballots, targets = lesson.read(folder, kind, progress, note)
    trainable.prepare(ballots, lesson.context, progress)
    outputs = _held_out(ballots, targets, lesson, name, learner, progress)
    rows = report_rows(outputs, targets, kind, name)
    config = lesson.config(targets)
    table = Table(rows, sign("train", {"kind": kind, "cv": lesson.cv, **config}))
    remarks = {"use": advice(rows, name, len(set(targets.groups)) > 1)}
    judges = worth(outputs, targets, kind, name)
    if judges:
        remarks["judges"] = str(judges)
    for remark in remarks.values():
        note(remark)
    show(table)
    learnt_from = ballots if judges is None or judges.is_gain else unjudged(ballots)
    combiner = as_one_step(
        lambda: _trained(learnt_from, targets, lesson, learner),
        f"Training on all {len(ballots)} segments",
        progress,
    )
    if lesson.context and combiner.context is None:
        remarks["left out"] = (
            f"{lesson.context} does not help on held-out segments: it is left out, and never asked"
        )
        note(remarks["left out"])
    config |= {"cv": lesson.cv, **remarks}
    record = Record(fingerprint(ballots, targets), config, list(map(asdict, rows)))
    saved = write(output, combiner, record)
    if page:
        training = Training(ballots, targets, saved, outputs, table, learner, page.data)
        html = training_page(training, progress, page.short)
        write_bytes(page.path, html.encode("utf-8"))
    return table


def _check_page(page: Page) -> None:
    """Raise an `OSError` or `ImportError` before the training, if the page could not be made."""
    from evaluation.reporting.plots.canvas import styled

    check_file(page.path)
    with styled():
        pass


def _held_out(
    ballots: Sequence[Ballot],
    targets: Targets,
    lesson: Lesson,
    name: str,
    learner: Callable[..., Trainable],
    progress: "Progress",
) -> Mapping[str, Sequence["Combination"]]:
    """Return the outputs of the combiner called `name` and of others, trained on other folds."""
    from ensemble.training.baselines import Learner, baselines
    from ensemble.training.cross_validation import cross_validate
    from ensemble.training.judges import with_and_without

    kind: Kind = ballots[0].kind if ballots else "edits"
    scored = any(ballot.scores for ballot in ballots)
    known: dict[str, Learner] = baselines(kind, bool(targets.references), scored)
    learners = {**known, **with_and_without(name, learner, ballots)}
    return cross_validate(ballots, targets, learners, lesson.cv, lesson.seed, progress)


def _trained(
    ballots: Sequence[Ballot], targets: Targets, lesson: Lesson, learner: Callable[..., Trainable]
) -> Trainable:
    combiner = learner(ballots, targets)
    if not combiner.is_trained:
        message = f"{combiner.name} cannot learn from these labels: {combiner.untaught}"
        raise InputError("invalid-data", message)
    return replace(combiner, types=lesson.types)
