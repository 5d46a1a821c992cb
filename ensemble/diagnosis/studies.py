"""The studies, and how a configuration finds its own."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import ConfigDict

from evaluation.config import ConfigSource, Run, read_run
from evaluation.execution.progress import Progress
from evaluation.reporting.run_report import RunReport

MOST_SEEDS = 100


_PACKAGES = {"loss_path": "interpolation.loss_path", "between": "interpolation.two_models"}
"""Packages of studies that are not named as their study."""


class Study(NamedTuple):
    """A configuration, and the function that runs it.

    `run` takes the configuration, the folder for results that take long, so that an interrupted run
    continues (`None` keeps nothing), and a progress bar.
    """

    config: Run
    run: Callable[[Any, Path | None, Progress], RunReport]


class _Named(Run):
    """The part of a configuration that names its study."""

    model_config = ConfigDict(extra="ignore")

    study: Literal["complementarity", "panel", "trajectories", "loss_path", "between"]


def read_study(
    source: ConfigSource, settings: Sequence[str] = (), seeds: int | None = None
) -> Study:
    """Read a configuration of any study, as `evaluation.config.read_run` does.

    `seeds` overrides `plan.seeds`, the number of repetitions of random parts.

    Raises:
        DataError: the file cannot be read, names no study, or has errors.
        ValueError: `seeds` is out of bounds.
    """
    if seeds is not None and not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"{seeds} seeds; it is 1 to {MOST_SEEDS}")
    named = read_run(_Named, source, settings).study
    # Imported on demand: a study may need packages that others do not.
    module = import_module(f"ensemble.diagnosis.{_PACKAGES.get(named, named)}.study")
    overrides = [] if seeds is None else [f"plan.seeds={seeds}"]
    return Study(read_run(module.CONFIG, source, [*settings, *overrides]), module.run)
