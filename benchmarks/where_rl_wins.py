"""Whether reinforcement learning beats a chooser, by rewards that no edit's label carries.

Each reward judges the whole combined output of a sentence, or the best of four. Members are trained
for it, and scored by it on sentences that they were not trained on: by the exact gradient, and from
samples (`group`, `ppo`). A chooser is supervised by which edits are right, or by which raise the
reward when taken alone; its threshold is tuned for the reward. The bound is the best of all joint
choices.
How policies are trained is chosen on CoNLL-2014 and reported on BEA-dev.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch

from benchmarks.by_reward import Valued, by_labels, tuned, untrained
from benchmarks.table import data, publish
from ensemble.combiners.neural.network import on_one_core
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import read_config
from ensemble.diversity.data.reading import read_dataset
from ensemble.diversity.data.split import split
from ensemble.diversity.policy import chooser
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training import direct, ppo
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.expected import option_rewards
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.task import Method, Plan, Task
from ensemble.types import Array
from evaluation.execution.progress import Step, quietly
from evaluation.statistics.significance import Statistic, bootstrap, paired_difference

CONFIGS = Path(__file__).parents[1] / "configs" / "diversity"
SENTENCE = {"terms": {"sentence marginal": 1.0}}
METRIC = {"terms": {"combined metric": 0.01}}
POOL = ["CTC-Copy", "GECToR-2024", "T5-11B", "UL2-20B", "Chat-LLaMa-2-7B-FT"]
WHOLE = {
    "conll14": ["unit=versions"],
    "bea_dev": ["unit=versions", "member.path=gec/bea_dev", f"member.systems={json.dumps(POOL)}"],
}
"""Settings by which a member chooses a whole version; on BEA-dev, of stronger systems."""


class Setting(NamedTuple):
    """A reward, with the metric that it is about, and settings of the configurations by name."""

    reward: Reward
    metric: str | None = None
    settings: Mapping[str, Sequence[str]] = MappingProxyType({})


SETTINGS = {
    "sentence F0.5": Setting(Reward.model_validate(SENTENCE)),
    "chrF": Setting(Reward.model_validate(METRIC), "chrf"),
    "GLEU": Setting(Reward.model_validate(METRIC), "gleu"),
    "best of 4, sentence F0.5": Setting(Reward.model_validate({**SENTENCE, "best_of": 4})),
    "whole versions, sentence F0.5": Setting(Reward.model_validate(SENTENCE), None, WHOLE),
}
SEEDS, DESIGN_SEEDS = 5, 3
DESIGNS = list(product(("untouched", "chooser"), (0.1, 1.0)))
METHODS: tuple[Method, ...] = ("expectation", "group", "ppo")
TUNED = "supervised, tuned"

Design = tuple[str, float]
"""The start of training and the strength of the pull towards it."""


class Fold(NamedTuple):
    """The tasks to train on, to hold out and to test, from either start; the choosers."""

    tasks: Mapping[str, tuple[Task, Task, Task]]
    of_right: chooser.Chooser
    seed: int


def main(names: Sequence[str]) -> None:
    """Print a table for each of the settings in `names`, or all; the first three take 9 minutes."""
    data()
    for name in names or SETTINGS:
        setting = SETTINGS[name]
        scores = _designs(setting)
        design = max(scores, key=lambda each: scores[each])
        rows, note = _reported(setting, design)
        told = ", ".join(f"{start} {hold:g}: {s:.3f}" for (start, hold), s in scores.items())
        publish(f"python -m benchmarks.where_rl_wins {name!r}", rows, f"{note} CoNLL-2014: {told}.")


def _designs(setting: Setting) -> dict[Design, float]:
    """Return the mean reward of each design on CoNLL-2014, in points above the source."""
    values: dict[Design, list[Array]] = {design: [] for design in DESIGNS}
    for fold in folds("conll14", setting, DESIGN_SEEDS):
        for design in DESIGNS:
            values[design].append(trained(fold, setting.reward, design, "expectation"))
    return {design: 100 * float(np.concatenate(parts).mean()) for design, parts in values.items()}


def _reported(setting: Setting, design: Design) -> tuple[list[dict[str, str]], str]:
    """Return the rows of BEA-dev, and a note on how exact they are."""
    values: dict[str, list[Array]] = {}
    listed = []
    for fold in folds("bea_dev", setting, SEEDS):
        test = fold.tasks["untouched"][2]
        keep = test.decisions.joint.listed
        listed.append(keep)
        for name, of_segments in members(fold, setting.reward, design).items():
            values.setdefault(name, []).append(of_segments[keep])
            print(fold.seed, name, of_segments[keep].mean(), file=sys.stderr, flush=True)
    start, hold = design
    known = 100 * np.concatenate(listed).mean()
    note = f"BEA-dev, {SEEDS} seeds; start {start}, hold {hold:g}, chosen on CoNLL-2014. All joint "
    note += f"choices are known of {known:.2f}% of the sentences, which are those that count."
    return [_row(name, values) for name in values], note


def _row(name: str, values: Mapping[str, Sequence[Array]]) -> dict[str, str]:
    """Return a member's row: its reward, and its gain over the choosers."""
    mine = np.concatenate(values[name])[:, None]
    low, high = bootstrap(mine, _points(len(mine)))
    row = {"member": name, "reward": f"{100 * mine.mean():.2f} ({low:.2f} to {high:.2f})"}
    for other in ("supervised", TUNED):
        gain = paired_difference(mine, np.concatenate(values[other])[:, None], _points(len(mine)))
        shown = f"{gain.delta:+.2f} ({gain.low:+.2f} to {gain.high:+.2f})"
        row[f"against {other}"] = "" if other == name else shown
    pairs = zip(values[name], values[TUNED], strict=True)
    each = ", ".join(f"{100 * (a.mean() - b.mean()):+.2f}" for a, b in pairs)
    return row | {"each seed": "" if name == TUNED else each}


