"""The worst requests within the limits: they are answered, others are, and nothing goes on after.

The bounds do not depend on how busy the machine is: times are compared with each other, and work is
counted in seconds of CPU. `python -m benchmarks.attack` prints the figures.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

import httpx
import pytest

from benchmarks.attack import ROSTER
from benchmarks.attacks import ATTACKS
from benchmarks.processes import usage
from tests.serving import Served, serving

EXPECTED = {200, 202, 422, 503}
LONGEST_S = 2.0
"""A wait for `/livez` up to this is fine; a longer one has to be a small part of an attack."""

AFTER_CPU_S, QUIET_CPU_S = 0.5, 0.1
"""The most CPU after an answer, until a second in which the service uses almost none.

On a busy machine work that goes on has a small part of each second, but as much altogether.
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("attacked")
    with serving(folder, ROSTER, log_requests=False, deadline_s=5) as served:
        yield served


@contextmanager
def asking(url: str) -> Iterator[list[float]]:
    """Ask for `/livez` in a thread while the context lasts; yield the seconds of the answers.

    The first is answered before it begins. A request that is not answered with 200 takes for ever.
    """
    begun, done = threading.Event(), threading.Event()
    seconds: list[float] = []

    def ask() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not done.is_set():
                began = time.perf_counter()
                alive = client.get("/livez").status_code == 200
                seconds.append(time.perf_counter() - began if alive else inf)
                begun.set()
                done.wait(0.01)

    thread = threading.Thread(target=ask)
    thread.start()
    begun.wait(60)
    try:
        yield seconds
    finally:
        done.set()
        thread.join()


def cpu_until_quiet(process: int) -> float:
    """Return the seconds of CPU of a process and its children until a quiet second, or too many."""
    began = before = usage(process).seconds
    while True:
        time.sleep(1)
        now = usage(process).seconds
        if now - before < QUIET_CPU_S or now - began > AFTER_CPU_S:
            return now - began
        before = now


@pytest.mark.parametrize("name", ATTACKS)
def test_others_are_answered_and_nothing_goes_on(served: Served, name: str) -> None:
    with asking(served.url) as seconds:
        began = time.perf_counter()
        status = ATTACKS[name](served.url)
        took = time.perf_counter() - began
    after = cpu_until_quiet(served.process.pid)
    assert status in EXPECTED
    assert seconds
    assert max(seconds) < max(LONGEST_S, took / 2)
    assert after < AFTER_CPU_S
