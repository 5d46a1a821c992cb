"""Nearness in letters, to the source and to the nearest reference."""

import pytest

from evaluation.metrics.base import Texts
from evaluation.metrics.distance import nearness
from evaluation.metrics.registry import load_metric

TEXTS = Texts(["a cat", "dogs"], ["a cats", "dogs"], [["a bat", "the cat"], ["cats"]])


def test_to_the_source():
    scores = load_metric("levenshtein-source").segment_scores(TEXTS)
    assert scores == pytest.approx([100 * (1 - 1 / 6), 100])


def test_to_the_nearest_reference():
    scores = load_metric("levenshtein").segment_scores(TEXTS)
    assert scores == pytest.approx([100 * (1 - 1 / 5), 100 * (1 - 3 / 4)])


def test_a_text_may_be_farther_than_nothing():
    assert nearness("abcdef", "x") == -500
    assert nearness("abc", "") == 100