def _points(n: int) -> Statistic:
    """Return the mean reward of n segments, in points, from sums over them."""
    return lambda sums: np.asarray(100 * sums[..., 0] / n)


def folds(name: str, setting: Setting, seeds: int) -> Iterator[Fold]:
    """Yield the folds of a configuration, one for each seed."""
    lessons = {
        "whole": {
            "reward": setting.reward.model_dump(mode="json"),
            "plan": {"method": "expectation"},
        }
    }
    settings = [f"lessons={json.dumps(lessons)}", "sweep=null"]
    settings += [f"metric={setting.metric}"] if setting.metric else []
    settings += setting.settings.get(name, ())
    config = read_config(CONFIGS / f"{name}.yaml", settings)
    known = ExperimentData(config, read_dataset(config, quietly))
    for seed in range(seeds):
        parts = split(known.dataset.sources, config.split, seed)
        version = known.best_version(parts.train)
        train, held_out, test = (
            known.prepare(rows, None, known.edits_of(version, rows)) for rows in parts
        )
        observer = Observer.of(train.visible, version, None)
        yield fold_of((train.task(observer), held_out.task(observer), test.task(observer)), seed)


def fold_of(tasks: tuple[Task, Task, Task], seed: int) -> Fold:
    """Return the fold of tasks whose policies start from the untrained member."""
    own = tasks[0].decisions.own
    learnt = chooser.learn(tasks[0].inputs, own[:, 0] == own[:, 1])
    from_chooser = tuple(
        task._replace(inputs=task.inputs._replace(prior=learnt.log_odds(task.inputs)))
        for task in tasks
    )
    return Fold({"untouched": tasks, "chooser": from_chooser}, learnt, seed)  # type: ignore[dict-item]


def members(fold: Fold, reward: Reward, design: Design) -> dict[str, Array]:
    """Return what each member is worth in each segment of the test part, (m,)."""
    train, held_out, test = (Valued.of(task, reward) for task in fold.tasks["untouched"])
    decisions, parts = train.task.decisions, (train, held_out)
    single = reward.model_copy(update={"best_of": 1})
    alone = option_rewards(decisions, decisions.first[:-1], single, 0.5, 1.0)
    of_reward = chooser.learn(train.task.inputs, alone > 0)
    by_name = {
        "untrained": untrained(test.task),
        "supervised": fold.of_right.log_odds(test.task.inputs),
        TUNED: tuned(fold.of_right, parts, test.task),
        "supervised by the reward, tuned": tuned(of_reward, parts, test.task),
    }
    values = {name: test.of_scores(scores) for name, scores in by_name.items()}
    values |= {method: trained(fold, reward, design, method) for method in METHODS}
    values["bound of a chooser: true labels"] = test.of_scores(by_labels(test.task))
    return values | {"bound": test.bound}


@on_one_core()
def trained(fold: Fold, reward: Reward, design: Design, method: Method) -> Array:
    """Return what a policy trained for `reward` is worth in each segment of the test part."""
    start, hold = design
    sampled = {"steps": 80_000, "every": 8192, "rate": 0.001, "slots": 256}
    plan = Plan(method=method, hold=hold, **(sampled if method != "expectation" else {}))  # type: ignore[arg-type]
    train = direct.train if method == "expectation" else ppo.train
    tasks = fold.tasks[start]
    none = Checkpoint(None, "")
    policy, _ = train(tasks[0], tasks[1], reward, plan, fold.seed, none, partial(map, Step))
    with torch.inference_mode():
        return Valued.of(tasks[2], reward).of_scores(policy(tasks[2].inputs))


if __name__ == "__main__":
    main(sys.argv[1:])
