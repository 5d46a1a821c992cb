"""The interface of a kind of output: what a member may choose there, and what that is worth.

All else is shared by the kinds: features, training methods, rewards, checkpoints and reports know
only options, each a set of candidates, and the counts of `Decisions`.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar

from ensemble.candidates import Ballot, Candidate, Kind
from ensemble.decoding.decode import Combination
from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Choice, Decisions, Option
from ensemble.targets import Targets
from ensemble.types import Array, Booleans
from evaluation.config import Part
from evaluation.edits.types import Types
from evaluation.records import Edit, Segment


class OutputKind(Part, ABC):
    """A kind of output, with its settings; a subclass is one file and a row of the registry.

    A right edit is worth 1 and a wrong one 0, as is a label; a text is worth its score, from 0 to
    1. With one output of one gold output in each segment, F0.5 over all segments is their mean
    worth: accuracy, or the mean score. That is why the rewards need not know the kind.
    """

    kind: Kind

    edits_source: ClassVar[bool]
    """Whether outputs are the source with some changes, so that to choose nothing is an output."""

    @property
    @abstractmethod
    def measure(self) -> str:
        """The name of what combined outputs are measured by, as reports show it."""

    @property
    def parameters(self) -> dict[str, object]:
        """Its settings, as the signature of a run has them."""
        return self.model_dump()

    @abstractmethod
    def ballots(self, segments: Iterable[Segment], types: Types = "surface") -> list[Ballot]:
        """Return the ballot of each segment; `types` names the classifier of edits."""

    @abstractmethod
    def targets(self, ballots: Sequence[Ballot], dataset: Dataset) -> Targets:
        """Return how good each candidate is, as combiners are trained on it.

        Raises:
            ValueError: the dataset does not have what they are made of.
        """

    @abstractmethod
    def worth(self, targets: Targets) -> list[Array]:
        """Return what each candidate is worth, one array a ballot, from 0 to 1 and never NaN."""

    @abstractmethod
    def choices(self, ballots: Sequence[Ballot], versions: Sequence[Sequence[str]]) -> list[Choice]:
        """Return the decisions that a member has, given its `versions`, names a segment."""

    @abstractmethod
    def render(self, ballot: Ballot, made: Collection[Edit]) -> str | None:
        """Return the output with the candidates `made`; `None` for a member that abstains."""

    @abstractmethod
    def takes_part(self, option: Option) -> bool:
        """Return whether a member with this option is one of the systems that are combined."""

    @abstractmethod
    def ordered(self, candidates: list[Candidate], systems: Sequence[str]) -> list[Candidate]:
        """Return candidates in the order of a ballot to which `systems` answered in this order."""

    @abstractmethod
    def shared(self, made: Collection[Edit], others: Collection[Edit]) -> float:
        """Return how many candidates two outputs share; of texts, how alike they are, to 1."""

    @abstractmethod
    def right(self, decisions: Decisions) -> Booleans:
        """Return whether each option (n,) is one that a supervised chooser should take."""

    @abstractmethod
    def counts(self, combined: Sequence[Combination], targets: Targets) -> Array:
        """Return the worth, number and gold number of what each combination has, (m, 3)."""

    @abstractmethod
    def statistic(self, sums: Array) -> Array:
        """Return the measure, from 0 to 100, of sums of `counts` with the shape (..., 3)."""

    def distance(self, made: Collection[Edit], others: Collection[Edit]) -> float:
        """Return the Jaccard distance of two outputs from 0 to 1; 0 where both are empty."""
        shared = self.shared(made, others)
        union = len(made) + len(others) - shared
        return 1 - shared / union if union else 0.0
