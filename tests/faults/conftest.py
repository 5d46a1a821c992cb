"""Where the processes that are killed come from."""

import multiprocessing
from multiprocessing.context import ForkServerContext

import pytest


@pytest.fixture
def processes() -> ForkServerContext:
    """Where processes start that have imported everything: one server of them for all tests."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.saving", "tests.faults.migrating"])
    return context
