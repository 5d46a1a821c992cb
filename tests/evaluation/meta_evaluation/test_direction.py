"""Metrics and judgements of which lower is better."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import analyse
from evaluation.meta_evaluation.options import MetaEvaluationOptions

OPTIONS = MetaEvaluationOptions(segment="pearson", resamples=100, permutations=100)


def notes(scores, judgements):
    human = HumanScores(tuple("abcdefgh"[: len(judgements)]), np.array([judgements], float))
    metrics = {name: MetricScores(np.array(values, float)) for name, values in scores.items()}
    return analyse(metrics, human, OPTIONS).notes


def test_errors_as_scores_are_noted_where_there_is_no_interval():
    judgements = [[1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]]
    err = [[-x for x in row] for row in judgements]
    noise = [[1, 3, 2, 6, 4, 5], [2, 3, 1, 4, 6, 5]]
    found = notes({"err": err, "noise": noise}, judgements)
    assert (
        "err (-1.000) agrees with people the other way at segment level; "
        "if lower scores are better, say so with `lower_is_better`"
    ) in found


@pytest.mark.parametrize("flipped", ["one", "all"])
def test_the_note_says_which_of_both_to_turn(flipped):
    generator = np.random.default_rng(1)
    judgements = generator.normal(size=(3, 40))
    a, b = (judgements + generator.normal(size=(3, 40)) for _ in range(2))
    found = notes({"a": -a, "b": b if flipped == "one" else -b}, judgements)
    note = next(note for note in found if "the other way at segment level" in note)
    assert note.startswith("a (-0.") if flipped == "one" else " and " in note.split("agree")[0]
    assert f"lower {'scores' if flipped == 'one' else 'judgements'} are better" in note


@given(st.integers(0, 2**32 - 1))
def test_a_metric_that_agrees_is_never_said_to_agree_the_other_way(seed):
    generator = np.random.default_rng(seed)
    judgements = generator.normal(size=(3, 20))
    good = judgements + 0.3 * generator.normal(size=(3, 20))
    assert not any(
        note.startswith("good") and "the other way" in note
        for note in notes({"good": good, "bad": -good}, judgements)
    )
