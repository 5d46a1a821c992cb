"""The base of texts and labels: a segment is one decision, and its options are the answers."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import ClassVar

import numpy as np

from ensemble.candidates import Ballot, Candidate
from ensemble.decoding.decode import Combination
from ensemble.diversity.policy.decisions import Choice, Option
from ensemble.diversity.policy.kinds.base import OutputKind
from ensemble.targets import Targets
from ensemble.training.cross_validation import counts
from ensemble.types import Array
from evaluation.records import Edit


class Whole(OutputKind):
    """A member gives the answer of one of its versions or, where it may `abstain`, none.

    A member that abstains is not among the systems that are combined.
    """

    abstain: bool = True

    edits_source: ClassVar[bool] = False

    @property
    @abstractmethod
    def scale(self) -> float:
        """The highest target: the worth of an answer is its target divided by this."""

    def worth(self, targets: Targets) -> list[Array]:
        """Return the targets on the scale from 0 to 1; an answer without a target is worth 0."""
        return [np.nan_to_num(values) / self.scale for values in targets.values]

    def choices(self, ballots: Sequence[Ballot], versions: Sequence[Sequence[str]]) -> list[Choice]:
        """Return one decision for each segment that a version answers."""
        decisions = []
        for number, (ballot, names) in enumerate(zip(ballots, versions, strict=True)):
            made = [(c.edit,) for name in names for c in ballot.candidates if name in c.voters]
            # Versions that answer the same are one option; to abstain comes first.
            options: tuple[Option, ...] = tuple(dict.fromkeys(made))
            if options:
                decisions.append(Choice(number, ((), *options) if self.abstain else options))
        return decisions

    def render(self, ballot: Ballot, made: Collection[Edit]) -> str | None:
        """Return the answer in the form that most of its voters gave it; `None` without one."""
        forms = {candidate.edit: candidate.replacement for candidate in ballot.candidates}
        return next((forms[edit] for edit in made), None)

    def takes_part(self, option: Option) -> bool:
        """Return whether there is an answer."""
        return bool(option)

    def ordered(self, candidates: list[Candidate], systems: Sequence[str]) -> list[Candidate]:
        """Return answers in the order of the systems that gave them, which settles last ties."""
        place = {name: number for number, name in enumerate(systems)}
        return sorted(candidates, key=lambda c: min(place[name] for name in c.voters))

    def counts(self, combined: Sequence[Combination], targets: Targets) -> Array:
        """Return the worth of each combined answer, 1 if there is one, and 1, (m, 3)."""
        worth, made = counts(combined, targets).reshape(-1, 2).T
        return np.stack([worth / self.scale, made, targets.gold], axis=1)

    def statistic(self, sums: Array) -> Array:
        """Return the mean worth of a segment, where no answer is worth 0."""
        return np.asarray(100 * sums[..., 0] / np.maximum(sums[..., 2], 1))
