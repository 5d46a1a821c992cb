"""Targets of edits from corrections: the gold edits of annotators."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ensemble.candidates import Ballot
from ensemble.targets.targets import Targets, check_length
from evaluation.data.m2 import M2_TOKEN, corrects, m2_tokens
from evaluation.edits.align import align
from evaluation.edits.glyphs import key
from evaluation.edits.tokens import tokenise
from evaluation.records import Annotated, Edit, GoldEdit

Key = tuple[int, int, str]


class Correction(NamedTuple):
    """The corrections of one annotator for a segment.

    `keys` are those of right edits: several where an edit may be made in several ways. `size` is
    the number of edits.
    """

    keys: set[Key]
    size: int


def from_gold(ballots: Sequence[Ballot], gold: Sequence[Annotated]) -> Targets:
    """Return whether each edit is one that any annotator made, ignoring edits that change nothing.

    Raises:
        ValueError: the number of segments, or a source, differs from the annotated one.
    """
    check_length(ballots, len(gold), "gold sentences")
    annotated = []
    for number, (ballot, sentence) in enumerate(zip(ballots, gold, strict=True), start=1):
        try:
            annotated.append(_corrections(ballot, sentence))
        except ValueError as error:
            raise ValueError(f"segment {number}: {error}") from None
    return corrected(ballots, annotated)


def gold_keys(ballot: Ballot, sentence: Annotated) -> list[list[tuple[list[Key], str]]]:
    """Return each annotator's edits as (keys, type); proposing any of the keys counts as right.

    Raises:
        ValueError: the source of `sentence` is another.
    """
    if m2_tokens(ballot.source) != sentence.source:
        raise ValueError("the gold is for another source")
    words = _Words(ballot.tokens, sentence.source)
    return [
        [(words.keys(edit), edit.type) for edit in edits if corrects(sentence.source, edit)]
        for edits in sentence.annotations.values()
    ]


def corrected(ballots: Sequence[Ballot], annotated: Iterable[Sequence[Correction]]) -> Targets:
    """Return the targets of edits, given the corrections of each ballot."""
    values, gold = [], []
    for ballot, corrections in zip(ballots, annotated, strict=True):
        right = set().union(*(correction.keys for correction in corrections))
        values.append(np.array([float(key_of(c.edit) in right) for c in ballot.candidates]))
        gold.append(np.mean([c.size for c in corrections]) if corrections else 0.0)
    return Targets(tuple(values), np.array(gold), several=True)


def _corrections(ballot: Ballot, sentence: Annotated) -> list[Correction]:
    return [
        Correction({key for keys, _ in edits for key in keys}, len(edits))
        for edits in gold_keys(ballot, sentence)
    ]


def key_of(edit: Edit) -> Key:
    """Return what identifies an edit, whatever its white space and glyphs."""
    return edit.start, edit.end, " ".join(map(key, edit.replacement))


class _Words:
    """Maps words of M2 to our tokens: an M2 word with white space is several tokens."""

    def __init__(self, tokens: Sequence[str], words: Sequence[str]) -> None:
        self._tokens, self._words = tokens, words
        ends = np.cumsum([len(token) for token in tokens]).tolist()
        # A word starts at its first visible character, wherever its white space belongs.
        visible = [end - len(t.lstrip()) for end, t in zip(ends, tokens, strict=True)]
        spans = [match.span() for match in M2_TOKEN.finditer("".join(tokens))]
        self._starts = [bisect_left(visible, start) for start, _ in spans] + [len(tokens)]
        self._ends = [bisect_left(visible, end) for _, end in spans]

    def keys(self, edit: GoldEdit) -> list[Key]:
        """Return the keys, any of which is right, of an edit of words as edits of tokens."""
        start = self._starts[edit.start]
        end = self._ends[edit.end - 1] if edit.end > edit.start else start
        old = self._words[edit.start : edit.end]
        keys = []
        for new in edit.replacements:
            keys.append(key_of(Edit(start, end, tuple(tokenise(" ".join(new))))))
            if any(len(word.split()) > 1 for word in (*old, *new)):
                # A system may change only some of the tokens of such a word.
                keys += self._parts(start, end, " ".join(new))
        return keys

    def _parts(self, start: int, end: int, text: str) -> list[Key]:
        """Return the keys of the smaller edits that together put `text` at `[start, end)`."""
        edits = align(self._tokens[start:end], tokenise(text))
        return [key_of(Edit(start + e.start, start + e.end, e.replacement)) for e in edits]
