"""One seed: what is trained on its part of the sentences, and its worth on those not seen."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ensemble.baselines import Majority
from ensemble.candidates import Ballot, collect_all
from ensemble.combiner import combine_all
from ensemble.diversity import artefact, direct
from ensemble.diversity.config import NO_MEMBER, Config, Lesson, Tagger
from ensemble.diversity.decisions import Choice, Decisions, Places, choices
from ensemble.diversity.effects import count, measured
from ensemble.diversity.material import Material
from ensemble.diversity.member import Member, write
from ensemble.diversity.observation import Observer
from ensemble.diversity.policy import Policy
from ensemble.diversity.rewards import Coefficient, Reward, Term
from ensemble.diversity.rivals import rivals
from ensemble.diversity.split import Parts
from ensemble.diversity.training import Checkpoint, Course, Point, Task, choose
from ensemble.targets import Targets, fingerprint, from_gold
from ensemble.validation import counts
from evaluation import VERSION
from evaluation.artefact import MANIFEST
from evaluation.metrics.base import load_metric

Array = NDArray[np.float64]

MEMBER = "member"
"""What the trained one is called among the systems that are combined."""

Say = Callable[[str, Point], None]
"""Is told which lesson has come to which point."""


@dataclass(frozen=True)
class Seen:
    """Some segments with all that is known of them: what is proposed, what is right, the task.

    `ballots` hold everybody's proposals, `visible` those that the policy may look at.
    """

    material: Material
    ballots: list[Ballot]
    visible: list[Ballot]
    targets: Targets
    found: list[Choice]
    decisions: Decisions

    def task(self, observer: Observer) -> Task:
        """Return the decisions, with what `observer` sees of them."""
        return Task(self.decisions, observer.see(self.visible, self.material.versions, self.found))

    @property
    def names(self) -> list[list[str]]:
        """The names of the member's versions, a segment."""
        return [list(some) for some in self.material.versions.texts]


@dataclass(frozen=True)
class Outcome:
    """What one member was worth on the m test segments of a seed, as texts.

    `own` and `combined` (m, 3) count right, made and gold edits; `texts` and `outputs` are what
    they count; `distance` (m, systems) is the Jaccard distance from each other system.
    """

    texts: Sequence[str]
    outputs: Sequence[str]
    own: Array
    combined: Array
    distance: Array


@dataclass(frozen=True)
class Trial:
    """A seed: its test segments `rows`, outcomes and points by name, and the notes on it."""

    seed: int
    rows: Places
    outcomes: Mapping[str, Outcome]
    courses: Mapping[str, Sequence[Point]]
    untouched: str


class Bench:
    """What all seeds of a run share: the material, its ballots, and the combiner in the loop."""

    def __init__(self, config: Config, material: Material) -> None:
        self.config, self.material = config, material
        self.others = list(material.others)
        self.vote = Majority(weights={MEMBER: config.weight} if config.weight != 1 else {})
        everyone = config.sees == "everyone"
        self.ballots = list(collect_all(material.segments(), "edits"))
        self.visible = (
            self.ballots
            if everyone
            else list(collect_all(material.segments(others=False), "edits"))
        )
        self.targets = from_gold(self.ballots, material.gold)

    def part(self, rows: Places) -> Seen:
        """Return the segments `rows`, with what each option of the member there does."""
        material, targets = self.material.part(rows), self.targets[rows]
        ballots = [self.ballots[i] for i in rows.tolist()]
        names = [list(some) for some in material.versions.texts]
        found = choices(ballots, names, self.config.unit)
        decisions = count(ballots, targets, found, self.others, MEMBER, self.vote)
        if self.config.metric and found:
            metric = load_metric(self.config.metric)
            change = measured(metric, material, ballots, found)
            decisions = replace(decisions, metric=change)
        visible = [self.visible[i] for i in rows.tolist()]
        return Seen(material, ballots, visible, targets, found, decisions)

    def best_version(self, rows: Places) -> str:
        """Return the version whose edits score best on the segments `rows`."""
        ballots, targets = [self.ballots[i] for i in rows.tolist()], self.targets[rows]
        scores = {}
        for name in self.material.versions.names:
            made = [
                np.array([name in c.voters for c in ballot.candidates], dtype=bool)
                for ballot in ballots
            ]
            right = sum(v[m].sum() for v, m in zip(targets.values, made, strict=True))
            proposed = sum(m.sum() for m in made)
            scores[name] = float(right / max(proposed + 0.25 * targets.gold.sum(), 1e-9))
        return max(scores, key=lambda name: scores[name])

    def outcome(self, part: Seen, texts: Sequence[str] | None) -> Outcome:
        """Return what a member is worth that says `texts`; `None`: there is no member.

        All is read off the texts, as anyone would who has only them.
        """
        material = part.material
        said = dict(material.others) | ({MEMBER: texts} if texts is not None else {})
        segments = material.with_only(said)
        ballots = list(collect_all(segments, "edits"))
        targets = from_gold(ballots, material.gold)
        combined = combine_all(ballots, self.vote)
        return Outcome(
            list(texts or material.sources),
            [one.text for one in combined],
            _own(ballots, targets),
            counts(combined, targets),
            _distance(ballots, self.others),
        )


