"""GLEU for correction: worked by hand, by its laws, and by what was published."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.readers import read_lines
from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric

TEXT = st.lists(st.sampled_from("abcde"), min_size=1, max_size=8).map(" ".join)
SEGMENTS = st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5)


def corpus(hypotheses, sources, references) -> float:
    return load_metric("gleu").corpus_score(Texts(hypotheses, sources, references)).value


def test_worked_by_hand():
    source, reference, hypothesis = "a b c d e", "a b c d f", "a b c d e g"
    # Unigrams: abcd match, e is the source's alone: 4 - 1 of 6. Bigrams: ab bc cd, less de: 2
    # of 5. Trigrams: abc bcd, less cde: 1 of 4. Of 4-grams abcd, less bcde: 0 of 3.
    assert corpus([hypothesis], [source], [[reference]]) == 0
    segment = load_metric("gleu").segment_scores(Texts([hypothesis], [source], [[reference]]))
    expected = 100 * exp(sum(map(log, (3 / 6, 2 / 5, 1 / 4, 1 / 3))) / 4)
    assert segment.tolist() == pytest.approx([expected])


def test_what_the_reference_keeps_is_no_fault():
    assert corpus(["a b c d e"], ["a b c d e"], [["a b c d e"]]) == pytest.approx(100)


def test_short_texts_are_penalised():
    full, short = "a b c d e f g h", "a b c d e f"
    expected = 100 * exp(1 - 8 / 6)
    assert corpus([short], ["x"], [[full]]) == pytest.approx(expected)


@given(segments=SEGMENTS)
def test_between_0_and_100_and_the_more_the_better(segments):
    hypotheses, sources, references = map(list, zip(*segments, strict=True))
    metric = load_metric("gleu")
    texts = Texts(hypotheses, sources, [[r] for r in references])
    best = Texts(references, sources, texts.references)
    scores, most = metric.segment_scores(texts), metric.segment_scores(best)
    assert (scores >= 0).all()
    assert (scores <= 100 + 1e-9).all()
    assert (most >= scores - 1e-9).all()
    assert metric.corpus_score(texts).value <= metric.corpus_score(best).value + 1e-9


@given(segments=SEGMENTS)
def test_the_same_reference_twice_is_once(segments):
    hypotheses, sources, references = map(list, zip(*segments, strict=True))
    once = corpus(hypotheses, sources, [[r] for r in references])
    assert corpus(hypotheses, sources, [[r, r] for r in references]) == pytest.approx(once)


def test_a_segment_counts_the_mean_of_its_references():
    source, one, other = "a b c d", "a b c e", "f g h i"
    both = load_metric("gleu").segment_scores(Texts([one], [source], [[one, other]]))
    each = [
        load_metric("gleu").segment_scores(Texts([one], [source], [[r]]))[0] for r in (one, other)
    ]
    assert both[0] == pytest.approx(sum(each) / 2)


def test_a_segment_without_a_reference_is_named():
    with pytest.raises(ValueError, match="segment 2 has no reference"):
        corpus(["a", "b"], ["a", "b"], [["a"], []])


@pytest.mark.parametrize(("part", "published"), [("dev", 38.2), ("test", 40.5)])
def test_sources_score_what_the_authors_of_jfleg_found(data, part, published):
    """Napoles et al. 2017, table 6, to the digit that they give."""
    folder = data / "gec" / "jfleg"
    sources = read_lines(folder / f"{part}.src.txt")
    columns = [read_lines(file) for file in sorted(folder.glob(f"{part}.ref*.txt"))]
    found = corpus(sources, sources, list(zip(*columns, strict=True)))
    assert round(found, 1) == published
