"""Taking back accepted changes that would make a stretch of words that no output has."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Self

from ensemble.candidates import Ballot
from ensemble.decoding.decode import Combination, Decision, rendered
from evaluation.edits.align import apply
from evaluation.edits.glyphs import fold
from evaluation.records import Edit

Window = tuple[str, ...]

_Part = tuple[str | None, int | None]
"""A word, with the change that puts it there, if one does; no word where one removes words."""

_EDGE = "\n"
"""Stands before the first word and after the last; no word is white space alone."""


def fitting(ballot: Ballot, combination: Combination, window: int) -> Combination:
    """Return `combination`, of edits, in which a change is accepted only where it fits.

    In the result every `window` words in a row, beginnings and ends of the text among them, are
    also in a row in one of the outputs or in the source. Where they are not, the least supported
    change among them is taken back, until all are. With a window of 1 none is, except that a word
    that begins a line is never removed, as its line break would go with it.
    """
    attested = _attested(ballot, window)
    decisions = [_without_joining(ballot, decision) for decision in combination.decisions]
    text = _Text.of(ballot, decisions)
    among = _unattested(ballot, decisions, text.taken, window, attested)
    while among:
        misfits = {min(changes, key=lambda i: _strength(decisions[i], i)) for changes in among}
        for i in misfits:
            decisions[i] = _unfit(decisions[i])
            text.taken.remove(i)
        # All other windows are as before: each that no output has had one of the misfits.
        among = [changes for i in misfits for changes in text.misfits(i, window, attested)]
    return Combination(rendered(ballot, decisions), tuple(decisions), backbone=combination.backbone)


@dataclass(frozen=True)
class _Text:
    """The words of a source, all edits, and those `taken` in it, by place in reading order."""

    words: Sequence[str]
    edits: Sequence[Edit]
    taken: list[int]

    @classmethod
    def of(cls, ballot: Ballot, decisions: Sequence[Decision]) -> Self:
        """Return the text that the accepted changes of a ballot make."""
        edits = [candidate.edit for candidate in ballot.candidates]
        taken = [i for i, decision in enumerate(decisions) if decision.accepted]
        return cls(list(map(fold, ballot.tokens)), edits, taken)

    def misfits(self, i: int, window: int, attested: set[Window]) -> Iterator[list[int]]:
        """Yield the changes in each unattested window around change `i`, which is not taken."""
        start, end, _ = self.edits[i]
        place = bisect(self.taken, i)
        parts = [
            *reversed(_first(self._before(start, place), window - 1)),
            *((word, None) for word in self.words[start:end]),
            *_first(self._after(end, place), window - 1),
        ]
        places = [at for at, (word, _) in enumerate(parts) if word is not None]
        for first, last in zip(places, places[window - 1 :], strict=False):
            part = tuple(word for word, _ in parts[first : last + 1] if word is not None)
            changes = [change for _, change in parts[first : last + 1] if change is not None]
            if changes and part not in attested:
                yield changes

    def _before(self, at: int, place: int) -> Iterator[_Part]:
        """Yield the words before source word `at`, from there back, with the edges."""
        while at or place:
            if place and self.edits[self.taken[place - 1]].end == at:
                place -= 1
                change = self.taken[place]
                at, _, replacement = self.edits[change]
                yield from self._parts(change, replacement[::-1])
            else:
                at -= 1
                yield self.words[at], None
        yield from repeat((_EDGE, None))

    def _after(self, at: int, place: int) -> Iterator[_Part]:
        """Yield the words from source word `at` on, with the edges."""
        while at < len(self.words) or place < len(self.taken):
            if place < len(self.taken) and self.edits[self.taken[place]].start == at:
                change = self.taken[place]
                _, at, replacement = self.edits[change]
                place += 1
                yield from self._parts(change, replacement)
            else:
                yield self.words[at], None
                at += 1
        yield from repeat((_EDGE, None))

    def _parts(self, change: int, replacement: Sequence[str]) -> Iterator[_Part]:
        yield from ((fold(token), change) for token in replacement)
        if not replacement:
            yield None, change


def _first(parts: Iterator[_Part], words: int) -> list[_Part]:
    """Return the parts up to a number of words, with the removals between them."""
    taken: list[_Part] = []
    while words:
        taken.append(next(parts))
        words -= taken[-1][0] is not None
    return taken


def _unfit(decision: Decision) -> Decision:
    return decision._replace(reason="does not fit the words around it")


def _without_joining(ballot: Ballot, decision: Decision) -> Decision:
    """Return the decision, but not to remove a word that begins a line."""
    start, end, replacement = decision.candidate.edit
    if replacement or not decision.accepted:
        return decision
    spaces = (token[: len(token) - len(token.lstrip())] for token in ballot.tokens[start:end])
    return _unfit(decision) if any("\n" in space for space in spaces) else decision


def _strength(decision: Decision, i: int) -> tuple[float, int, int]:
    return decision.probability, len(decision.candidate.voters), i


def _attested(ballot: Ballot, window: int) -> set[Window]:
    """Return all windows of the source and of each output, as its edits make it."""
    edits: dict[str, list[Edit]] = {name: [] for name in ballot.systems}
    for candidate in ballot.candidates:
        for name in candidate.voters:
            edits[name].append(candidate.edit)
    texts = [ballot.tokens, *(apply(ballot.tokens, changes) for changes in edits.values())]
    return {part for text in texts for part in _windows(text, window)}


def _windows(tokens: Sequence[str], window: int) -> list[Window]:
    """Return every `window` words in a row: the k-th one ends with the k-th word or edge."""
    edges = (_EDGE,) * (window - 1)
    words = (*edges, *map(fold, tokens), *edges)
    return [words[i : i + window] for i in range(len(words) - window + 1)]


def _unattested(
    ballot: Ballot,
    decisions: Sequence[Decision],
    taken: Sequence[int],
    window: int,
    attested: set[Window],
) -> list[list[int]]:
    """Return, for each window of the text that no output has, the accepted changes in it."""
    edits = [decisions[i].candidate.edit for i in taken]
    windows = _windows(apply(ballot.tokens, edits), window)
    among: dict[int, list[int]] = {
        last: [] for last, part in enumerate(windows) if part not in attested
    }
    shift = 0
    for i, (start, end, replacement) in zip(taken, edits, strict=True):
        begin = start + shift  # where the change begins in the text
        shift += len(replacement) - (end - start)
        # A removal is in the windows that have words of both sides of it.
        for place in range(begin, begin + len(replacement) + window - 1):
            if place in among:
                among[place].append(i)
    return [changes for changes in among.values() if changes]
