"""The execution engine that a command names: processes of this machine, or a Ray cluster.

Commands, jobs and benchmarks work within `working()`; a library call that is not works in its own
process.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal

from evaluation.errors import InputError
from evaluation.execution.ray_cluster import connected
from evaluation.execution.workers import LocalProcesses, Workers, using_workers

Engine = Literal["local", "ray"]
"""A process for each core of this machine, or a Ray cluster."""


@contextmanager
def working(engine: Engine = "local", address: str | None = None) -> Iterator[Workers]:
    """Have `engine` do all tasks within the block; `address` is a Ray cluster's.

    Raises:
        ImportError: Ray is wanted and not installed; the message names the extra.
        ValueError: there is an address without Ray, or no cluster answers there.
    """
    if engine == "local" and address is not None:
        raise InputError("invalid-option", "--ray-address needs --engine ray")
    with _workers_of(engine, address) as workers, using_workers(workers):
        yield workers


def _workers_of(engine: Engine, address: str | None) -> AbstractContextManager[Workers]:
    if engine == "local":
        return nullcontext(LocalProcesses())
    return connected(address)
