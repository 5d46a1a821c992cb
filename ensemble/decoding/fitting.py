"""Taking back accepted changes that would make a stretch of words that no output has."""

from collections.abc import Sequence
from dataclasses import replace

from ensemble.candidates import Ballot
from ensemble.decoding.decode import Combination, Decision, rendered
from evaluation.edits.align import apply
from evaluation.edits.glyphs import fold
from evaluation.records import Edit

Window = tuple[str, ...]

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
    while taken := [i for i, decision in enumerate(decisions) if decision.accepted]:
        misfits = {
            min(among, key=lambda i: _strength(decisions[i], i))
            for among in _unattested(ballot, decisions, taken, window, attested)
        }
        if not misfits:
            break
        for i in misfits:
            decisions[i] = _unfit(decisions[i])
    return Combination(rendered(ballot, decisions), tuple(decisions), backbone=combination.backbone)


def _unfit(decision: Decision) -> Decision:
    return replace(decision, reason="does not fit the words around it")


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
