"""Which edits can be made together: none overlap, and each stretch is one that a system proposed.

`will go` and `goes` for `go` do not overlap, as one puts a word in before the other; made together
they are a sentence that nobody wrote.
"""

from bisect import bisect, bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ensemble.candidates import Ballot, Candidate
from evaluation.edits.glyphs import fold
from evaluation.records import Edit

_NEAR = 1  # tokens between two edits that may do the same thing twice


def overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits cannot both be made: shared tokens, or insertions at one place."""
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    return one.start < other.end and other.start < one.end


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Edits that are taken, each touching the next: where, how many, and who made all of them."""

    start: int
    end: int
    count: int
    voters: frozenset[str]


def _start(stretch: _Stretch) -> int:
    return stretch.start


def _end(stretch: _Stretch) -> int:
    return stretch.end


class _Changes:
    """What one system changes: where its edits begin and end, and where it only puts in."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.inserted: set[int] = set()

    def add(self, edit: Edit) -> None:
        """Add an edit; they come in reading order, and none overlap."""
        self._starts.append(edit.start)
        self._ends.append(edit.end)
        if edit.start == edit.end:
            self.inserted.add(edit.start)

    def within(self, start: int, end: int) -> int:
        """Return how many of its edits lie within the tokens `[start, end)`, or at an end."""
        return bisect_right(self._ends, end) - bisect_left(self._starts, start)


class Accepted:
    """The candidates of a ballot that are taken so far, always compatible."""

    def __init__(self, ballot: Ballot) -> None:
        self._ballot = ballot
        self._tokens = ballot.tokens
        self._edits: list[Edit] = []
        self._taken: list[Candidate] = []
        self._inserted: set[int] = set()
        self._stretches: list[_Stretch] = []  # in order; no two touch

    @cached_property
    def _changes(self) -> Mapping[str, _Changes]:
        changes: dict[str, _Changes] = defaultdict(_Changes)
        for candidate in self._ballot.candidates:
            for name in candidate.voters:
                changes[name].add(candidate.edit)
        return changes

    def take(self, candidate: Candidate) -> None:
        """Take a candidate; it must fit."""
        edit = candidate.edit
        self._stretches[self._beside(edit)] = [self._with(candidate)]
        place = bisect(self._edits, edit)
        self._edits.insert(place, edit)
        self._taken.insert(place, candidate)
        if edit.start == edit.end:
            self._inserted.add(edit.start)

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
        if not self._edits:
            return False
        stretch = self._with(candidate)
        if stretch.count > 1 and not self._was_proposed(stretch, candidate.edit):
            return True
        first = bisect_left(self._edits, Edit(stretch.start, stretch.start, ()))
        last = first + stretch.count - 1
        near = self._taken[max(0, first - 1) : first] + self._taken[last : last + 1]
        return any(self._does_the_same(candidate, other) for other in near)

    def _beside(self, edit: Edit) -> slice:
        """Return which stretches an edit touches: at most one at either end, or one around it."""
        first = bisect_left(self._stretches, edit.start, key=_end)
        last = bisect_right(self._stretches, edit.end, key=_start)
        return slice(first, max(first, last))

    def _with(self, candidate: Candidate) -> _Stretch:
        """Return the stretch that it makes with those taken beside it."""
        start, end, _ = candidate.edit
        beside = self._stretches[self._beside(candidate.edit)]
        voters = frozenset(candidate.voters).intersection(*(part.voters for part in beside))
        count = 1 + sum(part.count for part in beside)
        if beside:
            start, end = min(start, beside[0].start), max(end, beside[-1].end)
        return _Stretch(start, end, count, voters)

    def _was_proposed(self, stretch: _Stretch, edit: Edit) -> bool:
        """Whether a system made all edits of `stretch`, of which `edit` is new, and no others."""
        inserted = self._inserted | {edit.start} if edit.start == edit.end else self._inserted
        ends = {stretch.start, stretch.end}
        # What is put in at either end stands beside the stretch: it can be left out.
        wanted = stretch.count - len(ends & inserted)
        return any(
            changes.within(stretch.start, stretch.end) - len(ends & changes.inserted) == wanted
            for changes in map(self._changes.__getitem__, stretch.voters)
        )

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
