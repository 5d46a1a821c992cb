"""The toy of the trained members: its fixtures are those of `tests/ensemble/diversity`."""

from tests.ensemble.diversity.conftest import experiment_data, config, tasks

__all__ = ["experiment_data", "config", "tasks"]
