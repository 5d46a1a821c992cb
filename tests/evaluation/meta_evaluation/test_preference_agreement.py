"""Preferences as judgements: agreement of metrics with them, from tables and from rankings."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.preferences import Preferences
from evaluation.errors import InputError
from evaluation.execution.progress import quietly
from evaluation.meta_evaluation.aligned_scores import AlignedScores
from evaluation.meta_evaluation.config import read_config
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.preference_agreement import (
    ACCURACY,
    TAU,
    preference_comparison,
)
from evaluation.meta_evaluation.run import run

CONFIGS = Path(__file__).parents[3] / "configs" / "benchmark"
OPTIONS = MetaEvaluationOptions(resamples=50, permutations=100)

PAIRS = """
version: 1
name: pairs
data: .
judgements: {form: preferences, path: people.csv, dimensions: [bradley-terry, share of wins]}
scores: [{path: scores.csv}]
preferences: [{path: judge.csv, judge: llm}]
plan: {resamples: 50, permutations: 100}
"""


def made(comparisons, segments=20):
    """Preferences of three systems from (first, distance to the other, segment, preferred)."""
    first, step, segment, preferred = np.array(comparisons, dtype=np.int64).reshape(-1, 4).T
    zeros = np.zeros(len(first), dtype=np.int64)
    names = tuple(map(str, range(segments)))
    second = (first + step) % 3
    return Preferences(tuple("abc"), names, ("r",), segment, zeros, first, second, preferred)


def compared(metrics, preferences):
    aligned = AlignedScores(
        tuple(f"m{i}" for i in range(len(metrics))),
        np.asarray(metrics, dtype=np.float64),
        [None] * len(metrics),
        np.zeros((3, 1)),
        False,
    )
    return preference_comparison(aligned, preferences, OPTIONS)


def value(rows, statistic, name="m0"):
    return next(row.value for row in rows if (row.statistic, row.name) == (statistic, name))


COMPARISONS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 2), st.integers(0, 19), st.integers(-1, 1)),
    min_size=1,
    max_size=40,
)


@given(COMPARISONS, st.integers(0, 99))
def test_tau_and_accuracy_are_those_counted_by_hand(comparisons, seed):
    preferences = made(comparisons)
    scores = np.random.default_rng(seed).integers(0, 4, (1, 3, 20)).astype(float)
    comparison, rows, _ = compared(scores, preferences)
    gaps = scores[0, preferences.first, preferences.segment]
    gaps = gaps - scores[0, preferences.second, preferences.segment]
    decided = preferences.preferred != 0
    signs = (np.sign(gaps) * preferences.preferred)[decided]
    expected = signs.mean() if decided.any() else np.nan
    assert value(rows, TAU) == pytest.approx(expected, nan_ok=True)
    assert comparison.values[0] == pytest.approx(expected, nan_ok=True)
    if decided.any() and not decided.all():
        accuracies = [
            np.mean(np.where(abs(gaps) <= e, 0, np.sign(gaps)) == preferences.preferred)
            for e in range(4)
        ]
        assert value(rows, ACCURACY) == pytest.approx(max(accuracies))


@given(COMPARISONS, st.integers(0, 99))
def test_the_order_of_the_two_outputs_changes_nothing(comparisons, seed):
    preferences = made(comparisons)
    scores = np.random.default_rng(seed).normal(size=(2, 3, 20))
    first, second = (compared(scores, p)[0] for p in (preferences, preferences.swapped()))
    assert np.array_equal(first.values, second.values, equal_nan=True)
    assert np.array_equal(first.p, second.p, equal_nan=True)


@given(COMPARISONS, st.integers(0, 99))
def test_a_metric_turned_round_agrees_the_other_way(comparisons, seed):
    scores = np.random.default_rng(seed).normal(size=(1, 3, 20))
    first, second = (compared(s, made(comparisons))[0].values for s in (scores, -scores))
    assert np.array_equal(first, -second, equal_nan=True)


def test_a_better_metric_is_told_from_noise():
    generator = np.random.default_rng(0)
    quality = generator.normal(size=(3, 60))
    rows = [(i, 1, s, 0) for i in range(3) for s in range(60)]
    preferences = made(rows, 60)
    gaps = quality[preferences.first, preferences.segment]
    gaps = gaps - quality[preferences.second, preferences.segment]
    signed = [(*row[:3], int(np.sign(gap))) for row, gap in zip(rows, gaps, strict=True)]
    metrics = [quality + generator.normal(size=quality.shape) / 2, generator.normal(size=(3, 60))]
    comparison, _, notes = compared(metrics, made(signed, 60))
    assert comparison.p[0, 1] < 0.05
    assert comparison.p[1, 0] == 1
    assert comparison.cluster.tolist() == [1, 2]
    assert comparison.low[0] > 0
    assert notes == []


def test_scores_that_are_missing_are_left_out_for_all():
    scores = np.arange(120.0).reshape(2, 3, 20)
    scores[1, 0, :10] = np.nan
    preferences = made([(1, 2, s, 1 if s < 10 else -1) for s in range(20)])
    comparison, rows, _ = compared(scores, preferences)
    assert value(rows, TAU) == 0
    assert comparison.values.tolist() == [-1, -1]


def test_segments_must_be_those_of_the_metrics():
    with pytest.raises(ValueError, match="20 segments for 9 on which"):
        compared(np.zeros((1, 3, 20)), made([(0, 1, 0, 1)], 9))


@pytest.fixture
def folder(tmp_path):
    generator = np.random.default_rng(1)
    heads = "segment,system1,system2,winner"
    people, judge, scores = [heads], [f"{heads},judge"], ["segment,system,good,noise"]
    for segment in range(30):
        quality = dict(zip("abcd", np.arange(4) / 2 + generator.normal(size=4), strict=True))
        scores += [
            f"{segment},{s},{q + generator.normal() / 3},{generator.normal()}"
            for s, q in quality.items()
        ]
        for one, other in ("ab", "cd", "ad", "bc"):
            gap = quality[one] - quality[other]
            winner = "tie" if abs(gap) < 0.3 else one if gap > 0 else other
            people.append(f"{segment},{one},{other},{winner}")
            seen = "A" if gap + generator.normal() > 0 else "B"
            judge.append(f"{segment},{one},{other},{seen},llm")
    for name, lines in (("people", people), ("judge", judge), ("scores", scores)):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "pairs.yaml").write_text(PAIRS)
    return tmp_path


def result(folder, *settings):
    return run(read_config(folder / "pairs.yaml", [f"data={folder}", *settings]), quietly)


def test_a_benchmark_of_preferences_has_both_levels(folder):
    first, second = result(folder).analyses
    assert (first.dimension, second.dimension) == ("bradley-terry", "share of wins")
    comparison = first.comparisons["segment"]
    assert comparison.statistic == TAU
    assert comparison.names == ("good", "noise", "llm")
    assert [comparison.names[i] for i in comparison.order] == ["good", "llm", "noise"]
    assert first.decisive is comparison
    assert first.human_by_system.mean() == pytest.approx(1000)
    assert 0 < second.human_by_system.min() < second.human_by_system.max() < 1
    system = first.comparisons["system"]
    assert system.values[system.names.index("good")] > 0.9


def test_preferences_turned_round_turn_the_agreement(folder):
    first = result(folder, "judgements.lower_is_better=true").analyses[0]
    assert first.comparisons["segment"].values[0] < -0.5
    assert first.comparisons["system"].values[0] < -0.9


def test_groups_have_their_own_pairs(folder):
    analyses = result(folder, "groups={one: [1, 15], two: [16, 30]}").analyses
    by_group = [a.rows[0].n for a in analyses if a.dimension == "bradley-terry"]
    whole = result(folder).analyses[0].rows[0].n
    assert sum(by_group) == whole


def test_a_name_may_be_used_once(folder):
    with pytest.raises(InputError, match="a metric is called good already"):
        result(folder, "preferences=[{path: judge.csv, name: good}]")


def test_comparisons_without_a_text_are_refused(folder):
    with open(folder / "judge.csv", "a") as file:
        file.writelines(f"x{i},a,b,A,llm\n" for i in range(30))
    with pytest.raises(InputError, match="compared outputs have no text"):
        result(folder)


def test_rankings_compare_pairs_beside_systems(data):
    settings = [f"data={data}", "metrics=[chrf]", "plan.resamples=20", "plan.permutations=20"]
    config = read_config(CONFIGS / "gjg15.yaml", settings)
    analysis = run(config, quietly).analyses[0]
    assert analysis.decisive.level == "system"
    assert analysis.comparisons["segment"].statistic == TAU
    assert next(row.n for row in analysis.rows if row.statistic == TAU) > 40_000
