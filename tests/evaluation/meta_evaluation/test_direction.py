"""Metrics and judgements of which lower is better."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import DataError
from evaluation.execution.progress import quietly
from evaluation.meta_evaluation.aligned_scores import HumanScores, MetricScores
from evaluation.meta_evaluation.analysis import analyse
from evaluation.meta_evaluation.config import read_config
from evaluation.meta_evaluation.options import MetaEvaluationOptions
from evaluation.meta_evaluation.run import run

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


TABLE = """
version: 1
name: errors
data: .
texts: {form: table, path: rated.csv, output: output, references: [reference]}
judgements: {form: table, path: rated.csv, dimensions: {quality: [quality]}}
metrics: [chrf]
plan: {segment: pearson, resamples: 20, permutations: 100}
"""


@pytest.fixture
def folder(tmp_path):
    words = "the cat sat on the mat because it was warm".split()
    rows = [
        f"{system},{segment},{' '.join(words[: len(words) - kept - segment % 3])}"
        f",{' '.join(words)},{kept + segment % 3 + segment % 5 / 9}"
        for kept, system in enumerate("abc")
        for segment in range(1, 15)
    ]
    head = "system,segment,output,reference,quality"
    (tmp_path / "rated.csv").write_text("\n".join([head, *rows]) + "\n")
    (tmp_path / "errors.yaml").write_text(TABLE)
    return tmp_path


def found(folder, *settings):
    (analysis,) = run(read_config(folder / "errors.yaml", settings), quietly).analyses
    return analysis


@pytest.mark.parametrize("turned", ["true", "[quality]"])
def test_judgements_that_count_errors_are_turned(folder, turned):
    plain, right = found(folder), found(folder, f"judgements.lower_is_better={turned}")
    assert any("the other way" in note for note in plain.notes)
    assert not any("the other way" in note for note in right.notes)
    assert right.rows[0].value == pytest.approx(-plain.rows[0].value)
    assert (right.rows[0].low, right.rows[0].high) == pytest.approx(
        (-plain.rows[0].high, -plain.rows[0].low)
    )


def test_a_metric_that_counts_errors_is_turned(folder):
    for system in ("mean", "corpus"):
        metric = f"metrics=[{{name: chrf, lower_is_better: true, system: {system}}}]"
        right = found(folder, metric, "judgements.lower_is_better=true")
        assert right.decisive.values[0] == pytest.approx(found(folder).decisive.values[0])
        assert right.scores["chrf"] == pytest.approx(
            -found(folder, f"metrics=[{{name: chrf, system: {system}}}]").scores["chrf"]
        )


def test_a_dimension_that_is_turned_is_one_of_the_judged(folder):
    with pytest.raises(DataError, match="lower_is_better: no dimension 'fluency'; there are qual"):
        found(folder, "judgements.lower_is_better=[fluency]")
