"""Metrics against people: planted winners are found, what is not there is not claimed."""

import numpy as np
import pytest

from evaluation.meta_evaluation.analysis import Human, Scores, find
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.meta_evaluation.plan import Plan
from evaluation.meta_evaluation.verdict import conclusion
from evaluation.statistics.permutation import compare

SHAPE = (6, 40)
SYSTEMS = tuple("abcdef")
PLAN = Plan(resamples=60, permutations=400, groupings=("none", "item"))


@pytest.fixture
def people():
    return np.random.default_rng(3).normal(size=SHAPE)


def noisy(people, noise, seed):
    return Scores(people + noise * np.random.default_rng(100 + seed).normal(size=SHAPE))


def human(values):
    return Human(SYSTEMS[: len(values)], values[None])


def figure(finding, name, statistic):
    (row,) = [row for row in finding.rows if (row.name, row.statistic) == (name, statistic)]
    return row


@pytest.mark.slow
@pytest.mark.parametrize("statistic", ["pearson", "spearman", "kendall"])
def test_the_metric_that_sees_what_people_see_wins_and_is_clear(people, statistic):
    scores = {
        "poor": noisy(people, 4, 1),
        "good": noisy(people, 0.4, 2),
        "fair": noisy(people, 1.5, 3),
    }
    plan = PLAN.model_copy(update={"segment": statistic})
    found = find(scores, human(people), plan)
    assert found.conclusion == "use good: best of 3, clear of all others (p < .05 after Holm)"
    assert found.decisive.names[found.decisive.order[0]] == "good"
    assert found.decisive.cluster.tolist() == [3, 1, 2]
    row = figure(found, "good", f"{statistic}, grouping none")
    assert row.low < row.value < row.high
    assert f"{row.value:.3f}" in found.verdict


def test_two_equal_metrics_are_not_told_apart(people):
    one = noisy(people, 0.5, 1)
    found = find({"one": one, "same": one, "poor": noisy(people, 5, 2)}, human(people), PLAN)
    assert found.conclusion.startswith("use one, or same, which the data cannot tell from it")
    assert found.decisive.p[0, 1] == found.decisive.p[1, 0] == 1
    assert found.decisive.cluster.tolist() == [1, 1, 2]


def test_p_values_are_two_sided_and_corrected_by_holm(people):
    scores = {"a": noisy(people, 1, 1), "b": noisy(people, 1.4, 2), "c": noisy(people, 1.8, 3)}
    found = find(scores, human(people), PLAN.model_copy(update={"segment": "pearson"})).decisive
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
    found = find({"noise": Scores(unrelated), "none": Scores(-people)}, human(people), PLAN)
    assert found.conclusion == "no metric is shown to agree with people; noise is ahead"


def test_people_who_say_the_same_of_all_are_agreed_with_by_nobody(people):
    found = find({"one": Scores(people)}, human(np.full(SHAPE, 3.0)), PLAN)
    assert found.conclusion.startswith("undefined")
    assert "all judgements are the same" in found.notes[0]
    agreement = [row for row in found.rows if "accuracy" not in row.statistic]
    assert agreement
    assert all(np.isnan(row.value) and row.low is None for row in agreement)


def test_a_metric_that_scores_all_alike_is_undefined_and_last(people):
    scores = {"flat": Scores(np.ones(SHAPE)), "good": noisy(people, 0.5, 1)}
    found = find(scores, human(people), PLAN)
    assert found.decisive.order == [1, 0]
    assert np.isnan(found.decisive.values[0])
    assert any("flat scores all alike" in note for note in found.notes)
    assert "flat" not in found.conclusion


def test_one_system_has_a_segment_level_alone(people):
    found = find({"good": Scores(people[:1] + 0.1)}, human(people[:1]), PLAN)
    assert figure(found, "good", "spearman, grouping none").value == pytest.approx(1)
    assert np.isnan(figure(found, "good", "pearson").value)
    assert any("system level is undefined" in note for note in found.notes)


def test_missing_judgements_are_left_out_and_never_zero(people):
    some = people.copy()
    some[0, :30] = np.nan
    scores = {"good": noisy(people, 0.5, 1), "poor": noisy(people, 3, 2)}
    found = find(scores, human(some), PLAN)
    row = figure(found, "good", "pearson, grouping none")
    kept = ~np.isnan(some)
    expected = np.corrcoef(scores["good"].segments[kept], people[kept])[0, 1]
    assert row.value == pytest.approx(expected)
    assert row.n == kept.sum() == people.size - 30


def test_scores_that_one_metric_lacks_count_for_none(people):
    holes = noisy(people, 0.5, 1).segments.copy()
    holes[2, :10] = np.nan
    other = noisy(people, 0.7, 2)
    found = find({"holes": Scores(holes), "other": other}, human(people), PLAN)
    kept = ~np.isnan(holes)
    expected = np.corrcoef(other.segments[kept], people[kept])[0, 1]
    assert figure(found, "other", "pearson, grouping none").value == pytest.approx(expected)


