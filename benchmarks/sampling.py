"""Held-out rewards at equal numbers of decisions, sampled and by the exact gradient.

A pass of `expectation` over all decisions counts as that many decisions; the others see each one as
often as they sample it. All train from the untouched member on BEA-dev, by the reward `marginal`,
on one split, so that seeds differ in nothing but chance in training. Figures are on held-out
sentences, and on those trained on, where a policy that fits them too closely does not lose. The
rate of each method is chosen for each number of decisions on the fifth of the sentences that
neither has, by the reward on those that it is trained on.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from benchmarks.design import CONFIGS
from benchmarks.table import data, publish
from ensemble.combiners.neural.network import on_one_core
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import read_config
from ensemble.diversity.data.reading import read_dataset
from ensemble.diversity.data.split import split
from ensemble.diversity.policy.network import best
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training import direct, ppo
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.rewards import Reward, chosen_states
from ensemble.diversity.training.task import Plan, Task, target_f_of
from ensemble.diversity.training.training_log import Point
from ensemble.types import Array
from evaluation.execution.progress import Step, quietly

COMMAND = "python -m benchmarks.sampling"
REWARD = Reward(terms={"marginal": 1})
BUDGETS = (8_192, 24_576, 65_536)
TUNING_SEEDS, SEEDS = 3, 5
METHODS: Mapping[str, Mapping[str, object]] = {
    "expectation": {"method": "expectation"},
    "group of 4": {"method": "group", "group": 4},
    "group of 8": {"method": "group", "group": 8},
    "PPO": {"method": "ppo"},
}
RATES = {"expectation": (0.005, 0.02, 0.08, 0.32)}
SAMPLED_RATES = (0.001, 0.003, 0.01, 0.03, 0.1)

Tasks = tuple[Task, Task]


class Trained(NamedTuple):
    """A training: the point after each of `BUDGETS`, and the processor seconds of the last one."""

    points: Mapping[int, Point]
    seconds: float


def main() -> None:
    """Print the rates that are chosen, and what each method reaches."""
    data()
    with on_one_core():
        train, held_out, others = _tasks()
        rates = _chosen((others, others))
        places = {"held out": (train, held_out), "trained on": (train, train)}
        rows = [
            {"sentences": place, **_row(measured, method, rates[method])}
            for place, measured in places.items()
            for method in METHODS
        ]
    note = f"{len(train.decisions.segment):,} decisions to train on, "
    note += f"{len(held_out.decisions.gold):,} held-out sentences, mean and deviation of {SEEDS} "
    note += "seeds; reward in units of 0.01, the untouched member has "
    note += f"{_untouched(held_out):.2f} held out, {_untouched(train):.2f} trained on."
    publish(COMMAND, rows, note)


def _chosen(tasks: Tasks) -> Mapping[str, Mapping[int, float]]:
    """Return, for each method and budget, the rate that earns most: more steps need a lower one."""
    chosen: dict[str, dict[int, float]] = {}
    rows = []
    for method in METHODS:
        rates = RATES.get(method, SAMPLED_RATES)
        trained = {rate: _trained(tasks, method, rate, TUNING_SEEDS) for rate in rates}
        chosen[method], cells = {}, {}
        for budget in BUDGETS:
            scores = {rate: _rewards(made, budget).mean() for rate, made in trained.items()}
            chosen[method][budget] = max(rates, key=scores.__getitem__)
            shown = (f"{rate:g}: {score:.2f}" for rate, score in scores.items())
            cells[f"{budget:,} decisions"] = ", ".join(shown)
        rows.append({"method": method, **cells})
    publish(COMMAND, rows, f"Rewards on other sentences at each rate, {TUNING_SEEDS} seeds.")
    return chosen


def _row(tasks: Tasks, method: str, rates: Mapping[int, float]) -> dict[str, str]:
    trained = {rate: _trained(tasks, method, rate, SEEDS) for rate in set(rates.values())}
    cells = {}
    for budget, rate in rates.items():
        reached = _rewards(trained[rate], budget)
        shown = f"{reached.mean():.2f} ({np.std(reached, ddof=1):.2f}), rate {rate:g}"
        cells[f"{budget:,} decisions"] = shown
    seconds = np.mean([one.seconds for one in trained[rates[max(BUDGETS)]]])
    return {"method": method, **cells, "processor s for the last": f"{seconds:.1f}"}


def _trained(tasks: Tasks, method: str, rate: float, seeds: int) -> list[Trained]:
    return [_train(tasks, method, rate, seed) for seed in range(seeds)]


def _rewards(trained: Sequence[Trained], budget: int) -> Array:
    """Return the reward of each seed, (seeds,), in units of 0.01, after `budget` decisions."""
    return np.array([100 * one.points[budget].reward for one in trained])


def _train(tasks: Tasks, method: str, rate: float, seed: int) -> Trained:
    """Train as long as the last of `BUDGETS` says, and look at the policy after each."""
    if method != "expectation":
        plan = _plan(method, rate, max(BUDGETS), min(BUDGETS))
        points, seconds = _timed(tasks, plan, seed)
        return Trained({budget: points[budget] for budget in BUDGETS}, seconds)
    # The rate of `expectation` falls to 0 at the end, so that each budget is a training of its own.
    ends = {}
    for budget in BUDGETS:
        passes = max(1, round(budget / len(tasks[0].decisions.segment)))
        points, seconds = _timed(tasks, _plan(method, rate, passes, passes), seed)
        ends[budget] = points[passes]
    return Trained(ends, seconds)


def _plan(method: str, rate: float, steps: int, every: int) -> Plan:
    # Without patience, and with the least pull, so that nothing but the gradient differs.
    return Plan.model_validate(
        {**METHODS[method], "rate": rate, "steps": steps, "every": every}
        | {"slots": 256, "patience": steps, "hold": 0.0}
    )


def _timed(tasks: Tasks, plan: Plan, seed: int) -> tuple[dict[int, Point], float]:
    train = ppo.train if plan.samples else direct.train
    began = time.process_time()
    _, log = train(*tasks, REWARD, plan, seed, Checkpoint(None, ""), partial(map, Step))
    return {point.steps: point for point in log.points}, time.process_time() - began


def _untouched(held_out: Task) -> float:
    """Return the held-out reward before training, in units of 0.01."""
    decisions = held_out.decisions
    chosen = best(held_out.inputs.prior.double().numpy(), decisions.first)
    state = chosen_states(decisions, chosen)
    return 100 * float(REWARD.total(state, target_f_of(state, REWARD), 1.0).mean())


def _tasks() -> tuple[Task, Task, Task]:
    """Return the task of the sentences to train on, of those held out, and of all others."""
    config = read_config(CONFIGS / "bea_dev.yaml", ["start=untouched"])
    experiment_data = ExperimentData(config, read_dataset(config, quietly))
    parts = split(experiment_data.dataset.sources, config.split, 0)
    train, held_out, others = map(experiment_data.prepare, parts)
    observer = Observer.of(train.visible, experiment_data.best_version(parts.train), None)
    return train.task(observer), held_out.task(observer), others.task(observer)


if __name__ == "__main__":
    main()
