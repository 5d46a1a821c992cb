"""The labels and options that a combiner is trained with, for `consort train` and jobs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.candidates.labels import LabelCase
from ensemble.combiners.base import kind_for
from ensemble.combiners.registry import load_trainable
from ensemble.combiners.trainable import Trainable
from ensemble.loading import NEURAL
from ensemble.targets import Loss, Targets, from_gold, from_references, from_scores
from evaluation.data.human_scores import read_scores
from evaluation.data.judge_scores import recused
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_lines, read_outputs, read_parallel
from evaluation.edits.types import Types, load_types
from evaluation.errors import DataError, InputError
from evaluation.statistics.significance import SEED
from service.core.batch_combine import Note, check_label_case, kind_in

if TYPE_CHECKING:
    from ensemble.combiners.stack.combiner import Stack
    from evaluation.execution.progress import Progress


FOLDS, FAST_FOLDS = 5, 3
"""How many folds a training is reported on, by default and where it should be fast."""


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
    cv: int = FOLDS
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

    def trainable(self, kind: Kind) -> type[Trainable]:
        """Return the class of the combiner to train.

        Raises:
            InputError: there is none of that name for outputs of this `kind`, or an option does
                not apply to them.
        """
        check_label_case(self.label_case, kind)
        return load_trainable(self.combiner, kind)

    def learner(self, trainable: type[Trainable]) -> Callable[..., Trainable]:
        """Return the function that trains: `trainable.learn`, with the levels of `stack`."""
        learn = trainable.learn
        if self.stack:
            learn = partial(type(self.stack).learn, design=self.stack)
        return partial(learn, seed=self.seed, context=self.context)

    def ballots(self, folder: Path, kind: Kind, progress: "Progress") -> list[Ballot]:
        """Return the ballots of the outputs in `folder`.

        Raises:
            DataError: a file cannot be read.
            ValueError: a segment is too long.
        """
        read = read_outputs(folder, self.systems, kind == "edits", kind == "labels")
        segments = recused(progress(read, "Reading"), self.recuse)
        types = load_types(self.types)
        return list(collect_all(segments, kind, types, label_case=self.label_case))

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
