"""The execution engine that a command names: this machine's cores, or a Ray cluster."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal

from evaluation.errors import InputError
from evaluation.execution.ray_cluster import connected
from evaluation.execution.workers import Cores, Workers, work_by

Engine = Literal["local", "ray"]
"""Who works: this machine's cores, or a Ray cluster."""


@contextmanager
def working(engine: Engine = "local", address: str | None = None) -> Iterator[Workers]:
    """Have `engine` do all that is spread over workers in here; `address` is a Ray cluster's.

    Raises:
        ImportError: Ray is asked for and not installed; the message names the extra.
        ValueError: an address is given for no cluster, or none answers there.
    """
    if engine == "local" and address is not None:
        raise InputError("invalid-option", "--ray-address needs --engine ray")
    with _engaged(engine, address) as engaged, work_by(engaged):
        yield engaged


def _engaged(engine: Engine, address: str | None) -> AbstractContextManager[Workers]:
    if engine == "local":
        return nullcontext(Cores())
    return connected(address)
