"""chrF, chrF++ and BLEU: sacrebleu's figures, to the last digit that matters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF

from evaluation.data.blank import is_blank
from evaluation.data.readers import read_lines
from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric

TEXT = st.text(max_size=30)
REFERENCE = TEXT.filter(lambda text: not is_blank(text))
SEGMENTS = st.lists(st.tuples(TEXT, REFERENCE, REFERENCE), min_size=1, max_size=5)
SCORERS = {
    "chrf": (CHRF(), CHRF()),
    "chrf++": (CHRF(word_order=2), CHRF(word_order=2)),
    "bleu": (BLEU(force=True), BLEU(effective_order=True)),
}
EVERY = pytest.mark.parametrize("name", SCORERS)


@pytest.mark.slow
@EVERY
@given(segments=SEGMENTS)
def test_scores_are_sacrebleus(name, segments):
    hypotheses, *streams = map(list, zip(*segments, strict=True))
    texts = Texts(hypotheses, references=list(zip(*streams, strict=True)))
    corpus, segment = SCORERS[name]
    expected = corpus.corpus_score(hypotheses, streams).score
    assert load_metric(name).corpus_score(texts).value == pytest.approx(expected, abs=1e-9)
    each = [segment.sentence_score(text, list(others)).score for text, *others in segments]
    assert load_metric(name).segment_scores(texts) == pytest.approx(each, abs=1e-9)


@pytest.mark.slow
@EVERY
@given(segments=SEGMENTS)
def test_against_the_source_is_with_the_source_for_reference(name, segments):
    hypotheses, sources, _ = zip(*segments, strict=True)
    as_source = Texts(hypotheses, sources=sources)
    as_reference = Texts(hypotheses, references=[[source] for source in sources])
    metric, same = load_metric(f"{name}-source"), load_metric(name)
    assert metric.corpus_score(as_source).value == same.corpus_score(as_reference).value
    assert (metric.segment_scores(as_source) == same.segment_scores(as_reference)).all()


@EVERY
def test_signature_keeps_sacrebleus(name):
    texts = Texts(["a b", "c"], references=[["a", "b"], ["c", "d"]])
    scorer = SCORERS[name][0]
    scorer.corpus_score(["a b", "c"], [["a", "c"], ["b", "d"]])
    signature = load_metric(name).corpus_score(texts).signature
    assert signature.endswith(f"|sacrebleu|{scorer.get_signature().format()}")
    assert "nrefs:2" in signature


def test_segments_may_differ_in_how_many_references_they_have():
    texts = Texts(["a b", "c"], references=[["a b", "x"], ["c"]])
    assert load_metric("chrf").corpus_score(texts).value == pytest.approx(100)


def test_a_segment_without_a_reference_is_named():
    with pytest.raises(ValueError, match="segment 2 has no reference"):
        load_metric("chrf").corpus_score(Texts(["a", "b"], references=[["a"], []]))


def test_segment_chrf_on_real_translations(data):
    folder = data / "mt" / "wmt21_zhen"
    hypotheses = read_lines(folder / "hyp.Online-A.en")[:300]
    references = [[line] for line in read_lines(folder / "ref.A.en")[:300]]
    scores = load_metric("chrf").segment_scores(Texts(hypotheses, references=references))
    pairs = zip(hypotheses, references, strict=True)
    assert scores == pytest.approx([CHRF().sentence_score(*pair).score for pair in pairs], abs=1e-9)
