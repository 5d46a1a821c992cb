"""Which edits can be made together: none overlap, and each stretch is one that a system proposed.

`will go` and `goes` for `go` do not overlap, as one puts a word in before the other; made together
they are a sentence that nobody wrote.
"""

from bisect import bisect, bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from ensemble.candidates import Ballot, Candidate
from evaluation.edits.glyphs import fold
from evaluation.records import Edit

_NEAR = 1  # tokens between two edits that may do the same thing twice


def overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits cannot both be made: shared tokens, or insertions at one place."""
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    return one.start < other.end and other.start < one.end


class Accepted:
    """The candidates of a ballot that are taken so far, always compatible."""

    def __init__(self, ballot: Ballot) -> None:
        self._candidates = ballot.candidates
        self._tokens = ballot.tokens
        self._starts = [candidate.edit.start for candidate in ballot.candidates]
        self._edits: list[Edit] = []
        self._taken: list[Candidate] = []

    def take(self, candidate: Candidate) -> None:
        """Take a candidate; it must fit."""
        place = bisect(self._edits, candidate.edit)
        self._edits.insert(place, candidate.edit)
        self._taken.insert(place, candidate)

    def overlaps(self, edit: Edit) -> bool:
        """Whether an edit that is taken is in the way."""
        # Those taken lie apart and in order, so only the neighbours can be.
        place = bisect(self._edits, edit)
        return any(overlap(edit, other) for other in self._edits[max(0, place - 1) : place + 1])

    def disagrees(self, candidate: Candidate) -> bool:
        """Whether it and those taken beside it are a text that no system put out.

        Edits that touch make one stretch, which some system must have changed in just this way.
        Two that nearly touch must not put in, or take out, the same word each for itself.
        """
        first, last = self._stretch(candidate.edit)
        beside = self._taken[first:last]
        if beside and not self._was_proposed([*beside, candidate]):
            return True
        near = self._taken[max(0, first - 1) : first] + self._taken[last : last + 1]
        return any(self._does_the_same(candidate, other) for other in near)

    def _stretch(self, edit: Edit) -> tuple[int, int]:
        """Return which of those taken make one stretch with `edit`: `[first, last)`."""
        first = last = bisect(self._edits, edit)
        start, end = edit.start, edit.end
        while first and self._edits[first - 1].end == start:
            first -= 1
            start = self._edits[first].start
        while last < len(self._edits) and self._edits[last].start == end:
            end = self._edits[last].end
            last += 1
        return first, last

    def _was_proposed(self, stretch: Sequence[Candidate]) -> bool:
        together = set.intersection(*(set(candidate.voters) for candidate in stretch))
        start = min(candidate.edit.start for candidate in stretch)
        end = max(candidate.edit.end for candidate in stretch)
        made = {candidate.edit for candidate in stretch}
        first, last = bisect_left(self._starts, start), bisect_right(self._starts, end)
        for other in self._candidates[first:last]:
            # What is put in at either end stands beside the stretch: it can be left out.
            beside = other.edit.start == other.edit.end in (start, end)
            if other.edit.end <= end and not beside and other.edit not in made:
                together -= set(other.voters)
        return bool(together)

    def _does_the_same(self, one: Candidate, other: Candidate) -> bool:
        left, right = sorted((one.edit, other.edit))
        if right.start - left.end > _NEAR or not set(one.voters).isdisjoint(other.voters):
            return False
        (put_in, taken_out), (also_in, also_out) = map(self._words, (left, right))
        return bool(put_in & also_in or taken_out & also_out)

    def _words(self, edit: Edit) -> tuple[Counter[str], Counter[str]]:
        """Return the words that an edit puts in, and those that it takes out."""
        before = Counter(map(fold, self._tokens[edit.start : edit.end]))
        after = Counter(map(fold, edit.replacement))
        return after - before, before - after
