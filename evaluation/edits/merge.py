"""Joins the steps of an alignment to edits, where neighbouring changes are one change.

A correction that must be taken or left as a whole is one edit (`look at` for `watch`); two
that can be right or wrong independently are two (a comma beside a spelling error, two capitals).
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from evaluation.edits.glyphs import key
from evaluation.edits.steps import Pair, Step, span
from evaluation.edits.words import is_punctuation, similarity, squash

_LONGEST_REORDERING = 7  # steps
_LONGEST_RESPACING = 9  # changes; trying every stretch of a rewritten text takes cubic time
_LONGEST_UNCHANGED = 2  # words in the middle of a reordering
_LOOKS_ALIKE = 0.75
_MOVES = frozenset(["replace", "insert", "delete"])
_ALONE = frozenset(["equal", "reorder", "repeat", "form"])  # joined with nothing


def merge(steps: Sequence[Step], pair: Pair) -> list[Step]:
    """Return the changes among `steps`, joined where they make one edit."""
    words: list[Step] = []
    # Before words are told apart by their written forms, which say nothing about their order.
    for step in _reorderings(steps, pair):
        if step.name == "equal" and (
            pair.source[step.start : step.end] != pair.hypothesis[step.at : step.to]
        ):
            words += _other_forms(step, pair)
        else:
            words.append(step)
    changes = [step for step in words if step.name != "equal"]
    if len(changes) < 2:
        return changes
    merged: list[Step] = []
    together: list[Step] = []
    for step in words:
        if step.name not in _ALONE:
            together.append(step)
            continue
        merged += _joined(together, pair)
        together = []
        if step.name != "equal":
            merged.append(step)
    return merged + _joined(together, pair)


def _joined(together: list[Step], pair: Pair) -> list[Step]:
    """Return changes with nothing unchanged between them, joined where they make one edit."""
    if len(together) < 2:
        return together
    return _join([_Change.of(step, pair) for step in together])


def _other_forms(step: Step, pair: Pair) -> Iterator[Step]:
    """Split a step of equal words: each word in another written form is a separate step."""
    _, start, end, at, to = step
    shift = at - start
    for i in range(start, end):
        old, new = pair.source[i], pair.hypothesis[i + shift]
        if old != new:
            if start < i:
                yield Step("equal", start, i, start + shift, i + shift)
            name = "form" if key(old) == key(new) else "case"
            yield Step(name, i, i + 1, i + shift, i + shift + 1)
            start = i + 1
    if start < end:
        yield Step("equal", start, end, start + shift, to)


def _reorderings(steps: Sequence[Step], pair: Pair) -> Sequence[Step]:
    """Return `steps`, with each shortest stretch of reordered words joined to one step."""
    if not _moves_words(steps, pair):
        return steps  # as nearly always
    reordered: list[Step] = []
    i = 0
    while i < len(steps):
        window = _reordering(steps[i : i + _LONGEST_REORDERING], pair)
        reordered.append(span(steps[i : i + window], "reorder") if window else steps[i])
        i += window or 1
    return reordered


def _moves_words(steps: Sequence[Step], pair: Pair) -> bool:
    """Whether any word that is taken out is put in elsewhere."""
    out: set[str] = set()
    put: set[str] = set()
    for name, start, end, at, to in steps:
        if name in _MOVES:
            out.update(pair.before[start:end])
            put.update(pair.after[at:to])
    return not out.isdisjoint(put)


def _reordering(steps: Sequence[Step], pair: Pair) -> int:
    """Return how many of the first `steps` together only reorder words; 0 if they do not."""
    if steps[0].name not in _MOVES:
        return 0
    replaces, stays = steps[0].name == "replace", False
    for k, step in enumerate(steps[1:], start=2):
        same = step.name == "equal"
        replaces, stays = replaces or step.name == "replace", stays or same
        if step.name == "repeat" or step.end - step.start > _LONGEST_UNCHANGED:
            return 0
        if replaces and stays:
            return 0  # two words replaced by others, and the word between them unchanged
        size = step.end - steps[0].start
        if same or size < 2 or size != step.to - steps[0].at:
            continue
        before = sorted(pair.before[steps[0].start : step.end])
        if before == sorted(pair.after[steps[0].at : step.to]):
            return k
    return 0


class _Change(NamedTuple):
    """A step that changes something, with the words on both sides and their properties.

    `capital` is 1 where a capital is gained, -1 where one is lost; `opens` is true where the
    step begins a sentence.
    """

    step: Step
    before: list[str]
    after: list[str]
    punctuation: bool
    capital: int
    opens: bool

    @classmethod
    def of(cls, step: Step, pair: Pair) -> "_Change":
        before, after = pair.before[step.start : step.end], pair.after[step.at : step.to]
        punctuation = all(map(is_punctuation, before)) and all(map(is_punctuation, after))
        capital = 0
        if step.name == "case":
            capital = 1 if key(pair.source[step.start]).islower() else -1
        opens = step.start == 0 or pair.before[step.start - 1] in _STOPS
        return cls(step, before, after, punctuation, capital, opens)

    @property
    def is_similar(self) -> bool:
        """Whether a word is replaced by a similar one, such as an inflection: a separate edit."""
        single_words = len(self.before) == len(self.after) == 1
        return single_words and similarity(self.before[0], self.after[0]) > _LOOKS_ALIKE

    def explains(self, capital: int) -> bool:
        """Return whether the next word gains or loses a capital because of this change."""
        deleted, inserted = (self.before, self.after)[::capital]
        if self.punctuation:
            return bool(_STOPS.intersection(inserted)) > bool(_STOPS.intersection(deleted))
        return self.opens and bool(deleted) and not inserted


_STOPS = frozenset([*".!?。！？", "...", "?!", "!!", "??"])


def _join(changes: list[_Change]) -> list[Step]:
    """Join a stretch of changes with nothing unchanged between them."""
    joined: list[Step] = []
    done = 0
    for begin, end in _respaced(changes):
        joined += _by_pairs(changes[done:begin])
        joined.append(span([change.step for change in changes[begin:end]], "replace"))
        done = end
    return joined + _by_pairs(changes[done:])


def _by_pairs(changes: list[_Change]) -> list[Step]:
    edits: list[list[Step]] = []
    for k, change in enumerate(changes):
        if k and _belong_together(changes[k - 1], change):
            edits[-1].append(change.step)
        else:
            edits.append([change.step])
    return [span(steps, "replace") for steps in edits]


def _respaced(changes: list[_Change]) -> list[tuple[int, int]]:
    """Return stretches in which words are only joined, split or hyphenated, in order.

    An example is `sub - way` to `subway`. Of two that overlap, the longer is returned, or the
    left one if they are equally long.
    """
    if not any(map(_may_be_respaced, changes[:-1])):
        return []  # as mostly
    letters = [(squash(change.before), squash(change.after)) for change in changes]
    # Sums over the changes before each rule out most stretches without comparing letters.
    differ = list(accumulate((change.before != change.after for change in changes), initial=0))
    if not differ[-1]:
        return []
    old = list(accumulate((len(before) for before, _ in letters), initial=0))
    new = list(accumulate((len(after) for _, after in letters), initial=0))
    taken: list[tuple[int, int]] = []
    is_taken = bytearray(len(changes))
    for size in range(min(len(changes), _LONGEST_RESPACING), 1, -1):
        for begin in range(len(changes) - size + 1):
            end = begin + size
            length = old[end] - old[begin]
            if not length or differ[begin] == differ[end] or length != new[end] - new[begin]:
                continue
            if any(is_taken[begin:end]):
                continue
            before, after = ("".join(side) for side in zip(*letters[begin:end], strict=True))
            if before == after:
                taken.append((begin, end))
                is_taken[begin:end] = b"\1" * size
    return sorted(taken)


def _may_be_respaced(change: _Change) -> bool:
    """Return whether a stretch that begins with `change` can have the same letters before it."""
    old, new = "".join(change.before[:1])[:1], "".join(change.after[:1])[:1]
    return old == new or not (old.isalnum() and new.isalnum())


def _belong_together(left: _Change, right: _Change) -> bool:
    if right.capital:
        return left.explains(right.capital)
    if left.capital:
        return False
    if left.step.name == right.step.name:
        return left.step.name != "replace"
    if left.punctuation != right.punctuation:
        return False
    return not (left.is_similar or right.is_similar)
