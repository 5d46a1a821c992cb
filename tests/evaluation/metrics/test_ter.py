"""TER: sacrebleu's figures, negated, and a limit that is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import TER

from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric
from evaluation.metrics.ter import MAX_TOKENS

TEXT = st.lists(st.sampled_from("abcde"), max_size=8).map(" ".join)
REFERENCE = TEXT.filter(str)
"""An empty text is not a reference."""
SEGMENTS = st.lists(st.tuples(TEXT, REFERENCE, REFERENCE), min_size=1, max_size=5)


@given(segments=SEGMENTS)
def test_scores_are_sacrebleus_negated(segments):
    hypotheses, *streams = map(list, zip(*segments, strict=True))
    texts = Texts(hypotheses, references=list(zip(*streams, strict=True)))
    metric = load_metric("ter")
    expected = -TER().corpus_score(hypotheses, streams).score
    assert metric.corpus_score(texts).value == pytest.approx(expected, abs=1e-9)
    each = [-TER().sentence_score(text, list(others)).score for text, *others in segments]
    assert metric.segment_scores(texts) == pytest.approx(each, abs=1e-9)


def test_worked_by_hand():
    texts = Texts(["the cat sat", "b a"], references=[["the cat sat on it"], ["a b"]])
    # Two words are missing of five; one shift of two words.
    assert load_metric("ter").segment_scores(texts).tolist() == [-40.0, -50.0]
    assert load_metric("ter").corpus_score(texts).value == pytest.approx(-100 * 3 / 7)


def test_nobody_takes_it_for_ter():
    (row,) = load_metric("ter-source").corpus_score(Texts(["a b"], ["a c"])).rows
    assert row.statistic == "-TER"
    assert row.value == -50


@pytest.mark.parametrize("texts", [("short", "long"), ("long", "short")])
def test_a_text_too_long_is_named_with_the_limit(texts):
    words = {"short": "a b", "long": "a " * (MAX_TOKENS + 1)}
    hypothesis, source = (words[text] for text in texts)
    message = f"segment 2: a text of {MAX_TOKENS + 1} words; {MAX_TOKENS} is the limit"
    for score in ("segment_scores", "corpus_score"):
        with pytest.raises(ValueError, match=message):
            getattr(load_metric("ter-source"), score)(Texts(["a", hypothesis], ["a", source]))