def test_a_metric_without_scores_does_not_take_the_others_with_it(people):
    scores = {"none": Scores(np.full(SHAPE, np.nan)), "good": noisy(people, 0.5, 1)}
    found = find(scores, human(people), PLAN)
    assert found.decisive.names == ("good",)
    assert found.notes[0] == "none is left out: it has no score of what people judged"
    with pytest.raises(ValueError, match="no metric scores half of what people judged"):
        find({"none": scores["none"]}, human(people), PLAN)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({}, "no metric"),
        ({"odd": Scores(np.zeros((6, 39)))}, r"odd: scores of shape \(6, 39\) .* \(6, 40\)"),
        ({"odd": Scores(np.full(SHAPE, np.inf))}, "odd: a score is infinite"),
        ({"odd": Scores(np.zeros(SHAPE), np.zeros(5))}, "corpus scores of 6 systems"),
    ],
)
def test_what_does_not_fit_is_said(people, scores, message):
    with pytest.raises(ValueError, match=message):
        find(scores, human(people), PLAN)


def test_corpus_scores_stand_for_systems_where_given(people):
    standing = people.mean(axis=1)
    scores = {"corpus": Scores(-people, standing), "mean": Scores(people)}
    found = find(scores, human(people), PLAN, prefer="system")
    assert figure(found, "corpus", "pearson").value == pytest.approx(1)
    assert figure(found, "corpus", "pearson, grouping none").value == pytest.approx(-1)
    assert found.decisive.level == "system"
    assert "systems swapped" in found.decisive.method
    assert "a system's score is the corpus score by corpus, else the mean" in found.notes


def test_rankings_judge_systems_alone():
    standing = np.array([0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    given = Human(SYSTEMS, standing=standing)
    same, turned = np.repeat(standing[:, None], 9, axis=1), np.repeat(-standing[:, None], 9, axis=1)
    found = find({"same": Scores(same), "turned": Scores(turned)}, given, PLAN)
    assert set(found.comparisons) == {"system"}
    assert {row.level for row in found.rows} == {"system"}
    assert figure(found, "same", "pairwise accuracy").value == 1
    assert figure(found, "turned", "kendall").value == pytest.approx(-1)


def test_few_systems_are_warned_of(people):
    scores = {"one": Scores(people[:3] + 0.01 * people[:3] ** 2)}
    scores["two"] = Scores(people[:3] + np.random.default_rng(5).normal(size=(3, 40)))
    found = find(scores, human(people[:3]), PLAN)
    assert any("3 systems are too few" in note for note in found.notes)


def test_few_permutations_are_warned_of(people):
    scores = {name: noisy(people, 1, i) for i, name in enumerate("abcd")}
    found = find(scores, human(people), PLAN.model_copy(update={"permutations": 50}))
    assert "50 permutations are too few for 6 pairs: it takes 240" in found.notes


def test_the_ceiling_of_several_raters(people):
    values = np.stack([people, people + 0.5 * np.random.default_rng(1).normal(size=SHAPE)])
    found = find({"good": Scores(people)}, Human(SYSTEMS, values), PLAN)
    (ceiling,) = [row for row in found.rows if row.statistic == "root of the reliability"]
    assert 0.9 < ceiling.value < 1
    assert figure(found, "good", "spearman, grouping none").value <= ceiling.value + 0.02
    assert not [r for r in find({"a": Scores(people)}, human(people), PLAN).rows if r.n is None]


def test_the_same_seed_gives_the_same_figures(people):
    scores = {"a": noisy(people, 1, 1), "b": noisy(people, 1.2, 2)}
    one, same = (find(scores, human(people), PLAN) for _ in range(2))
    assert one.rows == same.rows
    assert (one.decisive.p == same.decisive.p).all()
    other = find(scores, human(people), PLAN.model_copy(update={"seed": 1}))
    assert [row.value for row in one.rows[:2]] == [row.value for row in other.rows[:2]]
    assert one.rows != other.rows


def test_intervals_of_soft_accuracy_hold_its_value(people):
    found = find({"good": noisy(people, 0.5, 1)}, human(people), PLAN)
    row = figure(found, "good", "soft pairwise accuracy")
    assert 0.5 < row.low <= row.value <= row.high <= 1


def test_a_metric_that_was_not_tested_is_not_called_worse():
    nothing = np.full((2, 2), np.nan)
    values = np.array([0.5, 0.4])
    found = Comparison(
        "segment", "r", ("a", "b"), values, values - 0.1, values + 0.1, nothing, np.ones(2), ""
    )
    assert conclusion(found) == "the data cannot tell a, which is ahead, from b"
