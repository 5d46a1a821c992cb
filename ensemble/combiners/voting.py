"""Shares of the vote, and the small helpers that several combiners have in common."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from ensemble.candidates import Ballot
from ensemble.combiners.base import Verdict
from ensemble.competence import Profile

Learnt = TypeVar("Learnt")

Weigh = Callable[[str, str], float]
"""The weight of a system, by name, on a type of edit."""

Share = Callable[[Collection[str], str], float]
"""The share of the weight that some systems have together on a type of edit, from 0 to 1."""

_ROUNDING = 1e-9


def vote(ballot: Ballot, share: Share) -> Verdict:
    """Return each candidate's share of the weight; half is enough, but two must agree."""
    shares = [share(candidate.voters, candidate.type) for candidate in ballot.candidates]
    changed = [0.0] * len(shares)
    for i, rivals in ballot.rivals.items():
        changed[i] = share(rivals.systems, ballot.candidates[i].type)
    return Verdict(shares, (1.0 if len(ballot.systems) == 2 else 0.5) - _ROUNDING, changed)


def share_by_count(ballot: Ballot) -> Share:
    """Return the function to the share of systems where all weigh the same."""
    count = max(len(ballot.systems), 1)
    return lambda names, _: len(names) / count


def share_by_weight(ballot: Ballot, proposal: Weigh, silence: Weigh) -> Share:
    """Return the function to the share of systems by what proposals and silences weigh."""

    def share(names: Collection[str], type_: str) -> float:
        behind = sum(proposal(name, type_) for name in names)
        against = sum(silence(name, type_) for name in ballot.systems if name not in names)
        return behind / (behind + against or 1.0)

    return share


def share_by_system(ballot: Ballot, weight: Callable[[str], float]) -> Share:
    """Return the function to the share of systems where each weighs the same on all types."""

    def weigh(system: str, _: str) -> float:
        return weight(system)

    return share_by_weight(ballot, weigh, weigh)


def agreement_on_whole_outputs(ballots: Sequence[Ballot]) -> Profile:
    """Return who agrees with whom on texts and labels; ties of edits are settled without it."""
    return Profile.of([ballot for ballot in ballots if ballot.kind != "edits"])


def rounded(numbers: Mapping[str, float]) -> str:
    """Return numbers by name as a signature shows them."""
    return ",".join(f"{name}={numbers[name]:.6g}" for name in sorted(numbers))


def fitted(name: str, learnt: Learnt | None) -> Learnt:
    """Return `learnt`, which the combiner called `name` has learnt by `fit`.

    Raises:
        ValueError: it has not been fitted.
    """
    if learnt is None:
        raise ValueError(f"{name} learns from all segments: fit it before it can judge one")
    return learnt
