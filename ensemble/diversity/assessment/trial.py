"""One seed: what is trained on its part of the sentences, and its worth on those not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ensemble.diversity.assessment.baselines import rivals
from ensemble.diversity.assessment.experiment_data import Array, Bench, Outcome
from ensemble.diversity.assessment.judging import judged, loop, texts_of
from ensemble.diversity.assessment.learning import ensembles_of, learn, lessons, place_of
from ensemble.diversity.config import NO_MEMBER
from ensemble.diversity.data.split import Parts
from ensemble.diversity.training import chooser
from ensemble.diversity.training.decisions import Places
from ensemble.diversity.training.observation import Observer
from ensemble.diversity.training.rewards import chosen_states
from ensemble.diversity.training.training import Point, Task, choose, corpus_f
from evaluation.execution.progress import Progress


@dataclass(frozen=True)
class Trial:
    """A seed: its test segments `rows`, outcomes and points by name.

    `judged` has, for each other ensemble and each of some members, the counts (m, 3) of right,
    made and gold edits of what it makes with it; `foretold` is the F0.5 of the first lesson's
    combined output if the effects of its edits added up.
    """

    seed: int
    rows: Places
    outcomes: Mapping[str, Outcome]
    courses: Mapping[str, Sequence[Point]]
    untouched: str
    judged: Mapping[str, Mapping[str, Array]]
    foretold: float


def run_trial(
    bench: Bench, parts: Parts, seed: int, folder: Path | None, progress: Progress
) -> Trial:
    """Return what comes of one split: every lesson trained, and every rival, on the test part.

    With a `folder`, members and ensembles are kept there: what this very run has trained is not
    again.
    """
    config = bench.config
    untouched = config.untouched or bench.best_version(parts.train)
    kept = ensembles_of(folder, seed) if folder else None
    learning, whole = loop(bench, parts.train, untouched, kept)
    train = bench.part(parts.train, learning, untouched)
    held_out, test = (bench.part(rows, whole, untouched) for rows in parts[1:])
    observer = Observer.of(train.visible, untouched, config.context)
    tasks = [p.task(observer) for p in (train, held_out, test)]
    chosen = rivals(tasks[0], tasks[2], test.ballots, test.names)
    known = rivals(tasks[0], tasks[0], train.ballots, train.names) if config.judges else {}
    if config.start == "chooser":
        observer = _informed(observer, tasks[0])
        tasks = [p.task(observer) for p in (train, held_out, test)]
    courses = {}
    for name in lessons(config):
        place = place_of(folder, seed, name) if folder else None
        policy, points = learn(bench, tasks, name, observer, seed, place, progress)
        chosen[name], courses[name] = choose(policy, tasks[2]), points
        known[name] = choose(policy, tasks[0])
    outcomes = {NO_MEMBER: bench.outcome(test, None, whole)}
    outcomes |= {n: bench.outcome(test, texts_of(test, o), whole) for n, o in chosen.items()}
    judges = judged(bench, (train, test), (known, chosen), progress, kept)
    first = chosen_states(test.decisions, chosen[next(iter(config.lessons))])
    foretold = 100 * corpus_f(first.combined, first.gold)
    return Trial(seed, parts.test, outcomes, courses, untouched, judges, foretold)


def _informed(observer: Observer, task: Task) -> Observer:
    """Return one that starts from what a classifier learns of which options are right."""
    right = task.decisions.own[:, 0] == task.decisions.own[:, 1]
    return replace(observer, start=chooser.learn(task.inputs, right))
