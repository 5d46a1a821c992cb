"""SARI, as its authors count it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric
from evaluation.metrics.sari import sari

SOURCE = "About 95 species are currently accepted ."
REFERENCES = [
    "About 95 species are currently known .",
    "About 95 species are now accepted .",
    "95 species are now accepted .",
]
WORDS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("hypothesis", "expected"),
    [
        ("About 95 you now get in .", 0.2682782411698074),
        ("About 95 species are now agreed .", 0.5889995423074248),
        ("About 95 species are currently agreed .", 0.5071608864657479),
    ],
)
def test_the_example_of_the_authors(hypothesis, expected):
    """The three figures published with the scorer of Xu et al. (2016)."""
    assert sari(SOURCE, hypothesis, REFERENCES) == pytest.approx(100 * expected)


def test_max_sari_is_the_best_by_one_reference():
    texts = Texts(["About 95 species are now accepted ."], [SOURCE], [REFERENCES])
    alone = [sari(SOURCE, texts.hypotheses[0], [one]) for one in REFERENCES]
    assert load_metric("max-sari").segment_scores(texts).tolist() == [max(alone)]
    assert load_metric("sari").segment_scores(texts)[0] < max(alone)


@given(WORDS, WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_it_is_from_0_to_100_whatever_the_order_of_references(source, hypothesis, references):
    score = sari(source, hypothesis, references)
    assert 0 <= score <= 100 + 1e-9
    assert sari(source, hypothesis, references[::-1]) == pytest.approx(score)
    assert sari(source, hypothesis, references * 2) == pytest.approx(score)
