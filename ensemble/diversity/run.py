"""A run: as many splits as there are seeds, and what is to be concluded from them."""

from functools import partial
from pathlib import Path

import numpy as np

from ensemble.combiners.neural.context import read_ahead
from ensemble.diversity import artefact
from ensemble.diversity.assessment.conclusion import Conclusion, conclude
from ensemble.diversity.assessment.experiment_data import Bench
from ensemble.diversity.assessment.learning import place_of
from ensemble.diversity.assessment.trial import Trial, run_trial
from ensemble.diversity.config import Config, Model
from ensemble.diversity.data.reading import read_material
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
    """Train and test as `config` says, as many times as there are `seeds`.

    With a `folder`, what is trained is kept there, and a run broken off goes on.

    Raises:
        DataError: a file cannot be read.
        ValueError: what is configured does not go together, or `seeds` is out of bounds.
        ImportError: an optional part is missing; the message names the extra.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"{seeds} seeds; it is 1 to {MOST_SEEDS}")
    material = read_material(config, progress)
    bench = Bench(config, material)
    if config.context:
        read_ahead(bench.visible, config.context, progress)
    trials = _trials(bench, folder, seeds, progress)
    found = conclude(config, bench, trials)
    if config.distil and folder:
        _distil(config, bench, folder, progress)
    return found


def _trials(bench: Bench, folder: Path | None, seeds: int, progress: Progress) -> list[Trial]:
    """Return a trial for each seed: steps are shown where it is here, else which seeds are done."""
    workers = current_workers()
    few = isinstance(workers, LocalProcesses) and seeds <= MANY_TASKS
    here = few or isinstance(workers, SameProcess)
    work = partial(_trial, bench, folder, progress if here else quietly)
    trained = map_tasks(work, range(seeds))
    if here:
        return list(trained)
    return [next(trained) for _ in progress(range(seeds), "Training")]


def _trial(bench: Bench, folder: Path | None, progress: Progress, seed: int) -> Trial:
    parts = split(bench.material.sources, bench.config.split, seed)
    return run_trial(bench, parts, seed, folder, progress)


def _distil(config: Config, bench: Bench, folder: Path, progress: Progress) -> None:
    """Teach the member's model what the first seed's policy chose where it was trained."""
    if config.distil is None or not isinstance(config.member, Model):
        return
    from ensemble.diversity.training.distil import distil

    lesson = next(iter(config.lessons))
    member, _, _ = artefact.read(place_of(folder, 0, lesson))
    parts = split(bench.material.sources, config.split, 0)
    material = bench.material.part(np.sort(np.concatenate([parts.train, parts.held_out])))
    texts = member.correct(material.sources, material.versions, material.others)
    prompts = [config.member.prompt.replace("{source}", one) for one in material.sources]
    pairs, model = list(zip(prompts, texts, strict=True)), config.member.path
    plan = config.distil
    distil(model, pairs, folder / "model", plan.epochs, plan.rate, config.split.seed, progress)
