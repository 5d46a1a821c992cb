"""The table of rewards of whole outputs: gains are paired, and a start from the chooser is one."""

import numpy as np
import pytest

from benchmarks.by_reward import Valued, tuned
from ensemble.diversity.policy import chooser
from ensemble.diversity.training.rewards import Reward
from tests.ensemble.diversity import conftest


@pytest.fixture(scope="module")
def tasks():
    known = conftest.ExperimentData(conftest.Config.model_validate(conftest.CONFIG), conftest.toy())
    return conftest.toy_tasks(known)


def test_a_gain_is_that_over_the_same_sentences() -> None:
    table = pytest.importorskip("benchmarks.where_rl_wins", exc_type=ImportError)
    chance = np.random.default_rng(1)
    plain = [chance.normal(size=20) for _ in range(2)]
    values = {
        "supervised": plain,
        table.TUNED: [part + 0.01 for part in plain],
        "ppo": [part + shift for part, shift in zip(plain, (0.02, 0.04), strict=True)],
    }
    row = table._row("ppo", values)
    assert row["each seed"] == "+1.00, +3.00"
    assert row["against supervised"].startswith("+3.00 (+2.")
    assert table._row(table.TUNED, values)["against supervised"] == "+1.00 (+1.00 to +1.00)"


def test_training_from_the_chooser_starts_with_its_choices(tasks) -> None:
    table = pytest.importorskip("benchmarks.where_rl_wins", exc_type=ImportError)
    fold = table.fold_of((*tasks, tasks[1]), 0)
    valued = Valued.of(tasks[0], Reward(terms={"sentence marginal": 1}))
    of_chooser = valued.of_scores(fold.of_right.log_odds(tasks[0].inputs))
    start = fold.tasks["chooser"][0]
    assert np.array_equal(valued.of_scores(start.inputs.prior), of_chooser)


def test_a_threshold_is_tuned_where_the_chooser_is_too_careful(tasks) -> None:
    task = tasks[0]
    valued = Valued.of(task, Reward(terms={"sentence marginal": 1}))
    right = task.decisions.own[:, 0] == task.decisions.own[:, 1]
    careful = chooser.learn(task.inputs, right)
    careful = chooser.Chooser(careful.mean, careful.spread, careful.weights, careful.bias - 5)
    assert valued.of_scores(careful.log_odds(task.inputs)).sum() == 0
    scores = tuned(careful, [valued], task)
    assert valued.of_scores(scores) == pytest.approx(valued.bound)
