"""The studies there are, and how a configuration finds its own."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import ConfigDict

from ensemble.diagnosis.result import Diagnosis
from evaluation.config import Run, read_run
from evaluation.execution.progress import Progress

MOST_SEEDS = 100


_PACKAGES = {"loss_path": "interpolation"}  # the others are named as their study


class Study(NamedTuple):
    """A configuration, and what runs it.

    `run` is given the configuration, the folder where it keeps what takes long, so that it can
    go on after it was broken off (none: nothing is kept), and a progress bar.
    """

    config: Run
    run: Callable[[Any, Path | None, Progress], Diagnosis]


class _Named(Run):
    """What every configuration says: which study it is of."""

    model_config = ConfigDict(extra="ignore")

    study: Literal["complementarity", "trajectories", "loss_path", "between"]


def read_study(path: Path, settings: Sequence[str] = (), seeds: int | None = None) -> Study:
    """Read a configuration of any study, as `evaluation.config.read_run` does and raises.

    `seeds` goes over how often the file has it repeat what is random.

    Raises:
        DataError: the file cannot be read, names no study, or is not as its study has it.
        ValueError: `seeds` is out of bounds.
    """
    if seeds is not None and not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"{seeds} seeds; it is 1 to {MOST_SEEDS}")
    named = read_run(_Named, path, settings).study
    module = import_module(f"ensemble.diagnosis.{_PACKAGES.get(named, named)}.study")
    over = [] if seeds is None else [f"plan.seeds={seeds}"]
    return Study(read_run(module.CONFIG, path, [*settings, *over]), module.run)
