"""Where systems agree that words are wrong, though not on what is right: vote on where first.

Four of five change `dont`, two of them to `doesn't`: no correction has half of the votes, and
yet the word is hardly right as it is.
"""

from collections import defaultdict
from collections.abc import Sequence

from ensemble.candidates import Ballot
from evaluation.edits.classify import classify

MOST = 0.75
"""The share of the weight that must change the same words before the best change is taken.

Chosen, as what kinds are taken, on half of BEA-dev (S5 to S12): so the F0.5 of the vote stays what
it is, where any rewording, or 0.6 of the weight, cost a tenth to a third of a point.
"""

_RESPELT = ("R:SPELL", "R:STEM", "R:CASE", "R:SPACE")

_FEWEST = 2  # voters for the change that is taken
_ROUNDING = 1e-9


def alternatives(ballot: Ballot) -> dict[int, list[int]]:
    """Return for each candidate that replaces words others replace too all that do, by place.

    What is only put in is not among them: with it nothing is said of a word.
    """
    if len(ballot.candidates) < 2:
        return {}
    places: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, candidate in enumerate(ballot.candidates):
        if candidate.edit.start < candidate.edit.end:
            places[candidate.edit[:2]].append(i)
    return {i: some for some in places.values() if len(some) > 1 for i in some}


def changed_by(ballot: Ballot, places: Sequence[int]) -> set[str]:
    """Return the systems that propose any of the candidates at `places`."""
    return {name for i in places for name in ballot.candidates[i].voters}


def leads(
    ballot: Ballot, i: int, rivals: Sequence[int], strength: Sequence[float], changed: float
) -> bool:
    """Whether the words are surely wrong and candidate `i` is the best change of them.

    It must be another form of the same word: among rewordings the likeliest is seldom right.
    """
    ahead = all(strength[i] > strength[j] + _ROUNDING for j in rivals if j != i)
    enough = len(ballot.candidates[i].voters) >= _FEWEST and changed >= MOST - _ROUNDING
    return enough and ahead and classify(ballot.tokens, ballot.candidates[i].edit) in _RESPELT


def note(ballot: Ballot, i: int, rivals: Sequence[int]) -> str:
    """Return how many change the words of candidate `i`, and how many as it does."""
    candidate = ballot.candidates[i]
    change = f"for {candidate.replacement.strip()!r}" if candidate.replacement else "take it out"
    many = len(changed_by(ballot, rivals))
    return f"{many} of {len(ballot.systems)} change this; {len(candidate.voters)} {change}"
