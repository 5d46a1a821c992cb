"""A run of `consort diversify`: a trial for each seed, and the conclusion from them."""

from functools import partial
from pathlib import Path

import numpy as np

from ensemble.combiners.neural.context import read_ahead
from ensemble.diversity import artefact
from ensemble.diversity.assessment.conclusion import Conclusion, conclude
from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.assessment.experiments import member_folder
from ensemble.diversity.assessment.trial import Trial, run_trial
from ensemble.diversity.config import Config
from ensemble.diversity.data.config import Model
from ensemble.diversity.data.reading import read_dataset
from ensemble.diversity.data.split import split
from evaluation.execution.progress import Progress, quietly
from evaluation.execution.workers import (
    MANY_TASKS,
    LocalProcesses,
    SameProcess,
    current_workers,
    map_tasks,
)

MOST_SEEDS = 100


def run(
    config: Config, progress: Progress, seeds: int = 1, folder: Path | None = None
) -> Conclusion:
    """Train and test as `config` says, once for each of `seeds`.

    With a `folder`, trained members and combiners are kept there, and an interrupted run continues.

    Raises:
        DataError: a file cannot be read.
        ValueError: parts of the configuration do not fit together, or `seeds` is out of bounds.
        ImportError: an optional package is missing; the message names the extra.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"{seeds} seeds; it is 1 to {MOST_SEEDS}")
    data = ExperimentData(config, read_dataset(config, progress))
    if config.context:
        read_ahead(data.visible, config.context, progress)
    conclusion = conclude(config, data, _trials(data, folder, seeds, progress))
    if config.distil and folder:
        _distil(config, data, folder, progress)
    return conclusion


def _trials(
    data: ExperimentData, folder: Path | None, seeds: int, progress: Progress
) -> list[Trial]:
    """Return a trial for each seed; progress is of steps in this process, else of seeds."""
    workers = current_workers()
    # A progress bar of steps cannot cross processes.
    few = isinstance(workers, LocalProcesses) and seeds <= MANY_TASKS
    here = few or isinstance(workers, SameProcess)
    work = partial(_trial, data, folder, progress if here else quietly)
    trials = map_tasks(work, range(seeds))
    if here:
        return list(trials)
    return [next(trials) for _ in progress(range(seeds), "Training")]


def _trial(data: ExperimentData, folder: Path | None, progress: Progress, seed: int) -> Trial:
    parts = split(data.dataset.sources, data.config.split, seed)
    return run_trial(data, parts, seed, folder, progress)


def _distil(config: Config, data: ExperimentData, folder: Path, progress: Progress) -> None:
    """Fine-tune the member's model on the first seed's choices, outside its test part."""
    if config.distil is None or not isinstance(config.member, Model):
        return
    from ensemble.diversity.training.distil import distil

    member, _, _ = artefact.read(member_folder(folder, 0, config.main_experiment))
    parts = split(data.dataset.sources, config.split, 0)
    dataset = data.dataset.part(np.sort(np.concatenate([parts.train, parts.held_out])))
    texts = member.correct(dataset.sources, dataset.versions, dataset.others)
    prompts = [config.member.prompt.replace("{source}", source) for source in dataset.sources]
    answered = [(p, text) for p, text in zip(prompts, texts, strict=True) if text is not None]
    pairs, model = answered, config.member.path
    plan = config.distil
    distil(model, pairs, folder / "model", plan.epochs, plan.rate, config.split.seed, progress)
