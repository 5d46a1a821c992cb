"""Labels and short answers: a member answers with one of its versions' labels, or abstains."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

import numpy as np

from ensemble.candidates import Ballot, collect_all
from ensemble.candidates.labels import LabelCase
from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Decisions
from ensemble.diversity.policy.kinds.whole import Whole
from ensemble.targets import Targets, from_references
from ensemble.types import Booleans
from evaluation.edits.types import Types
from evaluation.records import Edit, Segment


class Labels(Whole):
    """Labels are the same if combiners take them for the same; `case` is that of `combine`."""

    kind: Literal["labels"] = "labels"
    case: LabelCase = "keep"

    @property
    def measure(self) -> str:
        """The share of right labels."""
        return "accuracy"

    @property
    def scale(self) -> float:
        """A right label has the target 1."""
        return 1.0

    def ballots(self, segments: Iterable[Segment], types: Types = "surface") -> list[Ballot]:
        """Return the ballots, whose candidates are labels."""
        return list(collect_all(segments, "labels", label_case=self.case))

    def targets(self, ballots: Sequence[Ballot], dataset: Dataset) -> Targets:
        """Return whether each label is the reference."""
        return from_references(ballots, dataset.references, self.case)

    def shared(self, made: Collection[Edit], others: Collection[Edit]) -> float:
        """Return 1 where two outputs have the same label, else 0."""
        return float(len(set(made) & set(others)))

    def right(self, decisions: Decisions) -> Booleans:
        """Return whether each option is the right label."""
        return np.asarray(decisions.own[:, 0] == 1)
