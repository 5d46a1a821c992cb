"""Aligns two texts word by word: each edit changes one word, or inserts words at one place."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from rapidfuzz.distance import Levenshtein

from evaluation.edits.align import check_length
from evaluation.edits.glyphs import fold
from evaluation.records import Edit


class Aligns(Protocol):
    """Aligns texts with one source, whose tokens it was made of."""

    def edits(self, hypothesis: Sequence[str]) -> list[Edit]:
        """Return the edits, in reading order, from the source to `hypothesis`."""
        ...


class WordAligner:
    """Aligns texts with one source by the fewest words, where `Aligner` looks for corrections.

    Words that differ in capitals, white space or glyphs alone are aligned as equal, and are an edit
    where they are not the same characters. `apply(source, edits)` is the hypothesis.
    """

    def __init__(self, source: Sequence[str]) -> None:
        """Take the tokens of the source.

        Raises:
            InputError: there are more than `align.MAX_TOKENS`.
        """
        check_length(source)
        self._source = list(source)
        self._before = list(map(fold, source))

    def edits(self, hypothesis: Sequence[str]) -> list[Edit]:
        """Return the edits from the source to `hypothesis`, in reading order.

        Raises:
            InputError: `hypothesis` has more than `align.MAX_TOKENS` tokens.
        """
        check_length(hypothesis)
        edits: list[Edit] = []
        inserted: dict[int, list[str]] = defaultdict(list)
        for step in Levenshtein.opcodes(self._before, list(map(fold, hypothesis))):
            after = hypothesis[step.dest_start : step.dest_end]
            if step.tag == "insert":
                inserted[step.src_start] += after
                continue
            for i in range(step.src_start, step.src_end):
                new = tuple(after[i - step.src_start : i - step.src_start + 1])
                if new != (self._source[i],):
                    edits.append(Edit(i, i + 1, new))
        edits += [Edit(at, at, tuple(words)) for at, words in inserted.items()]
        return sorted(edits)
