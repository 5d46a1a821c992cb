"""The experiments of a run, each trained, or read from disk where this run has trained it."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ensemble.answer_cache import digest
from ensemble.diversity import artefact
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import Config, Experiment
from ensemble.diversity.data.config import Tagger
from ensemble.diversity.policy.member import Member
from ensemble.diversity.policy.network import Policy
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training import direct
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.rewards import Coefficient, Reward
from ensemble.diversity.training.task import Task
from ensemble.diversity.training.training_log import Point, TrainingLog
from ensemble.targets import fingerprint
from evaluation.artefact import MANIFEST
from evaluation.execution.progress import Progress, Step
from evaluation.version import VERSION


def member_folder(folder: Path, seed: int, experiment: str) -> Path:
    """Return where the member of an experiment is kept; folder names count seeds from 1."""
    return folder / f"seed-{seed + 1}" / experiment.replace("/", "-")


def combiner_folder(folder: Path, seed: int) -> Path:
    """Return where the combiners that are trained for a seed are kept."""
    return folder / "ensembles" / f"seed-{seed + 1}"


def round_folder(folder: Path, number: int) -> Path:
    """Return the folder of a round, from 1, which is like that of a run."""
    return folder / "rounds" / f"round-{number}"


def experiments(config: Config) -> dict[str, Experiment]:
    """Return all experiments by name: the configured ones, and one for each lambda of the sweep."""
    by_name = dict(config.lessons)
    if config.sweep:
        for weight in config.sweep.lambdas:
            terms: dict[str, float | Coefficient] = {
                config.sweep.quality: 1.0,
                "diversity": weight,
            }
            reward = Reward(terms=terms)
            by_name[lambda_name(weight)] = Experiment(reward=reward, plan=config.sweep.plan)
    return by_name


def lambda_name(weight: float) -> str:
    """Return the name of the experiment of a lambda."""
    return f"lambda {weight:g}"


def train_experiment(
    data: ExperimentData,
    tasks: Sequence[Task],
    name: str,
    observer: Observer,
    seed: int,
    place: Path | None,
    progress: Progress,
    number: int = 1,
) -> tuple[Policy, Sequence[Point]]:
    """Return the policy and points of the experiment `name`, from disk or trained now.

    Args:
        data: what all seeds share.
        tasks: to train on, and to hold out.
        name: of the experiment.
        observer: what the policy sees.
        seed: of the trial.
        place: where the member is kept, if it is.
        progress: shows the steps.
        number: of the round, from 1.
    """
    experiment = experiments(data.config)[name]
    run = _run_digest(data, experiment, seed, number)
    if place and (place / MANIFEST).is_file():
        member, points, of_run = artefact.read(place)
        if of_run == run:
            return member.policy, points
    train = _ppo() if experiment.plan.samples else direct.train
    checkpoint = Checkpoint(place.with_suffix(".checkpoint") if place else None, run)

    round_ = f", round {number}" if data.config.rounds > 1 else ""
    what = f"Training, seed {seed + 1}: {name}{round_}"

    def steps(left: Sequence[int]) -> Iterable[Step[int]]:
        return progress(map(Step, left), what, len(left))

    policy, log = train(
        tasks[0], tasks[1], experiment.reward, experiment.plan, seed, checkpoint, steps
    )
    if place:
        artefact.write(place, _member(data, policy, observer), log.points, run)
    return policy, log.points


def _member(data: ExperimentData, policy: Policy, observer: Observer) -> Member:
    config = data.config
    others = tuple(data.others) if config.sees == "everyone" else ()
    levels = config.member.levels if isinstance(config.member, Tagger) else ()
    versions = data.dataset.versions.names
    return Member(policy, observer, config.outputs, versions, others, levels=levels)


def _ppo() -> Callable[..., tuple[Policy, TrainingLog]]:
    try:
        from ensemble.diversity.training import ppo
    except ImportError as error:
        raise ImportError("methods that sample need: pip install 'consort[rl]'") from error
    return ppo.train


def _run_digest(data: ExperimentData, experiment: Experiment, seed: int, number: int) -> str:
    """Return 16 digits that differ wherever the training would: they name it on disk."""
    unused = {"lessons", "sweep", "judges", "rounds", "data", "name"}
    config = data.config.model_dump(exclude=unused)
    if data.config.combiner in data.fixed_combiners:
        config["combiner"] = data.fixed_combiners[data.config.combiner].signature
    labels = fingerprint(data.ballots, data.targets)
    parameters = [labels, config, experiment.model_dump(), seed, number, VERSION]
    return digest(json.dumps(parameters, sort_keys=True), 16)
