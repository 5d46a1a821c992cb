"""Which edits can be made together: none overlap, and each stretch is one that a system proposed.

`will go` and `goes` for `go` do not overlap, as one inserts a word before the other; made together
they give a sentence that no system wrote.
"""

from bisect import bisect, bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ensemble.candidates import Ballot, Candidate
from evaluation.edits.glyphs import fold
from evaluation.records import Edit

_NEAR = 1  # tokens between two edits that may do the same thing twice


def overlap(one: Edit, other: Edit) -> bool:
    """Return whether two edits exclude each other: shared tokens, or insertions at one place."""
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    return one.start < other.end and other.start < one.end


def overlaps_any(edit: Edit, others: Sequence[Edit]) -> bool:
    """Return whether an edit overlaps one of `others`, in reading order, of which none overlap."""
    place = bisect(others, edit)  # only its neighbours can
    return any(overlap(edit, other) for other in others[max(0, place - 1) : place + 1])


def stand_apart(candidates: Sequence[Candidate]) -> bool:
    """Return whether edits, in reading order, are so far apart that any can be made together."""
    reach = -_NEAR - 1
    for candidate in candidates:
        start, end, _ = candidate.edit
        if start - reach <= _NEAR:
            return False
        reach = max(reach, end)
    return True


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Accepted edits, each touching the next: where, how many, and the systems that made all."""

    start: int
    end: int
    count: int
    voters: frozenset[str]


def _start(stretch: _Stretch) -> int:
    return stretch.start


def _end(stretch: _Stretch) -> int:
    return stretch.end


class _Changes:
    """The changes of one system: where its edits begin and end, and where it only inserts."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.inserted: set[int] = set()

    def add(self, edit: Edit) -> None:
        """Add an edit; edits come in reading order, and none overlap."""
        self._starts.append(edit.start)
        self._ends.append(edit.end)
        if edit.start == edit.end:
            self.inserted.add(edit.start)

    def within(self, start: int, end: int) -> int:
        """Return how many of its edits lie within the tokens `[start, end)`, or at an end."""
        return bisect_right(self._ends, end) - bisect_left(self._starts, start)


def always_compatible(ballot: Ballot, candidates: Sequence[Candidate]) -> bool:
    """Return whether `candidates`, in reading order, can be accepted together in any order.

    It stays so whichever systems more vote for them, or propose other edits of their own.
    """
    accepted = Accepted(ballot)
    for place, candidate in enumerate(candidates):
        if accepted.overlaps(candidate.edit) or accepted.disagrees(candidate):
            return False
        # In another order it may come next to any of those nearby.
        if any(accepted.does_the_same(candidate, other) for other in _near(candidates, place)):
            return False
        accepted.take(candidate)
    # With an insertion between them, two edits are proposed together only where it is taken first.
    edits = [candidate.edit for candidate in candidates]
    return not any(
        middle.start == middle.end and left.end == middle.start == right.start
        for left, middle, right in zip(edits, edits[1:], edits[2:], strict=False)
    )


def _near(candidates: Sequence[Candidate], place: int) -> Iterator[Candidate]:
    """Yield those before `place` that nearly touch the one there; none of them overlap."""
    start = candidates[place].edit.start
    for other in map(candidates.__getitem__, range(place - 1, -1, -1)):
        if start - other.edit.end > _NEAR:
            return  # all before it end earlier still
        yield other


class Accepted:
    """The candidates of a ballot that are accepted so far, always compatible."""

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
        """Accept a candidate, which must be compatible."""
        edit = candidate.edit
        self._stretches[self._beside(edit)] = [self._with(candidate)]
        place = bisect(self._edits, edit)
        self._edits.insert(place, edit)
        self._taken.insert(place, candidate)
        if edit.start == edit.end:
            self._inserted.add(edit.start)

    def overlaps(self, edit: Edit) -> bool:
        """Return whether an accepted edit overlaps this one."""
        return overlaps_any(edit, self._edits)

    def disagrees(self, candidate: Candidate) -> bool:
        """Return whether it and the accepted edits beside it make a text that no system gave.

        Edits that touch make one stretch, which some system must have changed in just this way. Two
        that nearly touch must not each insert, or remove, the same word.
        """
        if not self._edits:
            return False
        stretch = self._with(candidate)
        if stretch.count > 1 and not self._was_proposed(stretch, candidate.edit):
            return True
        first = bisect_left(self._edits, Edit(stretch.start, stretch.start, ()))
        last = first + stretch.count - 1
        near = self._taken[max(0, first - 1) : first] + self._taken[last : last + 1]
        return any(self.does_the_same(candidate, other) for other in near)

    def _beside(self, edit: Edit) -> slice:
        """Return the stretches that an edit touches: at most one at each end, or one around it."""
        first = bisect_left(self._stretches, edit.start, key=_end)
        last = bisect_right(self._stretches, edit.end, key=_start)
        return slice(first, max(first, last))

    def _with(self, candidate: Candidate) -> _Stretch:
        """Return the stretch that it makes with the accepted edits beside it."""
        start, end, _ = candidate.edit
        beside = self._stretches[self._beside(candidate.edit)]
        voters = frozenset(candidate.voters).intersection(*(part.voters for part in beside))
        count = 1 + sum(part.count for part in beside)
        if beside:
            start, end = min(start, beside[0].start), max(end, beside[-1].end)
        return _Stretch(start, end, count, voters)

    def _was_proposed(self, stretch: _Stretch, edit: Edit) -> bool:
        """Return whether a system made all edits of `stretch`, `edit` being new, and no others."""
        ends = {stretch.start, stretch.end}
        inserted = ends & self._inserted
        if edit.start == edit.end:
            inserted |= ends & {edit.start}
        # Insertions at either end stand beside the stretch: a system may lack them.
        wanted = stretch.count - len(inserted)
        return any(
            changes.within(stretch.start, stretch.end) - len(ends & changes.inserted) == wanted
            for changes in map(self._changes.__getitem__, stretch.voters)
        )

    def does_the_same(self, one: Candidate, other: Candidate) -> bool:
        """Return whether two edits that nearly touch insert, or remove, the same word.

        Two that a system proposed together do not.
        """
        left, right = sorted((one.edit, other.edit))
        if right.start - left.end > _NEAR or not set(one.voters).isdisjoint(other.voters):
            return False
        (put_in, taken_out), (also_in, also_out) = map(self._words, (left, right))
        return bool(put_in & also_in or taken_out & also_out)

    def _words(self, edit: Edit) -> tuple[Counter[str], Counter[str]]:
        """Return the words that an edit inserts, and those that it removes."""
        before = Counter(map(fold, self._tokens[edit.start : edit.end]))
        after = Counter(map(fold, edit.replacement))
        return after - before, before - after
