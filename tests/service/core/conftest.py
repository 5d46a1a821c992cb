"""Little work on both event loops, and on machines with one core or much to do."""

import asyncio

import pytest
import uvloop

from service.core import little_work
from tests.little import Runner


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Runner:
    """As the service runs on either loop: they read from descriptors in their own ways."""
    made: Runner = request.param
    return made


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a second core, and time for the process, which imports a test with a function of it."""
    monkeypatch.setattr(little_work, "cores", lambda: 2)
    monkeypatch.setattr(little_work, "_LATE_S", 600)
