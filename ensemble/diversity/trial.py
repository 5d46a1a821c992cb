"""One seed: what is trained on its part of the sentences, and its worth on those not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ensemble.diversity import chooser
from ensemble.diversity.bench import Bench, Outcome
from ensemble.diversity.config import NO_MEMBER
from ensemble.diversity.decisions import Places
from ensemble.diversity.learning import learn, lessons, place_of
from ensemble.diversity.member import write
from ensemble.diversity.observation import Observer
from ensemble.diversity.rivals import rivals
from ensemble.diversity.split import Parts
from ensemble.diversity.training import Point, choose


@dataclass(frozen=True)
class Trial:
    """A seed: its test segments `rows`, outcomes and points by name, and the notes on it."""

    seed: int
    rows: Places
    outcomes: Mapping[str, Outcome]
    courses: Mapping[str, Sequence[Point]]
    untouched: str


def run_trial(bench: Bench, parts: Parts, seed: int, folder: Path | None) -> Trial:
    """Return what comes of one split: every lesson trained, and every rival, on the test part.

    With a `folder`, members are kept there: one that this very run has trained is not again.
    """
    train, held_out, test = (bench.part(rows) for rows in parts)
    config = bench.config
    untouched = config.untouched or bench.best_version(parts.train)
    observer = Observer.of(train.visible, untouched, config.context)
    tasks = [p.task(observer) for p in (train, held_out, test)]
    chosen = rivals(tasks[0], tasks[2], test.ballots, test.names)
    if config.start == "chooser":
        right = train.decisions.own[:, 0] == train.decisions.own[:, 1]
        observer = replace(observer, start=chooser.learn(tasks[0].inputs, right))
        tasks = [p.task(observer) for p in (train, held_out, test)]
    courses = {}
    for name, lesson in lessons(config).items():
        place = place_of(folder, seed, name) if folder else None
        policy, points = learn(bench, tasks, lesson, observer, seed, place)
        chosen[name], courses[name] = choose(policy, tasks[2]), points
    made = {name: test.decisions.edits(options) for name, options in chosen.items()}
    outcomes = {NO_MEMBER: bench.outcome(test, None)}
    outcomes |= {name: bench.outcome(test, write(test.ballots, e)) for name, e in made.items()}
    return Trial(seed, parts.test, outcomes, courses, untouched)
