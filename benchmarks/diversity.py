"""How fast a member is trained: the environment alone, and all that training does, on one core.

What is seen of the options, and what each does, is counted before; how long that takes is a row
of its own. The material is that of `configs/diversity/bea_dev.yaml`.
"""

import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.clock import seconds, speed
from benchmarks.table import data, publish
from ensemble.combiners.neural.network import on_one_core
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import read_config
from ensemble.diversity.data.reading import read_dataset
from ensemble.diversity.data.split import split
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training import direct, ppo
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.episodes import Episodes
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.task import Plan, Task
from evaluation.execution.progress import Step, quietly

CONFIG = Path(__file__).parents[1] / "configs" / "diversity" / "bea_dev.yaml"
REWARD = Reward(terms={"marginal": 1, "correctness": 0.3, "diversity": 0.1})
ROUNDS = 3
STEPS = 40_960


def main() -> None:
    """Print the table; about a minute."""
    data()
    with on_one_core():
        began = time.process_time()
        train, held_out = _tasks()
        counted = time.process_time() - began
        rows = [_environment(train, slots) for slots in (64, 256)]
        rows += [_ppo(train, held_out, slots) for slots in (64, 256)]
        rows.append(_direct(train, held_out))
    options, decisions = len(train.decisions.own), len(train.decisions.segment)
    note = (
        f"Medians and ranges of {ROUNDS} rounds, processor time of one core. What the {options:,}"
    )
    note += f" options of {decisions:,} decisions do was counted before, in {counted:.0f} s."
    publish("python -m benchmarks.diversity", rows, note)


def _tasks() -> tuple[Task, Task]:
    config = read_config(CONFIG)
    experiment_data = ExperimentData(config, read_dataset(config, quietly))
    parts = split(experiment_data.dataset.sources, config.split, 0)
    train, held_out = experiment_data.prepare(parts.train), experiment_data.prepare(parts.held_out)
    observer = Observer.of(train.visible, experiment_data.best_version(parts.train), None)
    return train.task(observer), held_out.task(observer)


def _environment(task: Task, slots: int) -> dict[str, str]:
    episodes = Episodes(task, REWARD, slots, seed=0)
    chance = np.random.default_rng(0)

    def steps() -> None:
        for _ in range(STEPS // slots):
            episodes.step(chance.integers(2, size=slots))
            episodes.seen()
            episodes.allowed()

    taken = [seconds(steps) / STEPS for _ in range(ROUNDS)]
    return {"what": f"environment, {slots} segments at once: decisions", "a second": speed(taken)}


def _ppo(task: Task, held_out: Task, slots: int) -> dict[str, str]:
    plan = Plan(method="ppo", steps=STEPS, every=STEPS, rate=0.003, slots=slots)
    none = Checkpoint(None, "")
    train = partial(ppo.train, task, held_out, REWARD, plan, 0, none, partial(map, Step))
    taken = [seconds(train) / STEPS for _ in range(ROUNDS)]
    return {"what": f"PPO, {slots} at once, all it does: decisions", "a second": speed(taken)}


def _direct(task: Task, held_out: Task) -> dict[str, str]:
    plan = Plan(method="expectation", steps=50, every=50)
    none = Checkpoint(None, "")
    train = partial(direct.train, task, held_out, REWARD, plan, 0, none, partial(map, Step))
    taken = [seconds(train) / (50 * len(task.decisions.segment)) for _ in range(ROUNDS)]
    return {"what": "expected reward, its gradient: decisions", "a second": speed(taken)}


if __name__ == "__main__":
    main()
