"""Sets of samples of a member as systems of one ensemble, and what they do to its vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement
from math import comb

import numpy as np
import torch
from torch import Tensor

from ensemble.candidates import Ballot
from ensemble.combiners.majority import Majority
from ensemble.diversity.policy.decisions import Choice, Decisions
from ensemble.diversity.policy.effects import Ensemble, worth_of
from ensemble.targets import Targets
from ensemble.types import Array, Integers
from evaluation.errors import InputError

MOST = 2000
"""The sets that a decision may have: those of k samples of its options, in whatever order."""


@dataclass(frozen=True)
class SampleSets:
    """The sets that k samples of each decision's options can be, N in all.

    `decisions` has the sets in the place of options. Only what concerns the combined output is
    counted in it: `own` and `shared` are 0. `members` (N, k) are the options of the samples in each
    set, ascending, and `log_orders` (N,) the logarithm of the number of orders they can come in.
    """

    decisions: Decisions
    members: Integers
    log_orders: Array

    @classmethod
    def single(cls, decisions: Decisions) -> "SampleSets":
        """Return the sets of one sample: the options themselves."""
        n = int(decisions.first[-1])
        return cls(decisions, np.arange(n)[:, None], np.zeros(n))

    def same(self, chosen: Integers) -> Integers:
        """Return the set at each decision, (d,), of which all samples are the option `chosen`."""
        if (k := self.members.shape[1]) == 1:
            return chosen
        return np.array([self.index[(option,) * k] for option in chosen.tolist()], dtype=np.int64)

    def log_probabilities(self, log_p: Tensor) -> Tensor:
        """Return the log-probability of each set, (N,), from that of each option, (n,)."""
        of_members = log_p[torch.from_numpy(self.members)].sum(dim=1)
        return of_members + torch.from_numpy(self.log_orders).to(log_p.dtype)

    @cached_property
    def index(self) -> Mapping[tuple[int, ...], int]:
        """The number of each set by its samples' options, ascending."""
        return {tuple(row): number for number, row in enumerate(self.members.tolist())}


def sample_sets(
    ballots: Sequence[Ballot],
    targets: Targets,
    decisions: Decisions,
    ensemble: Ensemble,
    vote: Majority,
    samples: int,
) -> SampleSets:
    """Return the sets of `samples` of a member, each of which has the member's `vote`.

    By the vote, what a set does at one decision does not depend on the others.

    Raises:
        InputError: a decision has more than `MOST` sets.
    """
    names = [f"{ensemble.member} {number + 1}" for number in range(samples)]
    if samples == 1:
        return SampleSets.single(decisions)
    weights = dict.fromkeys(names, vote.weight(ensemble.member))
    of_set = replace(ensemble, combiner=replace(vote, weights=weights))
    first, members = _members(decisions.first, samples)
    options = [option for choice in decisions.choices for option in choice.options]
    asked = [
        of_set.joined(ballots[segment], dict(zip(names, [options[i] for i in row], strict=True)))
        for segment, row in zip(
            np.repeat(decisions.segment, np.diff(first)).tolist(), members.tolist(), strict=True
        )
    ]
    worth = worth_of(ballots, targets, ensemble.kind)
    number = np.repeat(decisions.segment, np.diff(first)).tolist()
    after = of_set.counts(asked, [worth[i] for i in number])
    silent = [of_set.joined(ballot, dict.fromkeys(names, ())) for ballot in ballots]
    combined = after - np.repeat(after[first[:-1]], np.diff(first), axis=0)
    nothing = np.zeros((len(members), 2)), np.zeros((len(members), len(ensemble.others)))
    counted = replace(
        decisions,
        choices=_choices(decisions, first),
        first=first,
        own=nothing[0],
        shared=nothing[1],
        combined=combined,
        source_kept=of_set.counts(silent, worth),
        right=np.zeros(len(members), dtype=bool),
        quantities={},
        whole={},
    )
    return SampleSets(counted, members, _log_orders(members))


def _members(first: Integers, samples: int) -> tuple[Integers, Integers]:
    """Return where each decision's sets begin, (d + 1,), and the options in each set, (N, k)."""
    rows: list[tuple[int, ...]] = []
    begin = [0]
    for here, after in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
        if (number := comb(after - here + samples - 1, samples)) > MOST:
            fault = f"{samples} samples of {after - here} options are {number} sets"
            raise InputError("out-of-range", f"{fault}; a decision may have {MOST}")
        rows += combinations_with_replacement(range(here, after), samples)
        begin.append(len(rows))
    return np.array(begin), np.array(rows, dtype=np.int64).reshape(-1, samples)


def _choices(decisions: Decisions, first: Integers) -> tuple[Choice, ...]:
    # Their options are not edits of one member; only how many there are is of use.
    sizes = np.diff(first).tolist()
    return tuple(
        Choice(segment, ((),) * size)
        for segment, size in zip(decisions.segment.tolist(), sizes, strict=True)
    )


def _log_orders(members: Integers) -> Array:
    """Return the logarithm of k! / (c1! c2! ...), (N,), of which each option occurs c times."""
    samples = members.shape[1]
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, samples + 1)))])
    # In ascending rows, the i-th of equals adds log i to the logarithm of their factorial.
    runs = np.ones(members.shape, dtype=np.int64)
    for i in range(1, samples):
        same = members[:, i] == members[:, i - 1]
        runs[:, i] = np.where(same, runs[:, i - 1] + 1, 1)
    return np.asarray(log_factorial[samples] - np.log(runs).sum(axis=1))
