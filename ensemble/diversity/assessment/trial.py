"""The trial of one seed: experiments and baselines, trained on one part and tested on another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ensemble.diversity.assessment.baselines import baseline_choices
from ensemble.diversity.assessment.experiment_data import ExperimentData, Outcome
from ensemble.diversity.assessment.experiments import combiner_folder, experiments
from ensemble.diversity.assessment.judging import judge_members, texts_of
from ensemble.diversity.assessment.rounds import first_round, train_in_rounds
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

    Each experiment's outcome is by the combiner that rewarded it last. `judged` has, by judge and
    by member, the counts (m, 3) of right, made and gold edits of the judge's combined output;
    `foretold` is the F0.5 of the main experiment's combined output if the effects of its edits
    added up.
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
    begin = first_round(data, parts, untrained, combiners)
    train, _, test = begin.parts
    observer = Observer.of(train.visible, untrained, config.context)
    tasks = begin.tasks(observer)
    on_test = baseline_choices(tasks[0], tasks[2], test.ballots, test.names)
    on_train = (
        baseline_choices(tasks[0], tasks[0], train.ballots, train.names) if config.judges else {}
    )
    if config.start == "chooser":
        observer = with_chooser(observer, tasks[0])
        tasks = begin.tasks(observer)
    results = {
        name: train_in_rounds(data, parts, begin, tasks, name, observer, seed, folder, progress)
        for name in experiments(config)
    }
    for name, result in results.items():
        on_train[name], _, on_test[name] = (choose(result.policy, task) for task in tasks)
    last = {name: result.round for name, result in results.items()}
    outcomes = {NO_MEMBER: data.outcome(test, None, begin.combiner)}
    for name, options in on_test.items():
        combiner = last.get(name, begin).combiner
        outcomes[name] = data.outcome(test, texts_of(data, test, options), combiner)
    judged = judge_members(data, (train, test), (on_train, on_test), progress, combiners)
    decisions = last[config.main_experiment].parts.test.decisions
    state = chosen_states(decisions, on_test[config.main_experiment])
    foretold = 100 * corpus_f(state.combined, state.gold)
    points = {name: result.points for name, result in results.items()}
    return Trial(seed, parts.test, outcomes, points, untrained, judged, foretold)


def with_chooser(observer: Observer, task: Task) -> Observer:
    """Return an observer that starts from a classifier of which options are right."""
    return replace(observer, start=chooser.learn(task.inputs, task.decisions.right))
