"""Lessons: each trained, or read where this very run has trained it before."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ensemble.diversity import artefact
from ensemble.diversity.assessment.experiment_data import Bench
from ensemble.diversity.config import Config, Lesson, Tagger
from ensemble.diversity.training import direct
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.member import Member
from ensemble.diversity.training.observation import Observer
from ensemble.diversity.training.policy import Policy
from ensemble.diversity.training.rewards import Coefficient, Reward
from ensemble.diversity.training.training import Course, Point, Task
from ensemble.targets import fingerprint
from evaluation import VERSION
from evaluation.artefact import MANIFEST
from evaluation.execution.progress import Progress


def place_of(folder: Path, seed: int, lesson: str) -> Path:
    """Return where the member of a lesson is kept; seeds count from 1 there."""
    return folder / f"seed-{seed + 1}" / lesson.replace("/", "-")


def ensembles_of(folder: Path, seed: int) -> Path:
    """Return where the combiners that were trained for a seed are kept."""
    return folder / "ensembles" / f"seed-{seed + 1}"


def lessons(config: Config) -> dict[str, Lesson]:
    """Return all that is trained, by name: the lessons, and one for each lambda of the sweep."""
    found = dict(config.lessons)
    if config.sweep:
        for weight in config.sweep.lambdas:
            terms: dict[str, float | Coefficient] = {
                config.sweep.quality: 1.0,
                "diversity": weight,
            }
            found[lambda_name(weight)] = Lesson(reward=Reward(terms=terms), plan=config.sweep.plan)
    return found


def lambda_name(weight: float) -> str:
    """Return what the lesson of a lambda is called."""
    return f"lambda {weight:g}"


def learn(
    bench: Bench,
    tasks: Sequence[Task],
    name: str,
    observer: Observer,
    seed: int,
    place: Path | None,
    progress: Progress,
) -> tuple[Policy, Sequence[Point]]:
    """Return the policy and points of the lesson `name`: kept ones, or trained now and kept."""
    lesson = lessons(bench.config)[name]
    mark = _mark(bench, lesson, seed)
    if place and (place / MANIFEST).is_file():
        member, points, run = artefact.read(place)
        if run == mark:
            return member.policy, points
    train = direct.train if lesson.plan.method != "ppo" else _ppo()
    checkpoint = Checkpoint(place.with_suffix(".checkpoint") if place else None, mark)

    def steps(left: Sequence[int]) -> Iterable[int]:
        return progress(left, f"Training, seed {seed + 1}: {name}")

    policy, course = train(tasks[0], tasks[1], lesson.reward, lesson.plan, seed, checkpoint, steps)
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
        from ensemble.diversity.training import ppo
    except ImportError as error:
        raise ImportError("PPO needs: pip install 'consort[rl]'") from error
    return ppo.train


def _mark(bench: Bench, lesson: Lesson, seed: int) -> str:
    """Return what tells this training from any other: 16 digits of a SHA-256."""
    config = bench.config.model_dump(exclude={"lessons", "sweep", "judges", "data", "name"})
    if bench.config.combiner in bench.given:
        config["combiner"] = bench.given[bench.config.combiner].signature
    said = [fingerprint(bench.ballots, bench.targets), config, lesson.model_dump(), seed, VERSION]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
