"""Trains the combiner that `consort train` trains, on segments with labels."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from consort.classes import Classes, right_texts
from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.candidates.labels import LabelCase
from ensemble.combiners.registry import COMBINERS, load_trainable
from ensemble.combiners.trainable import Trainable
from ensemble.targets import Targets, fingerprint, from_gold, from_references, from_scores, subset
from evaluation.data.human_scores import read_scores
from evaluation.data.m2 import read_m2
from evaluation.edits.types import Types, load_types
from evaluation.errors import InputError
from evaluation.execution.progress import Progress, quietly
from evaluation.records import Annotated, Segment

if TYPE_CHECKING:
    from ensemble.training.artefact import Record

FOLDS = 5
"""Folds on which it is decided whether the scores of judges help, as by `consort train`."""

Gold = str | Path | Sequence[Annotated]
Scores = str | Path | Mapping[tuple[str, int], float]


@dataclass(frozen=True)
class Labels:
    """The labels of segments: of `references`, `gold` and `scores` one is given, or none.

    `references` has the right texts of each segment, `groups` the annotator, corpus or domain of
    each; empty where none is known.
    """

    references: Sequence[Sequence[str]] = ()
    gold: Gold | None = None
    scores: Scores | None = None
    groups: Sequence[object] = ()

    def __post_init__(self) -> None:
        """Refuse labels of two kinds."""
        if sum(map(bool, (len(self.references), self.gold, self.scores))) > 1:
            message = "labels come from one of references, gold and scores"
            raise InputError("invalid-option", message)

    def __bool__(self) -> bool:
        return any(self.references) or self.gold is not None or self.scores is not None

    def targets(self, ballots: Sequence[Ballot], case: LabelCase) -> Targets:
        """Return the targets of `ballots`.

        Raises:
            DataError: a file cannot be read.
            ValueError: the labels do not fit the ballots.
        """
        if self.gold is not None:
            edits = self.gold
            known = read_m2(Path(edits)) if isinstance(edits, str | Path) else edits
            targets = from_gold(ballots, known)
        elif self.scores is not None:
            marks = self.scores
            marks = read_scores(Path(marks)) if isinstance(marks, str | Path) else marks
            targets = from_scores(ballots, marks)
        else:
            targets = from_references(ballots, self.references, case)
        return replace(targets, groups=tuple(map(str, self.groups)))


@dataclass(frozen=True)
class Course:
    """The combiner to train, by name, and the options of `consort train`."""

    combiner: str
    kind: Kind
    types: Types
    context: str | None
    label_case: LabelCase
    seed: int

    def learn(
        self, segments: Iterable[Segment], labels: Labels, progress: Progress = quietly
    ) -> tuple[Trainable, str]:
        """Return the combiner trained on the segments that have labels, and a digest of the data.

        Where nothing can be learnt from the labels, there is a warning, and the combiner is
        untrained, if it combines without labels at all.

        Raises:
            InputError: the combiner cannot be trained on this kind, not with `context`, or not on
                these labels.
            ValueError: the labels do not fit the segments, or a segment is too long.
        """
        trainable = load_trainable(self.combiner, self.kind)
        read, types = progress(list(segments), "Reading"), load_types(self.types)
        ballots = list(collect_all(read, self.kind, types, label_case=self.label_case))
        targets = labels.targets(ballots, self.label_case)
        if labels.references:
            labelled = [i for i, texts in enumerate(labels.references) if texts]
            ballots, targets = subset(ballots, targets, np.array(labelled))
        trainable.prepare(ballots, self.context, progress)
        learner = partial(trainable.learn, seed=self.seed, context=self.context)
        learnt_from = self._with_judges_that_help(ballots, targets, learner, progress)
        combiner = _learnt(trainable, learner, learnt_from, targets)
        return replace(combiner, types=self.types), fingerprint(ballots, targets)

    def record(
        self, data: str, labels: Labels, classes: Classes | None, facts: Mapping[str, Any]
    ) -> "Record":
        """Return how the combiner was trained, to be saved beside it; `data` is a digest."""
        from ensemble.training.artefact import Record

        config: dict[str, Any] = {"types": self.types, "context": self.context, "seed": self.seed}
        if self.label_case != "keep":
            config["label_case"] = self.label_case
        if labels.groups:
            config["groups"] = len(set(labels.groups))
        if classes is not None:
            config["classes"] = classes.pairs
        return Record(data, {**config, **facts})

    def _with_judges_that_help(
        self,
        ballots: list[Ballot],
        targets: Targets,
        learner: Callable[..., Trainable],
        progress: Progress,
    ) -> list[Ballot]:
        """Return `ballots`, without the scores of judges if these do not help where held out."""
        from ensemble.training.cross_validation import cross_validate
        from ensemble.training.judges import unjudged, with_and_without, worth

        learners = with_and_without(self.combiner, learner, ballots)
        if len(learners) == 1:
            return ballots
        outputs = cross_validate(ballots, targets, learners, FOLDS, self.seed, progress)
        judges = worth(outputs, targets, self.kind, self.combiner)
        return ballots if judges is None or judges.is_gain else unjudged(ballots)


def _learnt(
    trainable: type[Trainable],
    learner: Callable[..., Trainable],
    ballots: Sequence[Ballot],
    targets: Targets,
) -> Trainable:
    try:
        combiner: Trainable = learner(ballots, targets)
        fault = "" if combiner.is_trained else combiner.untaught
    except InputError:
        raise
    except ValueError as error:  # too little to learn from
        fault = str(error)
    if not fault:
        return combiner
    message = f"{trainable.name} cannot learn from these labels ({fault})"
    if COMBINERS.get(trainable.name).needs_labels:
        raise InputError("invalid-data", message)
    warnings.warn(f"{message}; it combines as without labels", UserWarning, stacklevel=4)
    return trainable()


def references_of(segments: Sequence[Segment], references: object | None) -> list[tuple[str, ...]]:
    """Return the right texts of each segment: those given, or where that is `None` its own.

    Each of `references` is a text, a label of any type, a list of them, or missing. The result is
    empty where no segment has any.

    Raises:
        InputError: there are not as many as segments.
    """
    if references is None:
        rows = [segment.references for segment in segments]
    else:
        rows = [right_texts(row) for row in references]  # type: ignore[attr-defined]
        if rows and len(rows) != len(segments):
            message = f"{len(rows)} references for {len(segments)} segments"
            raise InputError("invalid-data", message)
    return rows if any(rows) else []
