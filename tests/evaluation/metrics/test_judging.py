"""Metrics as judges of outputs."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.combiners.utility import Utility
from evaluation.errors import InputError
from evaluation.metrics.base import Texts
from evaluation.metrics.judging import judged
from evaluation.metrics.registry import load_metric
from evaluation.records import Segment

TEXTS = st.text(alphabet="abc \u00e9\u4e2d", max_size=8)
OUTPUTS = st.dictionaries(st.sampled_from("pqrs"), st.none() | TEXTS, max_size=4)


@dataclass
class Counter:
    """Scores a text by its length, and counts the texts that it is asked about."""

    asked: int = 0
    name: ClassVar[str] = "counter"
    needs: ClassVar[frozenset[str]] = frozenset()

    def segment_scores(self, texts: Texts):
        self.asked += len(texts.hypotheses)
        return np.array([float(len(text)) for text in texts.hypotheses])


@given(st.lists(OUTPUTS, max_size=4))
def test_each_output_that_is_there_has_a_score(outputs):
    found = judged(Counter(), [Segment("x", texts) for texts in outputs])
    assert found == [{n: float(len(t)) for n, t in texts.items() if t} for texts in outputs]


def test_an_output_is_asked_about_once():
    metric = Counter()
    judged(metric, [Segment("x", {"a": "one", "b": "one"}), Segment("x", {"a": "one"})])
    assert metric.asked == 1


@given(st.dictionaries(st.sampled_from("pqrs"), st.text("ab", min_size=1, max_size=6), min_size=2))
def test_the_mean_over_the_other_outputs_is_the_expected_utility(texts):
    (scores,) = judged(load_metric("chrf"), [Segment("x", texts)])
    utility = Utility.of(list(texts.values()), [1.0] * len(texts))
    others = (utility.alike.sum(axis=1) - 1) / (len(texts) - 1)
    assert list(scores) == list(texts)
    assert np.allclose(list(scores.values()), 100 * others)


def test_against_the_source():
    (scores,) = judged(load_metric("chrf-source"), [Segment("ab", {"p": "ab", "q": "cd"})])
    assert scores == {"p": 100.0, "q": 0.0}


def test_one_output_alone_is_not_compared():
    assert judged(load_metric("chrf"), [Segment("ab", {"p": "ab", "q": None})]) == [{}]


def test_without_sources():
    with pytest.raises(InputError, match="chrf-source needs sources"):
        judged(load_metric("chrf-source"), [Segment("", {"p": "ab"}, has_source=False)])


def test_a_metric_that_needs_gold_edits_is_refused():
    with pytest.raises(InputError, match="edits needs gold edits"):
        judged(load_metric("edits"), [Segment("ab", {"p": "ab"})])
