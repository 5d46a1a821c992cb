"""Alignment steps to edits: which neighbouring changes are one change.

A correction that must be taken or left as a whole is one edit (`look at` for `watch`); two
that can be right or wrong apart are two (a comma beside a spelling error).
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from evaluation.edits.words import bare, is_punctuation, similarity, squash

_LONGEST_REORDERING = 7  # steps
_LONGEST_RESPACING = 9  # changes; trying every stretch of a rewritten text would take its cube
_LOOKS_ALIKE = 0.75


class Step(NamedTuple):
    """One step of an alignment: source tokens `[start, end)` became `[at, to)` of the other.

    `name` is equal, replace, insert, delete or (several steps together) reorder.
    """

    name: str
    start: int
    end: int
    at: int
    to: int


def merge(steps: list[Step], source: Sequence[str], hypothesis: Sequence[str]) -> list[Step]:
    """Return the changes among `steps`, joined where they make one edit."""
    changes = [step for step in steps if step.name != "equal"]
    if len(changes) == 1:
        return changes
    merged: list[Step] = []
    for name, group in groupby(_reorderings(steps, source, hypothesis), _stretch):
        if name == "reorder":
            merged += group
        elif name == "change":
            merged += _join([_Change.of(step, source, hypothesis) for step in group])
    return merged


def _stretch(step: Step) -> str:
    return step.name if step.name in ("equal", "reorder") else "change"


def _reorderings(steps: list[Step], source: Sequence[str], hypothesis: Sequence[str]) -> list[Step]:
    """Return `steps` with each shortest stretch of the same words in another order as one."""
    found: list[Step] = []
    i = 0
    while i < len(steps):
        window = _reordering(steps[i : i + _LONGEST_REORDERING], source, hypothesis)
        found.append(_span(steps[i : i + window], "reorder") if window else steps[i])
        i += window or 1
    return found


def _reordering(steps: list[Step], source: Sequence[str], hypothesis: Sequence[str]) -> int:
    """How many of the first `steps` only move words about; 0 for none."""
    if steps[0].name == "equal":
        return 0
    for k in range(2, len(steps) + 1):
        whole = _span(steps[:k], "reorder")
        size = whole.end - whole.start
        if steps[k - 1].name == "equal" or size < 2 or size != whole.to - whole.at:
            continue
        before = sorted(map(bare, source[whole.start : whole.end]))
        if before == sorted(map(bare, hypothesis[whole.at : whole.to])):
            return k
    return 0


class _Change(NamedTuple):
    """A step that changes something, with the words on both sides, bare."""

    step: Step
    before: list[str]
    after: list[str]

    @classmethod
    def of(cls, step: Step, source: Sequence[str], hypothesis: Sequence[str]) -> "_Change":
        before = [bare(token) for token in source[step.start : step.end]]
        return cls(step, before, [bare(token) for token in hypothesis[step.at : step.to]])

    @property
    def punctuation(self) -> bool:
        return all(map(is_punctuation, self.before + self.after))

    @property
    def looks_alike(self) -> bool:
        """One word for a similar one: an inflection or a misspelling, an edit of its own."""
        one_each = len(self.before) == len(self.after) == 1
        return one_each and similarity(self.before[0], self.after[0]) > _LOOKS_ALIKE


def _join(changes: list[_Change]) -> list[Step]:
    """Join a stretch of changes with nothing unchanged between them."""
    for size in range(min(len(changes), _LONGEST_RESPACING), 1, -1):
        for i in range(len(changes) - size + 1):
            if _respaced(changes[i : i + size]):
                one = _span([change.step for change in changes[i : i + size]], "replace")
                return [*_join(changes[:i]), one, *_join(changes[i + size :])]
    edits: list[list[Step]] = []
    for k, change in enumerate(changes):
        if k and _belong_together(changes[k - 1], change):
            edits[-1].append(change.step)
        else:
            edits.append([change.step])
    return [_span(steps, "replace") for steps in edits]


def _respaced(changes: list[_Change]) -> bool:
    """Whether words were only joined, split or hyphenated (`sub - way` to `subway`)."""
    before = squash([word for change in changes for word in change.before])
    return bool(before) and before == squash([word for c in changes for word in c.after])


def _belong_together(left: _Change, right: _Change) -> bool:
    both_replace = left.step.name == right.step.name == "replace"
    if right.before == right.after:
        # A sentence begins elsewhere: the stop or the word before it goes with its capital.
        return left.punctuation or not both_replace
    if left.step.name == right.step.name:
        return not both_replace
    if left.punctuation != right.punctuation:
        return False
    return not (left.looks_alike or right.looks_alike)


def _span(steps: Sequence[Step], name: str) -> Step:
    first, last = steps[0], steps[-1]
    return Step(name, first.start, last.end, first.at, last.to)
