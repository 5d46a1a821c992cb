"""Baselines: figures for reference, which change no other figure and are never recommended."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import analyse
from evaluation.meta_evaluation.baselines import OUTPUT, SOURCE, copies_notes, text_lengths
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.overview import overview

SHAPE = (6, 20)
OPTIONS = MetaEvaluationOptions(resamples=40, permutations=100, groupings=("item",))
NAMES = ("random", "constant", OUTPUT, SOURCE)


def noise(seed, shape=SHAPE):
    return np.random.default_rng(seed).normal(size=shape)


def human(values):
    return HumanScores(tuple("abcdef"), values[None])


def lengths(seed=5):
    source = np.random.default_rng(seed).integers(1, 90, SHAPE[1]) * 1.0
    return {OUTPUT: 50 + 10 * noise(seed), SOURCE: np.broadcast_to(source, SHAPE)}


def figure(analysis, name, statistic):
    (row,) = [row for row in analysis.rows if (row.name, row.statistic) == (name, statistic)]
    return row


@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 1000),
    st.sampled_from(["pearson", "kendall"]),
    st.booleans(),
    st.floats(0, 0.4),
)
def test_baselines_change_no_figure_and_no_conclusion(seed, coefficient, corpora, missing):
    people = noise(seed)
    people[np.random.default_rng(seed).random(SHAPE) < missing] = np.nan
    corpus = noise(seed, SHAPE[0]) if corpora else None
    scores = {
        "good": MetricScores(noise(seed) + noise(seed + 1) / 2, corpus),
        "poor": MetricScores(noise(seed + 2)),
    }
    options = OPTIONS.model_copy(update={"segment": coefficient})
    plain = analyse(scores, human(people), options)
    found = analyse(scores, human(people), options, lengths=lengths(seed))
    assert found.rows[: len(plain.rows)] == plain.rows
    assert (found.conclusion, found.verdict) == (plain.conclusion, plain.verdict)
    assert found.notes[: len(plain.notes)] == plain.notes
    for level, comparison in plain.comparisons.items():
        assert found.comparisons[level].names == comparison.names
        assert np.array_equal(found.comparisons[level].p, comparison.p, equal_nan=True)
    assert plain.baselines == ()
    assert found.baselines == NAMES
    below = {row.name for row in found.rows[len(plain.rows) :]}
    assert below == {*NAMES, "chance: random scores", "chance: all tied"}
    assert all(row.p is None for row in found.rows[len(plain.rows) :])
    assert not any(name in found.verdict for name in below)


def test_baselines_have_the_statistics_of_metrics_and_are_not_in_bold():
    people = noise(1)
    scores = {"good": MetricScores(people + noise(2)), "poor": MetricScores(noise(3))}
    found = analyse(scores, human(people), OPTIONS, lengths=lengths())
    of = {
        name: {(row.level, row.statistic) for row in found.rows if row.name == name}
        for name in ("good", *NAMES)
    }
    assert all(statistics == of["good"] for statistics in of.values())
    length = figure(found, OUTPUT, "spearman, grouping item")
    same = {"l": MetricScores(lengths()[OUTPUT])}
    metric = figure(analyse(same, human(people), OPTIONS), "l", "spearman, grouping item")
    assert replace(metric, name=OUTPUT) == length
    table = overview([found])
    assert table.baselines == list(NAMES)
    assert not any(c.cells[name].is_best for c in table.columns for name in NAMES)
    assert [c.decides for c in table.columns] == [True, False]


def test_p_values_stand_in_the_rows_of_the_deciding_statistics():
    people = noise(1)
    scores = {"good": MetricScores(people + noise(2) / 4), "poor": MetricScores(noise(3))}
    found = analyse(scores, human(people), OPTIONS)
    tested = {
        (row.name, row.level, row.statistic): row.p for row in found.rows if row.p is not None
    }
    comparisons = found.comparisons
    assert tested == {
        ("poor", "segment", "pearson, grouping item"): comparisons["segment"].p[0, 1],
        ("poor", "system", "pearson"): comparisons["system"].p[0, 1],
    }


def test_chance_is_what_random_scores_and_ties_reach():
    people = np.random.default_rng(4).integers(0, 3, (6, 400)) * 1.0
    scores = {"noise": MetricScores(noise(1, (6, 400)))}
    found = analyse(scores, human(people), OPTIONS, lengths={})
    statistic = "acc_eq, grouping item"
    tied = figure(found, "chance: all tied", statistic).value
    assert tied == pytest.approx(figure(found, "constant", statistic).value)
    assert tied == pytest.approx(1 / 3, abs=0.03)
    chance = figure(found, "chance: random scores", statistic).value
    assert chance == pytest.approx((1 - tied) / 2)
    assert figure(found, "noise", statistic).value == pytest.approx(max(chance, tied), abs=0.03)


def test_random_scores_have_the_seed():
    scores, people = {"noise": MetricScores(noise(1))}, human(noise(2))
    first, same, other = (
        figure(
            analyse(scores, people, OPTIONS.model_copy(update={"seed": seed}), lengths={}),
            *("random", "pearson, grouping item"),
        )
        for seed in (1, 1, 2)
    )
    assert first == same
    assert first.value != other.value


def test_a_metric_called_as_a_baseline_keeps_its_name():
    found = analyse({"random": MetricScores(noise(1))}, human(noise(1)), OPTIONS, lengths={})
    assert figure(found, "random", "pearson").value == pytest.approx(1)
    assert found.baselines == ("random (baseline)", "constant")


def test_a_metric_that_is_nearly_length_is_noted():
    length = lengths()
    scores = {
        "words": MetricScores(-2 * length[OUTPUT] + 0.01 * noise(1)),
        "other": MetricScores(noise(2)),
    }
    found = analyse(scores, human(noise(3)), OPTIONS, lengths=length)
    notes = [note for note in found.notes if "nearly the length" in note]
    assert notes == [
        "words is nearly the length of outputs (Pearson's r -1.000 over the judged ones)"
    ]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("decide", ["segment", "system"])
def test_a_best_metric_not_clear_of_length_is_noted(sign, decide):
    people = noise(1)
    length = {OUTPUT: sign * people + noise(2) / 4}
    fair = {"fair": MetricScores(people + noise(3) / 3)}
    found = analyse(fair, human(people), OPTIONS, prefer=decide, lengths=length)
    of = "length" if sign > 0 else "shortness"
    assert any(f"fair, the best metric, is not clear of the {of}" in n for n in found.notes)
    unrelated = {OUTPUT: noise(7)}
    clear = analyse(fair, human(people), OPTIONS, prefer="segment", lengths=unrelated)
    assert not any("not clear of the" in note for note in clear.notes)


def dataset(outputs, references):
    n = len(references)
    return Dataset(tuple(outputs), tuple(map(str, range(n))), outputs, ["abc"] * n, references)


def test_lengths_are_characters_and_missing_outputs_have_none():
    found = text_lengths(dataset({"a": ["one", None], "b": ["", "four"]}, [["x"], ["y"]]))
    assert np.array_equal(found[OUTPUT], [[3, np.nan], [0, 4]], equal_nan=True)
    assert found[SOURCE].tolist() == [[3, 3], [3, 3]]


def test_a_reference_among_the_systems_is_asked_after():
    references = [[f"text {i}", f"other {i}"] for i in range(20)]
    outputs = {
        "human": [row[i % 2] + " " for i, row in enumerate(references)],
        "often": [row[0] if i < 17 else "x" for i, row in enumerate(references)],
        "system": [None] * 20,
    }
    judged = np.ones((3, 20), dtype=bool)
    (note,) = copies_notes(dataset(outputs, references), judged)
    assert note == (
        "the output of human is one of the references on 100% of its 20 judged segments with"
        " references: is a reference among the systems? see `without`"
    )
    assert copies_notes(dataset(outputs, [[" "]] * 20), judged) == []
    judged[0] = False
    assert copies_notes(dataset(outputs, references), judged) == []
