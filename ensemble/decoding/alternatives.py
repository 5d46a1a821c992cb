"""Taking the best change of words that most systems change, but not in the same way.

Four of five systems change `dont`, two of them to `doesn't`: no correction has half of the votes,
yet the word is hardly right as it is.
"""

from collections.abc import Mapping, Sequence

from ensemble.candidates import Ballot
from ensemble.candidates.ballot import Rivals
from ensemble.decoding.ranking import number_of_votes
from evaluation.edits.classify import classify

MOST = 0.75
"""The share of the weight that must change the same words before the best change is taken.

Chosen on half of BEA-dev (S5 to S12), as were the types of edits taken: with it the F0.5 of the
vote stays the same, while any rewording, or 0.6 of the weight, cost a tenth to a third of a point.
"""

_RESPELT = ("R:SPELL", "R:STEM", "R:CASE", "R:SPACE")

_FEWEST = 2  # votes for the change that is taken
_ROUNDING = 1e-9


def leads(
    ballot: Ballot,
    i: int,
    rivals: Sequence[int],
    strength: Sequence[float],
    changed: float,
    votes: Mapping[str, float],
) -> bool:
    """Return whether the words are very likely wrong and candidate `i` is the best change of them.

    It must be another form of the same word: the likeliest of several rewordings is seldom right.
    """
    candidate = ballot.candidates[i]
    if changed < MOST - _ROUNDING:
        return False  # as mostly
    if number_of_votes(candidate.voters, votes) < _FEWEST - _ROUNDING:
        return False
    ahead = all(strength[i] > strength[j] + _ROUNDING for j in rivals if j != i)
    return ahead and classify(ballot.tokens, candidate.edit) in _RESPELT


def note(ballot: Ballot, i: int, rivals: Rivals) -> str:
    """Return a note on how many systems change the words of candidate `i`, and how many as it."""
    candidate = ballot.candidates[i]
    change = f"for {candidate.replacement.strip()!r}" if candidate.replacement else "take it out"
    many, voters = len(rivals.systems), len(candidate.voters)
    return f"{many} of {len(ballot.systems)} change this; {voters} {change}"
