"""Taking the best change of words that most systems change, but not in the same way.

Four of five systems change `dont`, two of them to `doesn't`: no correction has half of the votes,
yet the word is hardly right as it is.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from ensemble.candidates import Ballot
from ensemble.decoding.ranking import number_of_votes
from evaluation.edits.classify import classify
from evaluation.edits.glyphs import is_form_only
from evaluation.records import Edit

MOST = 0.75
"""The share of the weight that must change the same words before the best change is taken.

Chosen on half of BEA-dev (S5 to S12), as were the types of edits taken: with it the F0.5 of the
vote stays the same, while any rewording, or 0.6 of the weight, cost a tenth to a third of a point.
"""

_RESPELT = ("R:SPELL", "R:STEM", "R:CASE", "R:SPACE")

_NO_EDIT = Edit(-1, -1, ())
_FEWEST = 2  # votes for the change that is taken
_ROUNDING = 1e-9


class Rivals(NamedTuple):
    """Candidates, by index, that replace the same words, and the `systems` that propose any."""

    places: Sequence[int]
    systems: Set[str]


def alternatives(ballot: Ballot) -> dict[int, Rivals]:
    """Return, for each candidate whose words others replace too, all candidates that do.

    Insertions are not among them, nor other glyphs: they do not say that a word is wrong.
    """
    rivals: dict[int, Rivals] = {}
    for first, last in _at_one_place([candidate.edit for candidate in ballot.candidates]):
        edits = ((i, ballot.candidates[i].edit) for i in range(first, last))
        some = [i for i, edit in edits if not is_form_only(edit, ballot.tokens)]
        if len(some) > 1:
            rivals.update(dict.fromkeys(some, Rivals(some, changed_by(ballot, some))))
    return rivals


def _at_one_place(edits: Sequence[Edit]) -> Iterator[tuple[int, int]]:
    """Yield where several edits, in reading order, replace the same words: the first, and the end.

    Insertions are left out.
    """
    first, place = 0, None
    for i, (start, end, _) in enumerate((*edits, _NO_EDIT)):
        if (start, end) != place:
            if i - first > 1 and place and place[0] < place[1]:  # seldom
                yield first, i
            first, place = i, (start, end)


def changed_by(ballot: Ballot, places: Sequence[int]) -> set[str]:
    """Return the systems that propose any of the candidates at `places`."""
    return {name for i in places for name in ballot.candidates[i].voters}


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
    behind = number_of_votes(candidate.voters, votes)
    if changed < MOST - _ROUNDING or behind < _FEWEST - _ROUNDING:
        return False
    ahead = all(strength[i] > strength[j] + _ROUNDING for j in rivals if j != i)
    return ahead and classify(ballot.tokens, candidate.edit) in _RESPELT


def note(ballot: Ballot, i: int, rivals: Rivals) -> str:
    """Return a note on how many systems change the words of candidate `i`, and how many as it."""
    candidate = ballot.candidates[i]
    change = f"for {candidate.replacement.strip()!r}" if candidate.replacement else "take it out"
    many, voters = len(rivals.systems), len(candidate.voters)
    return f"{many} of {len(ballot.systems)} change this; {voters} {change}"
