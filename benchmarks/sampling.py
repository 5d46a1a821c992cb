"""Held-out rewards at equal numbers of decisions, sampled and by the exact gradient.

A pass of `expectation` over all decisions counts as that many decisions; the others see each one as
often as they sample it. All train from the untouched member, by the reward `marginal`. The rate of
each is chosen on CoNLL-2014 by the reward on sentences trained on, as the question is how well each
climbs, and the figures are on BEA-dev, on one split, so that seeds differ in nothing but chance in
training: on held-out sentences, and on those trained on, where a policy that fits them too closely
does not lose.
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
from evaluation.execution.progress import Step, quietly

COMMAND = "python -m benchmarks.sampling"
REWARD = Reward(terms={"marginal": 1})
BUDGETS = (8_192, 24_576, 65_536)
TUNED, TUNING_SEEDS, SEEDS = 24_576, 3, 5
METHODS: Mapping[str, Mapping[str, object]] = {
    "expectation": {"method": "expectation"},
    "group of 4": {"method": "group", "group": 4},
    "group of 8": {"method": "group", "group": 8},
    "PPO": {"method": "ppo"},
}
RATES = {"expectation": (0.02, 0.08, 0.32)}
SAMPLED_RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)

Tasks = tuple[Task, Task]


class Trained(NamedTuple):
    """A training: the point after each of `BUDGETS`, and the processor seconds of the last one."""

    points: Mapping[int, Point]
    seconds: float


def main() -> None:
    """Print the rates that are chosen, and what each method reaches."""
    data()
    with on_one_core():
        train, _ = _tasks("conll14")
        rates = _chosen((train, train))
        tasks = _tasks("bea_dev")
        places = {"held out": tasks, "trained on": (tasks[0], tasks[0])}
        rows = [
            {"sentences": place, **_row(measured, method, rates[method])}
            for place, measured in places.items()
            for method in METHODS
        ]
    note = f"{len(tasks[0].decisions.segment):,} decisions to train on, "
    note += f"{len(tasks[1].decisions.gold):,} held-out sentences, mean and deviation of {SEEDS} "
    note += "seeds; reward in units of 0.01, the untouched member has "
    note += f"{_untouched(tasks[1]):.2f} held out, {_untouched(tasks[0]):.2f} trained on."
    publish(COMMAND, rows, note)


def _chosen(tasks: Tasks) -> dict[str, float]:
    """Return the rate of each method that earns most on the second of `tasks`."""
    chosen, rows = {}, []
    for method in METHODS:
        scores = {}
        for rate in RATES.get(method, SAMPLED_RATES):
            made = [_train(tasks, method, rate, seed, [TUNED]) for seed in range(TUNING_SEEDS)]
            scores[rate] = float(np.mean([100 * one.points[TUNED].reward for one in made]))
        chosen[method] = max(scores, key=scores.__getitem__)
        cells = ", ".join(f"{rate:g}: {score:.2f}" for rate, score in scores.items())
        rows.append({"method": method, "reward at each rate": cells})
    publish(COMMAND, rows, f"CoNLL-2014, after {TUNED:,} decisions, seeds: {TUNING_SEEDS}.")
    return chosen


def _row(tasks: Tasks, method: str, rate: float) -> dict[str, str]:
    trained = [_train(tasks, method, rate, seed, BUDGETS) for seed in range(SEEDS)]
    cells = {"method": method, "rate": f"{rate:g}"}
    for budget in BUDGETS:
        rewards = [100 * one.points[budget].reward for one in trained]
        cells[f"{budget:,} decisions"] = f"{np.mean(rewards):.2f} ({np.std(rewards, ddof=1):.2f})"
    seconds = np.mean([one.seconds for one in trained])
    return {**cells, "processor s for the last": f"{seconds:.1f}"}


def _train(tasks: Tasks, method: str, rate: float, seed: int, budgets: Sequence[int]) -> Trained:
    """Train as long as the last of `budgets` says, and look at the policy after each."""
    if method != "expectation":
        plan = _plan(method, rate, max(budgets), min(budgets))
        points, seconds = _timed(tasks, plan, seed)
        return Trained({budget: points[budget] for budget in budgets}, seconds)
    # The rate of `expectation` falls to 0 at the end, so that each budget is a training of its own.
    ends = {}
    for budget in budgets:
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


def _tasks(name: str) -> Tasks:
    config = read_config(CONFIGS / f"{name}.yaml", ["start=untouched"])
    experiment_data = ExperimentData(config, read_dataset(config, quietly))
    parts = split(experiment_data.dataset.sources, config.split, 0)
    train, held_out = (experiment_data.prepare(rows) for rows in parts[:2])
    observer = Observer.of(train.visible, experiment_data.best_version(parts.train), None)
    return train.task(observer), held_out.task(observer)


if __name__ == "__main__":
    main()
