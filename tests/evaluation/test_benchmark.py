"""Metrics against people: planted winners are found, what is not there is not claimed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import analyse
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.verdict import conclusion, verdict
from evaluation.statistics.permutation import compare

SHAPE = (6, 40)
SYSTEMS = tuple("abcdef")
OPTIONS = MetaEvaluationOptions(resamples=60, permutations=400, groupings=("none", "item"))


@pytest.fixture
def people():
    return np.random.default_rng(3).normal(size=SHAPE)


def noisy(people, noise, seed):
    return MetricScores(people + noise * np.random.default_rng(100 + seed).normal(size=SHAPE))


def human(values):
    return HumanScores(SYSTEMS[: len(values)], values[None])


def figure(analysis, name, statistic):
    (row,) = [row for row in analysis.rows if (row.name, row.statistic) == (name, statistic)]
    return row


@pytest.mark.slow
@pytest.mark.parametrize("statistic", ["pearson", "spearman", "kendall"])
def test_the_metric_that_sees_what_people_see_wins_and_is_clear(people, statistic):
    scores = {
        "poor": noisy(people, 4, 1),
        "good": noisy(people, 0.4, 2),
        "fair": noisy(people, 1.5, 3),
    }
    plan = OPTIONS.model_copy(update={"segment": statistic})
    found = analyse(scores, human(people), plan)
    assert found.conclusion == "use good: best of 3, clear of all others (p < .05 after Holm)"
    assert found.decisive.names[found.decisive.order[0]] == "good"
    assert found.decisive.cluster.tolist() == [3, 1, 2]
    row = figure(found, "good", f"{statistic}, grouping none")
    assert row.low < row.value < row.high
    assert f"{row.value:.3f}" in found.verdict


def test_two_equal_metrics_are_not_told_apart(people):
    one = noisy(people, 0.5, 1)
    found = analyse({"one": one, "same": one, "poor": noisy(people, 5, 2)}, human(people), OPTIONS)
    assert found.conclusion.startswith("use one, or same, which the data cannot tell from it")
    assert found.decisive.p[0, 1] == found.decisive.p[1, 0] == 1
    assert found.decisive.cluster.tolist() == [1, 1, 2]


def test_p_values_are_two_sided_and_corrected_by_holm(people):
    scores = {"a": noisy(people, 1, 1), "b": noisy(people, 1.4, 2), "c": noisy(people, 1.8, 3)}
    found = analyse(
        scores, human(people), OPTIONS.model_copy(update={"segment": "pearson"})
    ).decisive
    assert found.order == [0, 1, 2]

    def pearson(metric, truth):
        shape = (*metric.shape[:-2], -1)
        return np.array(
            [np.corrcoef(one, truth.ravel())[0, 1] for one in np.atleast_2d(metric.reshape(shape))]
        ).reshape(metric.shape[:-2])

    raw = [
        2 * compare(scores[i].segments, scores[j].segments, people, pearson, permutations=400).p
        for i, j in ("ab", "ac", "bc")
    ]
    order = np.argsort(raw)
    steps = np.maximum.accumulate(np.array(raw)[order] * [3, 2, 1])
    expected = np.empty(3)
    expected[order] = np.minimum(steps, 1)
    assert [found.p[0, 1], found.p[0, 2], found.p[1, 2]] == pytest.approx(expected)
    assert found.p[1, 0] == found.p[2, 0] == found.p[2, 1] == 1


def test_noise_is_not_recommended(people):
    unrelated = np.random.default_rng(9).normal(size=SHAPE)
    found = analyse(
        {"noise": MetricScores(unrelated), "none": MetricScores(-people)}, human(people), OPTIONS
    )
    assert found.conclusion == "no metric is shown to agree with people; noise is ahead"


def test_people_who_say_the_same_of_all_are_agreed_with_by_nobody(people):
    found = analyse({"one": MetricScores(people)}, human(np.full(SHAPE, 3.0)), OPTIONS)
    assert found.conclusion.startswith("undefined")
    assert "all judgements are the same" in found.notes[0]
    agreement = [row for row in found.rows if "accuracy" not in row.statistic]
    assert agreement
    assert all(np.isnan(row.value) and row.low is None for row in agreement)


def test_a_metric_that_scores_all_alike_is_undefined_and_last(people):
    scores = {"flat": MetricScores(np.ones(SHAPE)), "good": noisy(people, 0.5, 1)}
    found = analyse(scores, human(people), OPTIONS)
    assert found.decisive.order == [1, 0]
    assert np.isnan(found.decisive.values[0])
    assert any("flat scores all alike" in note for note in found.notes)
    assert "flat" not in found.conclusion


def test_one_system_has_a_segment_level_alone(people):
    found = analyse({"good": MetricScores(people[:1] + 0.1)}, human(people[:1]), OPTIONS)
    assert figure(found, "good", "spearman, grouping none").value == pytest.approx(1)
    assert np.isnan(figure(found, "good", "pearson").value)
    assert any("system level is undefined" in note for note in found.notes)


def test_missing_judgements_are_left_out_and_never_zero(people):
    some = people.copy()
    some[0, :30] = np.nan
    scores = {"good": noisy(people, 0.5, 1), "poor": noisy(people, 3, 2)}
    found = analyse(scores, human(some), OPTIONS)
    row = figure(found, "good", "pearson, grouping none")
    kept = ~np.isnan(some)
    expected = np.corrcoef(scores["good"].segments[kept], people[kept])[0, 1]
    assert row.value == pytest.approx(expected)
    assert row.n == kept.sum() == people.size - 30


def test_scores_that_one_metric_lacks_change_no_figure_of_another(people):
    holes = noisy(people, 0.5, 1).segments.copy()
    holes[2, :10] = np.nan
    other = noisy(people, 0.7, 2)
    alone = analyse({"other": other}, human(people), OPTIONS)
    found = analyse({"holes": MetricScores(holes), "other": other}, human(people), OPTIONS)
    rows = [row for row in found.rows if row.name == "other"]
    for row, same in zip(rows, alone.rows, strict=True):
        assert (row.statistic, row.n) == (same.statistic, same.n)
        assert (row.value, row.low or 0, row.high or 0) == pytest.approx(
            (same.value, same.low or 0, same.high or 0)
        )
    kept = ~np.isnan(holes)
    row = figure(found, "holes", "pearson, grouping none")
    assert row.value == pytest.approx(np.corrcoef(holes[kept], people[kept])[0, 1])
    assert row.n == 230


def test_metrics_are_compared_on_the_texts_that_all_score(people):
    holes = noisy(people, 0.5, 1).segments.copy()
    holes[2, :10] = np.nan
    other = noisy(people, 0.7, 2)
    found = analyse({"holes": MetricScores(holes), "other": other}, human(people), OPTIONS)
    kept = ~np.isnan(holes)
    cut = MetricScores(np.where(kept, other.segments, np.nan))
    common = analyse({"holes": MetricScores(holes), "other": cut}, human(people), OPTIONS)
    for level, comparison in found.comparisons.items():
        same = common.comparisons[level]
        assert comparison.values.tolist() == same.values.tolist()
        assert comparison.p.tolist() == same.p.tolist()
    assert "metrics are ranked and tested on the 230 outputs that all of them score" in found.notes


def test_a_system_that_one_metric_lacks_counts_for_the_others(people):
    holes = noisy(people, 0.5, 1).segments.copy()
    holes[2] = np.nan
    scores = {"holes": MetricScores(holes), "other": noisy(people, 0.7, 2)}
    found = analyse(scores, human(people), OPTIONS)
    assert [figure(found, name, "pearson").n for name in scores] == [5, 6]


def test_a_metric_without_scores_does_not_take_the_others_with_it(people):
    scores = {"none": MetricScores(np.full(SHAPE, np.nan)), "good": noisy(people, 0.5, 1)}
    found = analyse(scores, human(people), OPTIONS)
    assert found.decisive.names == ("good",)
    assert found.notes[0] == "none is left out: it has no score of what people judged"
    with pytest.raises(ValueError, match="no metric scores half of what people judged"):
        analyse({"none": scores["none"]}, human(people), OPTIONS)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({}, "no metric"),
        ({"odd": MetricScores(np.zeros((6, 39)))}, r"odd: scores of shape \(6, 39\) .* \(6, 40\)"),
        ({"odd": MetricScores(np.full(SHAPE, np.inf))}, "odd: a score is infinite"),
        ({"odd": MetricScores(np.zeros(SHAPE), np.zeros(5))}, "corpus scores of 6 systems"),
    ],
)
def test_what_does_not_fit_is_said(people, scores, message):
    with pytest.raises(ValueError, match=message):
        analyse(scores, human(people), OPTIONS)


def test_corpus_scores_stand_for_systems_where_given(people):
    by_system = people.mean(axis=1)
    scores = {"corpus": MetricScores(-people, by_system), "mean": MetricScores(people)}
    found = analyse(scores, human(people), OPTIONS, prefer="system")
    assert figure(found, "corpus", "pearson").value == pytest.approx(1)
    assert figure(found, "corpus", "pearson, grouping none").value == pytest.approx(-1)
    assert found.decisive.level == "system"
    assert "systems swapped" in found.decisive.method
    assert "a system's score is the corpus score by corpus, else the mean" in found.notes


def test_rankings_judge_systems_alone():
    by_system = np.array([0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    given = HumanScores(SYSTEMS, by_system=by_system)
    same, turned = (
        np.repeat(by_system[:, None], 9, axis=1),
        np.repeat(-by_system[:, None], 9, axis=1),
    )
    found = analyse({"same": MetricScores(same), "turned": MetricScores(turned)}, given, OPTIONS)
    assert set(found.comparisons) == {"system"}
    assert {row.level for row in found.rows} == {"system"}
    assert figure(found, "same", "pairwise accuracy").value == 1
    assert figure(found, "turned", "kendall").value == pytest.approx(-1)


def test_few_systems_are_warned_of(people):
    scores = {"one": MetricScores(people[:3] + 0.01 * people[:3] ** 2)}
    scores["two"] = MetricScores(people[:3] + np.random.default_rng(5).normal(size=(3, 40)))
    found = analyse(scores, human(people[:3]), OPTIONS)
    assert any("3 systems are too few" in note for note in found.notes)


def test_few_permutations_are_warned_of(people):
    scores = {name: noisy(people, 1, i) for i, name in enumerate("abcd")}
    found = analyse(scores, human(people), OPTIONS.model_copy(update={"permutations": 50}))
    assert "50 permutations are too few for 6 pairs: it takes 240" in found.notes


def test_the_ceiling_of_several_raters(people):
    values = np.stack([people, people + 0.5 * np.random.default_rng(1).normal(size=SHAPE)])
    found = analyse({"good": MetricScores(people)}, HumanScores(SYSTEMS, values), OPTIONS)
    (ceiling,) = [row for row in found.rows if row.name == "the most any metric can reach"]
    assert 0.9 < ceiling.value < 1
    assert figure(found, "good", "spearman, grouping none").value <= ceiling.value + 0.02
    assert not [
        r for r in analyse({"a": MetricScores(people)}, human(people), OPTIONS).rows if r.n is None
    ]


def test_the_same_seed_gives_the_same_figures(people):
    scores = {"a": noisy(people, 1, 1), "b": noisy(people, 1.2, 2)}
    one, same = (analyse(scores, human(people), OPTIONS) for _ in range(2))
    assert one.rows == same.rows
    assert (one.decisive.p == same.decisive.p).all()
    other = analyse(scores, human(people), OPTIONS.model_copy(update={"seed": 1}))
    assert [row.value for row in one.rows[:2]] == [row.value for row in other.rows[:2]]
    assert one.rows != other.rows


def test_intervals_of_soft_accuracy_hold_its_value(people):
    found = analyse({"good": noisy(people, 0.5, 1)}, human(people), OPTIONS)
    row = figure(found, "good", "soft pairwise accuracy")
    assert 0.5 < row.low <= row.value <= row.high <= 1


def test_a_metric_that_was_not_tested_is_not_called_worse():
    nothing = np.full((2, 2), np.nan)
    values = np.array([0.5, 0.4])
    found = Comparison(
        *("segment", "r", ("a", "b"), values, values - 0.1, values + 0.1, values - 0.2),
        *(nothing, np.ones(2), ""),
    )
    assert conclusion(found) == "the data cannot tell a, which is ahead, from b"
    figures = "a (0.500, 95% 0.400 to 0.600), which is ahead, from b [segment level, r]"
    assert verdict(found) == f"the data cannot tell {figures}"


def noise(shape, seed):
    return np.random.default_rng(seed).normal(size=shape)


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 9),
    st.integers(1, 14),
    st.sampled_from(["item", "system", "both"]),
    st.booleans(),
    st.integers(0, 1000),
)
def test_no_interval_and_no_recommendation_from_too_few(systems, segments, draw, corpora, seed):
    """Whatever is drawn: an interval needs 12 segments and 5 systems, of those that are drawn."""
    truth = noise((systems, segments), seed)
    people = HumanScores(tuple("abcdefghi"[:systems]), truth[None])
    corpus = noise(systems, seed + 1) if corpora else None
    scores = {"same": MetricScores(truth, corpus), "noise": MetricScores(noise(truth.shape, seed))}
    options = MetaEvaluationOptions(draw=draw, resamples=20, permutations=20)
    found = analyse(scores, people, options)
    for comparison in found.comparisons.values():
        drawn = "system" if comparison.level == "system" and corpora else draw
        enough = (drawn == "system" or segments >= 12) and (drawn == "item" or systems >= 5)
        defined = ~np.isnan(comparison.values)
        assert (~np.isnan(comparison.low) <= defined).all()
        assert enough or np.isnan(comparison.low).all()
        note = f"no interval and no recommendation at {comparison.level} level"
        assert any(note in line for line in found.notes) == (
            not enough or bool((np.isnan(comparison.low) & defined).any())
        )
        if np.isnan(comparison.low).all():
            assert not conclusion(comparison).startswith("use")
    for row in found.rows:
        if np.isnan(row.value):
            assert row.low is row.high is None


def test_one_score_a_system_is_not_enough_to_recommend(people):
    """13 systems, one score each: r = .44 could as well be 0."""
    truth = noise((13, 1), 2)
    scores = {"a": MetricScores(truth + noise((13, 1), 3)), "b": MetricScores(noise((13, 1), 4))}
    given_people = HumanScores(tuple("abcdefghijklm"), truth[None])
    for level in ("segment", "system"):
        found = analyse(scores, given_people, OPTIONS, prefer=level)
        assert found.conclusion == (
            "too few data to recommend a metric; a is ahead, without an interval"
        )
        assert "95%" not in found.verdict
        fault = f"no interval and no recommendation at {level} level: an interval needs at least"
        assert f"{fault} 12 segments, and has 1" in found.notes


def test_an_undefined_figure_has_no_interval(people):
    """Two systems of equal human means: resamples define r, the data do not."""
    truth = np.tile([1.0, 2.0], (2, 10))
    truth[1] = truth[0, ::-1]
    scores = {"m": MetricScores(noise((2, 20), 5)), "n": MetricScores(noise((2, 20), 6))}
    found = analyse(scores, HumanScores(("a", "b"), truth[None]), OPTIONS)
    undefined = [row for row in found.rows if np.isnan(row.value)]
    assert {row.statistic for row in undefined} >= {"pearson", "spearman", "kendall"}
    assert all(row.low is row.high is None for row in undefined)


@pytest.mark.parametrize("low", [np.nan, 0.0, -0.1])
def test_a_metric_is_recommended_only_with_an_interval_above_zero(low):
    values = np.array([0.5, 0.4])
    sure = np.array([[1, 0.001], [1, 1]])
    found = Comparison(
        *("segment", "r", ("a", "b"), values, np.full(2, low), values + 0.1, np.full(2, low)),
        *(sure, np.ones(2), ""),
    )
    assert not conclusion(found).startswith("use")


def test_the_best_of_many_is_not_recommended_where_chance_would_do():
    values = np.array([0.5, 0.4])
    sure = np.array([[1, 0.001], [1, 1]])
    found = Comparison(
        *("segment", "r", ("a", "b"), values, values - 0.4, values + 0.1, values - 0.6),
        *(sure, np.ones(2), ""),
    )
    assert conclusion(found) == (
        "no metric is shown to agree with people; a is ahead, but the best of 2 may be so by chance"
    )
