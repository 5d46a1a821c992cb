"""A small lattice whose texts tell how good they are: each correction is a word `+`."""

import numpy as np
import pytest

from evaluation.lattice.gold import Gold, joined
from evaluation.metrics.base import mean_score
from evaluation.records import Annotated, GoldEdit


def edit(start, end, words, kind="T"):
    return GoldEdit(start, end, (tuple(words.split()),), kind)


class Counting:
    """An oracle: it counts the corrections in a text, `times` a factor."""

    name = "counting"
    needs = frozenset()

    def __init__(self, times=1.0):
        self.times = times

    def segment_scores(self, texts):
        return self.times * np.array([float(text.split().count("+")) for text in texts.hypotheses])

    def corpus_score(self, texts):
        return mean_score(self.name, self.segment_scores(texts), {})


@pytest.fixture
def gold() -> Gold:
    """Twelve sentences and two annotators, who make one to four corrections of each."""
    files = {"one": [], "two": []}
    for n in range(12):
        source = tuple(f"w{n} a b c d e f g".split())
        for k, own in enumerate(files.values()):
            places = [(2 * i + k) % 8 for i in range(1 + (n + k) % 4)]
            edits = tuple(edit(i, i + 1, "+", f"T{i % 2}") for i in places)
            own.append(Annotated(source, {0: edits}))
    return joined(files)
