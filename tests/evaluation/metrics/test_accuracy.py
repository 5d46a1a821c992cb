"""Right or wrong, and how often."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric


def test_a_label_is_right_where_one_reference_is_it():
    texts = Texts(["en", "de ", "fr", "EN"], None, [["en"], ["nl", "de"], ["en"], ["en"]])
    assert load_metric("accuracy").segment_scores(texts).tolist() == [100, 100, 0, 0]


def test_it_is_the_accuracy_that_everybody_knows():
    said, right = np.random.default_rng(1).choice(["a", "b", "c"], (2, 200)).tolist()
    score = load_metric("accuracy").corpus_score(Texts(said, None, [[label] for label in right]))
    assert score.value == pytest.approx(100 * accuracy_score(right, said))
    assert score.rows[0].low < score.value < score.rows[0].high
    assert score.signature.startswith("accuracy|n:200")


def test_it_needs_references():
    with pytest.raises(ValueError, match="accuracy needs references"):
        load_metric("accuracy").segment_scores(Texts(["a"], ["a"]))
