"""Laws of the study of a panel: copies, order, noise, and the choice of the best single model."""

import random

import numpy as np
import pytest

from ensemble.diagnosis.panel.answers import Answers, Model
from ensemble.diagnosis.panel.config import Plan
from ensemble.diagnosis.panel.figures import Estimate, figures
from ensemble.diagnosis.panel.results import BEST, Result, best_single
from ensemble.diagnosis.panel.results import _resampled as resampled
from ensemble.testing.planted import planted_segments
from ensemble.training.cross_validation import YARDSTICKS
from evaluation.records import Segment
from tests.ensemble.diagnosis.panel.reports import bounds, judged, values

SKILLS = {"able": 0.8, "fair": 0.7, "poor": 0.6}
GAIN = f"gain over the {BEST}"
ACCURACY = YARDSTICKS["labels"].statistic


def labels(n, skills=SKILLS, seed=0):
    segments, right = planted_segments("labels", n, skills, seed)
    outputs = {name: [s.hypotheses[name] for s in segments] for name in skills}
    return {"source": [s.source for s in segments], "target": right, **outputs}


def test_identical_models_gain_nothing(write, diagnose):
    files = labels(40)
    write({**files, "fair": files["able"], "poor": files["able"]})
    report = diagnose()
    assert values(report)["panel of 3", GAIN] == 0
    assert bounds(report, "panel of 3", GAIN) == (0, 0)
    assert report.verdicts[0].endswith("not shown to be worth it on 40 prompts")


def test_a_copy_changes_nothing_about_the_best_single_model(write, diagnose):
    files = labels(60)
    write(files)
    before = [row for row in diagnose().table.rows if row.name == BEST]
    write({"copy": files["fair"]})
    assert [row for row in diagnose().table.rows if row.name == BEST] == before


def test_the_order_of_models_changes_nothing(write, diagnose):
    write(labels(60))
    first = diagnose("outputs={path: ., systems: [able, fair, poor]}")
    other = diagnose("outputs={path: ., systems: [poor, able, fair]}")
    assert first.table.rows == other.table.rows


def test_a_judge_of_noise_adds_nothing_and_a_good_one_does(write, diagnose):
    files = labels(300)
    chance = random.Random(1)
    noise = {name: [chance.random() for _ in files["target"]] for name in SKILLS}
    good = {
        name: [float(a == b) for a, b in zip(files[name], files["target"], strict=True)]
        for name in SKILLS
    }
    write({**files, "judges.csv": judged({"noise": noise})})
    statistic = "gain over the votes for the same outputs"
    report = diagnose()
    assert abs(values(report)["panel of 3, judged where tied", statistic]) < 3
    low, high = bounds(report, "panel of 3, judged where tied", statistic)
    assert low <= 0 <= high
    write({"judges.csv": judged({"good": good})})
    assert bounds(diagnose(), "panel of 3, judged where tied", statistic)[0] > 0


def test_asking_where_votes_are_equal_gives_the_same_label_for_fewer_calls(write, diagnose):
    files = labels(100)
    scores = {name: list(range(100)) for name in SKILLS}
    write({**files, "judges.csv": judged({"x": scores, "y": scores})})
    found = values(diagnose())
    assert (
        found["panel of 3, judged", "accuracy"]
        == (found["panel of 3, judged where tied", "accuracy"])
    )
    assert found["panel of 3, judged", "calls a prompt"] == 5
    assert 3 < found["panel of 3, judged where tied", "calls a prompt"] < 4


def singles(chance, skills, n):
    """Results of models that are right as often as they are skilled, by themselves."""
    for i, skill in enumerate(skills):
        right = (chance.random(n) < skill).astype(float)
        counts = np.stack([right, np.ones(n)], axis=1)
        yield Result(f"model {i}", "single", counts, np.ones((n, 4)), resampled(counts))


@pytest.fixture(scope="module")
def draws():
    """Samples of four equal models: the score of the best, and its figures, over 60 samples."""
    chance = np.random.default_rng(0)
    n, skill = 100, 0.7
    answers = Answers([Segment(str(i)) for i in range(n)], "labels", "surface", (), ())
    found = []
    for _ in range(60):
        models = list(singles(chance, [skill] * 4, n))
        best, _ = best_single(models, answers, ACCURACY, Plan(seeds=2))
        (other,) = singles(chance, [skill], n)
        compared = figures(
            Result("other", "panel", other.counts, other.cost, other.resampled),
            best,
            None,
            ACCURACY,
        )
        top = max(float(ACCURACY(model.counts.sum(axis=0))) for model in models)
        found.append((float(ACCURACY(best.counts.sum(axis=0))), top, compared))
    return skill, found


def test_the_best_single_model_is_not_made_better_by_its_choice(draws):
    skill, found = draws
    chosen, top = np.mean([row[:2] for row in found], axis=0)
    assert abs(chosen - 100 * skill) < 2
    assert top > 100 * skill + 3


def test_intervals_of_gains_hold(draws):
    _, found = draws
    held = [row[2].gain.low <= 0 <= row[2].gain.high for row in found]
    assert np.mean(held) >= 0.9


def test_the_outputs_of_a_model_are_counted_once():
    assert Model("a", ("a.1", "a.2"), ("a.1", "a.2")).outputs == ("a.1", "a.2")
    assert Model("a", ("a",), ("a.1", "a.2")).outputs == ("a", "a.1", "a.2")


def test_prompts_are_needed_by_the_square_of_the_error():
    half = Estimate(1.0, -0.96, 5.0)  # a standard error of 1 below
    assert half.needed(1.0, 100) == 784  # 100 x 2.8 ** 2
    assert half.needed(2.0, 100) == 196
    assert Estimate(0.0, 0.0, 0.0).needed(1.0, 100) is None
