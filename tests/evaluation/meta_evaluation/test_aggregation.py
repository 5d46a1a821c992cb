"""A metric's segment scores aggregated as people's rankings are, by TrueSkill."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evaluation.execution.progress import quietly
from evaluation.meta_evaluation.aggregation import trueskill_scores
from evaluation.meta_evaluation.config import Config
from evaluation.meta_evaluation.run import run

NAMES = ("a", "b", "c")
SCORES = st.lists(
    st.lists(st.one_of(st.integers(-3, 3), st.just(np.nan)).map(float), min_size=6, max_size=6),
    min_size=3,
    max_size=3,
).map(np.array)


def test_wins_count_and_not_by_how_much():
    """The mean prefers `a`, for one segment; `b` has the better output on all others."""
    scores = np.array([[100.0, 1, 1, 1, 1], [1, 2, 2, 2, 2]])
    assert scores.mean(axis=1).argmax() == 0
    assert trueskill_scores(("a", "b"), scores).argmax() == 1


@given(SCORES, st.floats(0.1, 10), st.floats(-5, 5))
def test_segments_may_have_any_scale(scores, factor, offset):
    found = trueskill_scores(NAMES, scores)
    scaled = scores * np.array([1, 1, factor, factor, 1, 1]) + np.array([0, offset, 0, 0, 0, 0])
    assert np.allclose(trueskill_scores(NAMES, scaled), found, equal_nan=True)
    assert np.allclose(trueskill_scores(NAMES, -scores), -found, equal_nan=True, atol=1e-6)


@given(SCORES)
def test_systems_that_are_never_compared_have_no_score(scores):
    compared = (~np.isnan(scores)).sum(axis=0) > 1
    known = (~np.isnan(scores[:, compared])).any(axis=1)
    assert np.array_equal(np.isnan(trueskill_scores(NAMES, scores)), ~known)


def test_a_metric_of_a_benchmark_is_aggregated(tmp_path):
    rows = ["system,segment,output,reference,score"]
    outputs = {"a": "one two three", "b": "one two", "c": "one"}
    for n in range(1, 15):
        for score, (name, output) in enumerate(reversed(outputs.items())):
            rows.append(f"{name},{n},{output},one two three,{score}")
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    table = {"form": "table", "path": "t.csv"}
    metrics = [{"name": "chrf", "system": "trueskill"}, {"name": "bleu", "system": "corpus"}]
    config = Config.model_validate(
        {
            "version": 1,
            "name": "n",
            "data": str(tmp_path),
            "texts": {**table, "output": "output", "references": ["reference"]},
            "judgements": {**table, "dimensions": ["score"]},
            "metrics": metrics,
            "plan": {"resamples": 20, "permutations": 20},
        }
    )
    (analysis,) = run(config, quietly).analyses
    note = "a system's score is TrueSkill by chrf, the corpus score by bleu, else the mean"
    assert note in analysis.notes
    by_system = dict(zip(analysis.systems, analysis.scores["chrf"], strict=True))
    assert by_system["a"] > by_system["b"] > by_system["c"]
