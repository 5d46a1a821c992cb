"""The trial of one seed: experiments and baselines, trained on one part and tested on another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ensemble.diversity.assessment.baselines import baseline_choices
from ensemble.diversity.assessment.experiment_data import ExperimentData, Outcome
from ensemble.diversity.assessment.experiments import (
    combiner_folder,
    experiments,
    member_folder,
    train_experiment,
)
from ensemble.diversity.assessment.judging import judge_members, reward_combiners, texts_of
from ensemble.diversity.config import NO_MEMBER
from ensemble.diversity.data.split import Parts
from ensemble.diversity.policy import chooser
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.rewards import chosen_states
from ensemble.diversity.training.task import Task, choose, corpus_f
from ensemble.diversity.training.training_log import Point
from ensemble.types import Array, Integers
from evaluation.execution.progress import Progress


@dataclass(frozen=True)
class Trial:
    """A seed: its test segments `rows`, outcomes and training points by name.

    `judged` has, by judge and by member, the counts (m, 3) of right, made and gold edits of the
    judge's combined output; `foretold` is the F0.5 of the main experiment's combined output if the
    effects of its edits added up.
    """

    seed: int
    rows: Integers
    outcomes: Mapping[str, Outcome]
    points: Mapping[str, Sequence[Point]]
    untrained: str
    judged: Mapping[str, Mapping[str, Array]]
    foretold: float


def run_trial(
    data: ExperimentData, parts: Parts, seed: int, folder: Path | None, progress: Progress
) -> Trial:
    """Return the trial of one split, with every experiment and every baseline.

    With a `folder`, members and combiners are kept there; those of an interrupted run are reused.
    """
    config = data.config
    untrained = config.untouched or data.best_version(parts.train)
    combiners = combiner_folder(folder, seed) if folder else None
    # Rewards on the training part need a combiner that was not trained on the same segments.
    crossed, whole = reward_combiners(data, parts.train, untrained, combiners)
    train = data.prepare(parts.train, crossed, untrained)
    held_out, test = (data.prepare(rows, whole, untrained) for rows in parts[1:])
    observer = Observer.of(train.visible, untrained, config.context)
    tasks = [part.task(observer) for part in (train, held_out, test)]
    on_test = baseline_choices(tasks[0], tasks[2], test.ballots, test.names)
    on_train = (
        baseline_choices(tasks[0], tasks[0], train.ballots, train.names) if config.judges else {}
    )
    if config.start == "chooser":
        observer = _with_chooser(observer, tasks[0])
        tasks = [part.task(observer) for part in (train, held_out, test)]
    points = {}
    for name in experiments(config):
        place = member_folder(folder, seed, name) if folder else None
        policy, points[name] = train_experiment(data, tasks, name, observer, seed, place, progress)
        on_test[name], on_train[name] = choose(policy, tasks[2]), choose(policy, tasks[0])
    outcomes = {NO_MEMBER: data.outcome(test, None, whole)}
    outcomes |= {n: data.outcome(test, texts_of(data, test, o), whole) for n, o in on_test.items()}
    judged = judge_members(data, (train, test), (on_train, on_test), progress, combiners)
    state = chosen_states(test.decisions, on_test[config.main_experiment])
    foretold = 100 * corpus_f(state.combined, state.gold)
    return Trial(seed, parts.test, outcomes, points, untrained, judged, foretold)


def _with_chooser(observer: Observer, task: Task) -> Observer:
    """Return an observer that starts from a classifier of which options are right."""
    return replace(observer, start=chooser.learn(task.inputs, task.decisions.right))
