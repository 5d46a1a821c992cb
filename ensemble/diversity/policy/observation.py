"""The features of each option that the policy sees: the neural combiner's evidence on its edits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ensemble.candidates import Ballot
from ensemble.combiners.neural.context import CONTEXT
from ensemble.combiners.neural.evidence import OTHER_EVIDENCE, gather
from ensemble.combiners.neural.network import Inputs
from ensemble.competence import Profile, systems_of
from ensemble.diversity.data.dataset import Versions
from ensemble.diversity.policy.chooser import Chooser
from ensemble.diversity.policy.decisions import Choice, edits_of
from ensemble.types import Array

_SURE = 2.0  # log-odds of the untrained member's options when training begins
_RARE = 3  # types of edit seen less often than this are not learnt


@dataclass(frozen=True)
class Observer:
    """The systems and edits known when training began, so that features keep their meaning.

    `untrained` is the version that the member gives without training. The policy starts from it,
    unless there is another `start`.
    """

    profile: Profile
    traits: tuple[str, ...]
    columns: tuple[str, ...]
    untrained: str
    context: str | None = None
    start: Chooser | None = None

    @classmethod
    def of(cls, ballots: Sequence[Ballot], untrained: str, context: str | None) -> "Observer":
        """Return an observer that knows the systems and edits of `ballots`, which are not empty."""
        profile = Profile.of(ballots)
        evidence = gather(ballots, profile, context)
        names, counts = np.unique(
            [trait for traits in evidence.traits for trait in traits], return_counts=True
        )
        traits = tuple(map(str, names[counts >= _RARE]))
        columns = (*evidence.columns, *(CONTEXT if context else ()))
        return cls(profile, traits, columns, untrained, context)

    def see(
        self, ballots: Sequence[Ballot], versions: Versions, choices: Sequence[Choice]
    ) -> Inputs:
        """Return the features of the n options of the decisions `choices` on `ballots`.

        They are the evidence on an edit, and its probability by the scores of `versions`. An
        option's features are the means of its edits'; one that makes no edit has zeros, and a
        prior of 0. The prior of the others is the log-odds that the policy starts from.

        Raises:
            ValueError: the evidence has other columns than the training data.
        """
        evidence = gather(
            ballots, self.profile + Profile.unknown(systems_of(ballots)), self.context
        )
        described = [evidence.values, *([evidence.context.values] if self.context else [])]
        if (*evidence.columns, *(CONTEXT if self.context else ())) != self.columns:
            raise ValueError(OTHER_EVIDENCE)
        belief = _belief(ballots, versions)
        table = np.concatenate(
            [*described, belief, self._voices(ballots), self._traits(evidence.traits)], axis=1
        )
        widths = np.cumsum([len(self.columns) + 1, len(self.profile.systems)])
        values, voices, traits = np.split(_option_means(table, ballots, choices), widths, axis=1)
        arrays = (self._prior(ballots, choices), values, voices, traits)
        seen = Inputs(*(torch.from_numpy(array.astype(np.float32)) for array in arrays))
        return seen._replace(prior=self.start.log_odds(seen)) if self.start else seen

    def _prior(self, ballots: Sequence[Ballot], choices: Sequence[Choice]) -> Array:
        """Return the log-odds of each option (n,): high for that of the untrained member."""
        prior = []
        for choice in choices:
            edits = edits_of(self.untrained, ballots[choice.segment], choice)
            prior += [
                (_SURE if option == edits else -_SURE) if option else 0.0
                for option in choice.options
            ]
        return np.array(prior)

    def _voices(self, ballots: Sequence[Ballot]) -> Array:
        column = {name: i for i, name in enumerate(self.profile.systems)}
        candidates = [c for ballot in ballots for c in ballot.candidates]
        voices = np.zeros((len(candidates), len(column)))
        for row, candidate in zip(voices, candidates, strict=True):
            row[[column[name] for name in candidate.voters if name in column]] = 1.0
        return voices

    def _traits(self, traits: Sequence[Sequence[str]]) -> Array:
        column = {name: i for i, name in enumerate(self.traits)}
        has = np.zeros((len(traits), len(column)))
        for row, names in zip(has, traits, strict=True):
            row[[column[name] for name in names if name in column]] = 1.0
        return has


def _option_means(table: Array, ballots: Sequence[Ballot], choices: Sequence[Choice]) -> Array:
    """Return the mean of each option's rows in a `table` of candidates; zeros where it has none."""
    edits = [(i, c.edit) for i, ballot in enumerate(ballots) for c in ballot.candidates]
    row = {key: number for number, key in enumerate(edits)}
    means = []
    for choice in choices:
        for option in choice.options:
            rows = [row[choice.segment, edit] for edit in option]
            means.append(table[rows].mean(axis=0) if rows else np.zeros(table.shape[1]))
    return np.array(means)


def _belief(ballots: Sequence[Ballot], versions: Versions) -> Array:
    """Return the probability of each edit (n, 1): the sum of all versions that make it."""
    beliefs = [
        sum(known.get(name, 0.0) for name in candidate.voters)
        for ballot, known in zip(ballots, versions.beliefs, strict=True)
        for candidate in ballot.candidates
    ]
    return np.array(beliefs, dtype=np.float64).reshape(-1, 1)
