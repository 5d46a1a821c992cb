"""Trains a combiner from files, for `consort train` and jobs."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.candidates.labels import LabelCase
from ensemble.combiners.base import kind_for
from ensemble.combiners.registry import load_trainable
from ensemble.combiners.trainable import Trainable
from ensemble.loading import NEURAL
from ensemble.targets import Loss, Targets, fingerprint, from_gold, from_references, from_scores
from evaluation.data.human_scores import read_scores
from evaluation.data.judge_scores import recused
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_lines, read_outputs, read_parallel
from evaluation.data.writers import check_file, write_bytes
from evaluation.edits.types import Types, load_types
from evaluation.errors import DataError, InputError
from evaluation.reporting.table import Table, sign
from evaluation.statistics.significance import SEED
from service.core.batch_combine import Note, check_label_case, kind_in, no_note

if TYPE_CHECKING:
    from ensemble.combiners.stack.combiner import Stack
    from evaluation.execution.progress import Progress


def learn(
    folder: Path,
    output: Path,
    lesson: "Lesson",
    report: Path | None,
    progress: "Progress",
    note: Note = no_note,
) -> Table:
    """Train on the outputs in `folder`, write the combiner to `output`, and return its scores.

    Raises:
        DataError: a file cannot be read.
        ValueError: inputs do not fit each other, or `output` has other files.
        ImportError: an optional part is missing; the message names the extra.
    """
    from ensemble.training.artefact import Record, write
    from ensemble.training.baselines import Learner, baselines
    from ensemble.training.cross_validation import advice, cross_validate, report_rows
    from ensemble.training.judges import unjudged, with_and_without, worth
    from ensemble.training.report import training_page
    from evaluation.artefact import check_place

    check_place(output)
    if report:
        check_file(report)
    types, context, cv, seed = lesson.types, lesson.context, lesson.cv, lesson.seed
    wanted, case = lesson.kind_in(folder, note), lesson.label_case
    check_label_case(case, wanted)
    trainable = load_trainable(lesson.combiner, wanted)
    is_edits, is_labels = wanted == "edits", wanted == "labels"
    read = read_outputs(folder, lesson.systems, is_edits, is_labels)
    segments = recused(progress(read, "Reading"), lesson.recuse)
    ballots = list(collect_all(segments, wanted, load_types(types), label_case=case))
    targets = lesson.targets(ballots)
    config = lesson.config(targets)
    learner = partial(lesson.learner(trainable), seed=seed, context=context)
    trainable.prepare(ballots, context, progress)
    known: dict[str, Learner] = baselines(wanted, bool(targets.references))
    learners = {**known, **with_and_without(trainable.name, learner, ballots)}
    outputs = cross_validate(ballots, targets, learners, cv, seed, progress)
    signature = sign("train", {"kind": wanted, "cv": cv, **config})
    name = trainable.name
    rows = report_rows(outputs, targets, wanted, name)
    use = advice(rows, name, len(set(targets.groups)) > 1)
    note(use)
    judges = worth(outputs, targets, wanted, name)
    if judges:
        note(str(judges))
    table = Table(rows, signature)
    learnt_from = ballots if judges is None or judges.is_gain else unjudged(ballots)
    combiner = _trained(learnt_from, targets, lesson, learner)
    if context and combiner.context is None:
        note(f"{context} does not help on held-out segments: it is left out, and never asked")
    config |= {"cv": cv, "use": use, **({"judges": str(judges)} if judges else {})}
    record = Record(fingerprint(ballots, targets), config, list(map(asdict, rows)))
    saved = write(output, combiner, record)
    if report:
        page = training_page(ballots, targets, saved, outputs, table, learner, progress)
        write_bytes(report, page.encode("utf-8"))
    return table


def _trained(
    ballots: Sequence[Ballot], targets: Targets, lesson: "Lesson", learner: Callable[..., Trainable]
) -> Trainable:
    combiner = learner(ballots, targets)
    if not combiner.is_trained:
        message = f"{combiner.name} cannot learn from these labels: {combiner.untaught}"
        raise InputError("invalid-data", message)
    return replace(combiner, types=lesson.types)


@dataclass(frozen=True)
class Labels:
    """The files of the labels: exactly one of the first three, and the group of each segment."""

    gold: Path | None
    references: tuple[Path, ...]
    scores: Path | None
    groups: Path | None = None

    def targets(self, ballots: Sequence[Ballot], label_case: LabelCase = "keep") -> Targets:
        """Return the targets of `ballots`, whose labels were compared by `label_case`.

        Raises:
            ValueError: not exactly one is given, or it does not fit the ballots.
        """
        if sum(map(bool, (self.gold, self.references, self.scores))) != 1:
            message = "labels come from exactly one of --gold, --reference and --scores"
            raise InputError("invalid-option", message)
        targets = self._targets(ballots, label_case)
        return replace(targets, groups=self._groups(len(ballots)))

    def _groups(self, segments: int) -> tuple[str, ...]:
        groups = tuple(read_lines(self.groups)) if self.groups else ()
        if self.groups and len(groups) != segments:
            raise DataError(self.groups, None, f"{len(groups)} groups for {segments} segments")
        if "" in groups:
            raise DataError(self.groups or "", groups.index("") + 1, "the group has no name")
        return groups

    def _targets(self, ballots: Sequence[Ballot], label_case: LabelCase) -> Targets:
        if self.gold:
            return from_gold(ballots, read_m2(self.gold))
        if self.scores:
            return from_scores(ballots, read_scores(self.scores))
        columns = read_parallel(self.references)
        return from_references(ballots, list(zip(*columns, strict=True)), label_case)


@dataclass(frozen=True)
class Lesson:
    """Labels and options of `consort train`; `stack` has the levels of a stack to be trained."""

    labels: Labels
    kind: Kind | None = None
    systems: Sequence[str] | None = None
    cv: int = 5
    seed: int = SEED
    types: Types = "surface"
    context: str | None = None
    label_case: LabelCase = "keep"
    combiner: str = NEURAL
    recuse: bool = True
    loss: Loss | None = None
    stack: "Stack | None" = None

    def config(self, targets: Targets) -> dict[str, Any]:
        """Return the options that the table and the artefact name; some only where set."""
        config: dict[str, Any] = {"types": self.types, "context": self.context, "seed": self.seed}
        if self.combiner != NEURAL:
            config["combiner"] = self.combiner
        if self.label_case != "keep":
            config["label_case"] = self.label_case
        if not self.recuse:
            config["recuse"] = False
        if self.loss:
            config["loss"] = self.loss
        if self.stack:
            config["stack"] = "+".join(level.name for level in self.stack.levels)
        if targets.groups:
            config["groups"] = len(set(targets.groups))
        return config

    def targets(self, ballots: Sequence[Ballot]) -> Targets:
        """Return the targets of `ballots`, by the loss that is set.

        Raises:
            ValueError: the labels do not fit the ballots, or a loss is set for others than
                references of texts.
        """
        targets = self.labels.targets(ballots, self.label_case)
        if self.loss is None:
            return targets
        if not targets.references:
            message = f"--loss {self.loss} applies to texts with --reference"
            raise InputError("invalid-option", message)
        return replace(targets, loss=self.loss)

    def learner(self, trainable: type[Trainable]) -> Callable[..., Trainable]:
        """Return the function that trains: `trainable.learn`, with the levels of `stack`."""
        return partial(type(self.stack).learn, design=self.stack) if self.stack else trainable.learn

    def kind_in(self, folder: Path, note: Note) -> Kind:
        """Return the kind of the outputs: as set, as the labels imply, or as recognised.

        Raises:
            DataError: a file cannot be read.
            ValueError: the texts do not show their kind.
        """
        if self.stack:
            return kind_for(self.stack, self.kind)
        if self.kind or self.labels.scores:
            return self.kind or "texts"
        return "edits" if self.labels.gold else kind_in(folder, None, self.systems, note)
