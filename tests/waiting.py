"""Waiting for a condition, in place of sleeping until it should have come about."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_S = 30.0
_INTERVAL_S = 0.01


def wait_until(condition: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
    """Return as soon as `condition()` is true.

    Raises:
        TimeoutError: it was not within `timeout_s` seconds.
    """
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not true within {timeout_s:g} s: {condition}")
        time.sleep(_INTERVAL_S)


async def until(condition: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
    """Return as soon as `condition()` is true, and let other tasks of the loop run meanwhile.

    Raises:
        TimeoutError: it was not within `timeout_s` seconds.
    """
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(_INTERVAL_S)


def is_running(pid: int) -> bool:
    """Return whether there is such a process, which need not be one of this process's own."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def comes_to_an_end(pid: int) -> bool:
    """Return true when a process that nobody here can wait for is gone.

    Raises:
        TimeoutError: it was not within `PATIENCE_S` seconds.
    """
    wait_until(lambda: not is_running(pid))
    return True
