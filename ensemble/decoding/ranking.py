"""Ranking candidates, and finding those that only a tie-break separates."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from ensemble.candidates import Ballot, Candidate
from evaluation.edits.glyphs import is_form_only

_DIGITS = 6  # later ones depend on the order of sums, as in a network's 32-bit numbers


def ranked(
    candidates: Sequence[Candidate],
    probabilities: Sequence[float],
    agreement: Mapping[str, float],
    votes: Mapping[str, float] = MappingProxyType({}),
) -> list[int]:
    """Return the indices of `candidates`, the best first.

    The more probable is better; of equals the one with more votes, one for each voter that `votes`
    does not name; then the one whose voters agree more with the other systems, by `agreement`; then
    the first given.
    """

    def rank(place: int) -> tuple[float, float, float, int]:
        shares = [(votes.get(name, 1.0), name) for name in candidates[place].voters]
        behind = sum(vote for vote, _ in shares)
        agreed = sum(vote * agreement.get(name, 0.0) for vote, name in shares)
        strength = (probabilities[place], behind, agreed)
        return *(-round(number, _DIGITS) for number in strength), place  # type: ignore[return-value]

    return sorted(range(len(candidates)), key=rank)


def tied(probabilities: Sequence[float]) -> list[bool]:
    """Return, for each, whether it is one of several that are the most probable."""
    rounded = [round(probability, _DIGITS) for probability in probabilities]
    best = max(rounded, default=0.0)
    return [value == best and rounded.count(best) > 1 for value in rounded]


def ranked_edits(
    ballot: Ballot,
    places: Collection[int],
    probabilities: Sequence[float],
    votes: Mapping[str, float] = MappingProxyType({}),
) -> list[int]:
    """Return `places`, the indices of some candidates of `ballot`, the strongest edit first.

    The more probable is stronger; of equals the one with more votes; then the first in reading
    order; of those at one place the one whose voters propose probable candidates elsewhere in the
    segment. The order of systems does not matter.
    """
    company = _company(ballot, places, probabilities, votes)

    def rank(place: int) -> tuple[float, float, tuple[int, int], float, int]:
        candidate = ballot.candidates[place]
        behind = number_of_votes(candidate.voters, votes)
        strength = -probabilities[place], -round(behind, _DIGITS)
        return *strength, candidate.edit[:2], -company.get(place, 0.0), place

    return sorted(places, key=rank)


def number_of_votes(voters: Collection[str], votes: Mapping[str, float]) -> float:
    """Return how many votes `voters` have together: one each, where `votes` has no other number."""
    return sum(votes.get(name, 1.0) for name in voters) if votes else len(voters)


def _company(
    ballot: Ballot,
    places: Collection[int],
    probabilities: Sequence[float],
    votes: Mapping[str, float],
) -> dict[int, float]:
    """Return how probable all is that the voters of each candidate at `places` propose.

    It decides only between candidates that change the same words; it is empty without any.
    """
    if len({ballot.candidates[place].edit[:2] for place in places}) == len(places):
        return {}
    believed: dict[str, list[float]] = defaultdict(list)
    for candidate, probability in zip(ballot.candidates, probabilities, strict=True):
        if not is_form_only(candidate.edit, ballot.tokens):
            for name in candidate.voters:
                believed[name].append(probability)
    means = {name: votes.get(name, 1.0) * sum(p) / len(p) for name, p in believed.items()}
    return {
        place: round(sum(means.get(name, 0.0) for name in ballot.candidates[place].voters), _DIGITS)
        for place in places
    }
