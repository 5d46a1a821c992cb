"""A metric in one call."""

import numpy as np
import pandas
import pytest

import consort
from evaluation.errors import InputError
from evaluation.metrics.base import Texts

HYPOTHESES, REFERENCES = ["He goes home .", "I like it ."], ["He goes home .", "I liked it ."]


def test_the_score_is_that_of_the_metric():
    score = consort.score(HYPOTHESES, REFERENCES)
    texts = Texts(HYPOTHESES, references=[[text] for text in REFERENCES])
    assert score == consort.load_metric("chrf").corpus_score(texts)
    assert score.low <= score.value <= score.high
    assert str(score) == f"chrf {score.value:.2f} ({score.low:.2f} to {score.high:.2f})"
    assert consort.score(HYPOTHESES, [[text, "It ."] for text in REFERENCES]).value >= score.value


def test_one_segment_has_no_interval():
    score = consort.score(["a b"], ["a b"])
    assert (score.value, score.low, score.high) == (100, None, None)
    assert str(score) == "chrf 100.00"


def test_edits_are_scored_against_sources():
    sources = ["He go home .", "I like it ."]
    assert consort.score(HYPOTHESES, REFERENCES, sources=sources, metric="edits").value > 0


def test_an_absent_text_is_empty():
    assert consort.score([None, "yes"], ["no", "yes"], metric="accuracy").value == 50


def test_series_and_arrays_are_taken():
    series = pandas.Series(HYPOTHESES, index=[7, 8])
    expected = consort.score(HYPOTHESES, REFERENCES, sources=REFERENCES, metric="edits")
    given = pandas.Series(REFERENCES, index=[3, 4])
    assert consort.score(series, given, sources=given, metric="edits") == expected
    assert consort.score(np.array([1, 2]), np.array([1.0, 3.0]), metric="accuracy").value == 50


def test_a_missing_input_is_named():
    with pytest.raises(InputError, match="chrf needs references"):
        consort.score(HYPOTHESES)
    with pytest.raises(InputError, match="no metric 'nonsense'"):
        consort.score(HYPOTHESES, REFERENCES, metric="nonsense")
