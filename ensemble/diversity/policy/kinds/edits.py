"""Corrections: a member accepts, rejects or substitutes edits of the source."""

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np

from ensemble.candidates import Ballot, Candidate, collect_all
from ensemble.decoding.decode import Combination
from ensemble.diversity.data.dataset import Dataset
from ensemble.diversity.policy.decisions import Choice, Decisions, Option, overlapping
from ensemble.diversity.policy.kinds.base import OutputKind
from ensemble.targets import Targets, from_gold, from_references
from ensemble.training.cross_validation import counts
from ensemble.types import Array, Booleans
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.edits.types import Types, load_types
from evaluation.metrics.fscore import f_half
from evaluation.records import Edit, Segment

Unit = Literal["edits", "versions"]
"""The unit of a decision: one group of overlapping edits, or one whole version."""


class Edits(OutputKind):
    """Edits that overlap make one decision: what one of the versions makes there, or the source.

    With unit `versions` a member takes one version whole, and the segment is one decision.
    """

    kind: Literal["edits"] = "edits"
    unit: Unit = "edits"

    edits_source: ClassVar[bool] = True

    @property
    def measure(self) -> str:
        """The F0.5 of edits."""
        return "F0.5"

    @property
    def parameters(self) -> dict[str, object]:
        """The unit of a decision."""
        return {"unit": self.unit}

    def ballots(self, segments: Iterable[Segment], types: Types = "surface") -> list[Ballot]:
        """Return the ballots, whose candidates are edits."""
        return list(collect_all(segments, "edits", load_types(types)))

    def targets(self, ballots: Sequence[Ballot], dataset: Dataset) -> Targets:
        """Return whether each edit is a gold one, or one that makes a reference."""
        if dataset.gold:
            return from_gold(ballots, dataset.gold)
        return from_references(ballots, dataset.references)

    def worth(self, targets: Targets) -> list[Array]:
        """Return the targets: 1 for a right edit, 0 for a wrong one."""
        return list(targets.values)

    def choices(self, ballots: Sequence[Ballot], versions: Sequence[Sequence[str]]) -> list[Choice]:
        """Return the decisions; where no version changes anything there is nothing to decide."""
        decisions = []
        for number, (ballot, names) in enumerate(zip(ballots, versions, strict=True)):
            whole = self.unit == "versions"
            for group in [list(ballot.candidates)] if whole else overlapping(ballot):
                made = [tuple(c.edit for c in group if name in c.voters) for name in names]
                # The source comes first; versions that do the same are one option.
                options = tuple(dict.fromkeys([(), *made]))
                if len(options) > 1:
                    decisions.append(Choice(number, options))
        return decisions

    def render(self, ballot: Ballot, made: Collection[Edit]) -> str:
        """Return the source with the edits `made`."""
        return weave(apply(ballot.tokens, sorted(made))) if made else ballot.source

    def takes_part(self, option: Option) -> bool:
        """Return that it does: a member that makes no edit votes for the source."""
        return True

    def ordered(self, candidates: list[Candidate], systems: Sequence[str]) -> list[Candidate]:
        """Return them as they are: in reading order."""
        return candidates

    def shared(self, made: Collection[Edit], others: Collection[Edit]) -> float:
        """Return how many edits two outputs share."""
        return float(len(set(made) & set(others)))

    def right(self, decisions: Decisions) -> Booleans:
        """Return whether all edits of each option are right."""
        return np.asarray(decisions.own[:, 0] == decisions.own[:, 1])

    def counts(self, combined: Sequence[Combination], targets: Targets) -> Array:
        """Return the right, made and gold edits of each combined text, (m, 3)."""
        return counts(combined, targets)

    def statistic(self, sums: Array) -> Array:
        """Return F0.5."""
        return f_half(sums)