def run_trial(bench: Bench, parts: Parts, seed: int, folder: Path | None, say: Say) -> Trial:
    """Return what comes of one split: every lesson trained, and every rival, on the test part.

    With a `folder`, members are kept there: one that this very run has trained is not again.
    """
    train, held_out, test = (bench.part(rows) for rows in parts)
    config = bench.config
    untouched = config.untouched or bench.best_version(parts.train)
    observer = Observer.of(train.visible, untouched, config.context)
    tasks = [p.task(observer) for p in (train, held_out, test)]
    chosen = rivals(tasks[0], tasks[2], test.ballots, test.names)
    courses = {}
    for name, lesson in lessons(config).items():
        place = place_of(folder, seed, name) if folder else None
        policy, points = _learn(bench, tasks, lesson, observer, seed, place, name, say)
        chosen[name], courses[name] = choose(policy, tasks[2]), points
    made = {name: test.decisions.edits(options) for name, options in chosen.items()}
    outcomes = {NO_MEMBER: bench.outcome(test, None)}
    outcomes |= {name: bench.outcome(test, write(test.ballots, e)) for name, e in made.items()}
    return Trial(seed, parts.test, outcomes, courses, untouched)


def place_of(folder: Path, seed: int, lesson: str) -> Path:
    """Return where the member of a lesson is kept; seeds count from 1 there."""
    return folder / f"seed-{seed + 1}" / lesson.replace("/", "-")


def lessons(config: Config) -> dict[str, Lesson]:
    """Return all that is trained, by name: the lessons, and one for each lambda of the sweep."""
    found = dict(config.lessons)
    if config.sweep:
        for weight in config.sweep.lambdas:
            terms: dict[Term, float | Coefficient] = {
                config.sweep.quality: 1.0,
                "diversity": weight,
            }
            found[lambda_name(weight)] = Lesson(reward=Reward(terms=terms), plan=config.sweep.plan)
    return found


def lambda_name(weight: float) -> str:
    """Return what the lesson of a lambda is called."""
    return f"lambda {weight:g}"


def _learn(
    bench: Bench,
    tasks: Sequence[Task],
    lesson: Lesson,
    observer: Observer,
    seed: int,
    place: Path | None,
    name: str,
    say: Say,
) -> tuple[Policy, Sequence[Point]]:
    """Return the policy and points of one lesson: kept ones, or trained now and kept."""
    mark = _mark(bench, lesson, seed)
    if place and (place / MANIFEST).is_file():
        member, points, run = artefact.read(place)
        if run == mark:
            return member.policy, points
    train = direct.train if lesson.plan.method != "ppo" else _ppo()
    checkpoint = Checkpoint(place.with_suffix(".checkpoint") if place else None, mark)
    policy, course = train(
        tasks[0], tasks[1], lesson.reward, lesson.plan, seed, checkpoint, partial(say, name)
    )
    if place:
        others = tuple(bench.others) if bench.config.sees == "everyone" else ()
        versions = bench.material.versions.names
        kind = bench.config.member
        levels = kind.levels if isinstance(kind, Tagger) else ()
        member = Member(policy, observer, bench.config.unit, versions, others, levels=levels)
        artefact.write(place, member, course.points, mark)
    return policy, course.points


def _ppo() -> Callable[..., tuple[Policy, Course]]:
    try:
        from ensemble.diversity import ppo
    except ImportError as error:
        raise ImportError("PPO needs: pip install 'consort[rl]'") from error
    return ppo.train


def _mark(bench: Bench, lesson: Lesson, seed: int) -> str:
    """Return what tells this training from any other: 16 digits of a SHA-256."""
    config = bench.config.model_dump(exclude={"lessons", "sweep", "data", "name"})
    said = [fingerprint(bench.ballots, bench.targets), config, lesson.model_dump(), seed, VERSION]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _own(ballots: Sequence[Ballot], targets: Targets) -> Array:
    """Return the counts (m, 3) of right, made and gold edits that the member itself made."""
    rows = []
    for ballot, values, gold in zip(ballots, targets.values, targets.gold, strict=True):
        made = np.array([MEMBER in c.voters for c in ballot.candidates], dtype=bool)
        rows.append((float(values[made].sum()), float(made.sum()), float(gold)))
    return np.array(rows)


def _distance(ballots: Sequence[Ballot], others: Sequence[str]) -> Array:
    """Return the Jaccard distance of the member's edits from those of each of `others`."""
    rows = []
    for ballot in ballots:
        own, *rest = (
            {c.edit for c in ballot.candidates if name in c.voters} for name in (MEMBER, *others)
        )
        rows.append([1 - len(own & a) / len(own | a) if own | a else 0.0 for a in rest])
    return np.array(rows)
