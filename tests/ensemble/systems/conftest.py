"""The toy of the trained members: its fixtures are those of `tests/ensemble/diversity`."""

from tests.ensemble.diversity.conftest import bench, config, tasks

__all__ = ["bench", "config", "tasks"]
