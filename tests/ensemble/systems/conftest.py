"""The toy of the trained members: its fixtures are those of `tests/ensemble/diversity`."""

from tests.ensemble.diversity.conftest import config, experiment_data, tasks

__all__ = ["config", "experiment_data", "tasks"]
