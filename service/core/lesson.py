"""The options that a combiner is trained with, for `consort train` and jobs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.candidates.labels import LabelCase
from ensemble.combiners.base import kind_for
from ensemble.combiners.registry import load_trainable
from ensemble.combiners.trainable import Trainable
from ensemble.loading import NEURAL
from ensemble.targets import Loss, Targets, subset
from evaluation.data.blank import is_blank
from evaluation.data.judge_scores import recused
from evaluation.data.layout import UNSTATED, Layout
from evaluation.data.readers import read_outputs
from evaluation.edits.types import Types, load_types
from evaluation.errors import InputError
from evaluation.statistics.significance import SEED
from service.core.batch_combine import Note, check_label_case, kind_in
from service.core.training_labels import NEEDED, Labels

if TYPE_CHECKING:
    from ensemble.combiners.stack.combiner import Stack
    from evaluation.execution.progress import Progress

FOLDS, FAST_FOLDS = 5, 3
"""How many folds a training is reported on, by default and where it should be fast."""


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
    layout: Layout = UNSTATED

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

    def _targets(
        self, ballots: Sequence[Ballot], references: Sequence[Sequence[str]], note: Note
    ) -> Targets:
        targets = self.labels.targets(ballots, self.label_case, references, note)
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

    def read(
        self, folder: Path, kind: Kind, progress: "Progress", note: Note
    ) -> tuple[list[Ballot], Targets]:
        """Return the ballots of the outputs in `folder`, and their targets by the labels.

        Where labels are the references that are read with the outputs, segments without one are
        left out, which `note` is called about.

        Raises:
            DataError: a file cannot be read.
            ValueError: a segment is too long, the labels do not fit, there are none, or a loss is
                set for others than references of texts.
        """
        read = read_outputs(folder, self.systems, kind == "edits", kind == "labels", self.layout)
        segments = list(recused(progress(read, "Reading"), self.recuse))
        types = load_types(self.types)
        ballots = list(collect_all(segments, kind, types, label_case=self.label_case))
        if not self.labels.are_read_with_outputs:
            return ballots, self._targets(ballots, (), note)
        references = [[t for t in s.references if not is_blank(t)] for s in segments]
        labelled = np.flatnonzero(list(map(bool, references)))
        if not len(labelled):
            message = f"{NEEDED}: {folder} has no references of its own"
            raise InputError("invalid-option", message)
        if len(labelled) < len(ballots):
            note(f"note: {len(ballots) - len(labelled)} segments without a reference are left out")
        return subset(ballots, self._targets(ballots, references, note), labelled)

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
        return (
            "edits"
            if self.labels.gold
            else kind_in(folder, None, self.systems, note, layout=self.layout)
        )
