"""Work spread over workers: in this process, over the processor's cores, or over a cluster.

What work comes to does not depend on who does it: tasks are pure, and cut alike for all; what
is found comes in their order; where one raises, that is raised once those before it have come.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from itertools import chain, islice
from typing import Any, Protocol, TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")

WORTH = 8
"""So many tasks, of a second or so each, are worth starting processes for."""

AHEAD = 4
"""So many tasks a worker are begun before the first of them has been taken: memory is bounded."""


BLOCK = 512
"""Texts that are scored together: a task of a second or so, for what takes milliseconds each."""


class Workers(Protocol):
    """Who does the tasks."""

    def map(
        self, make: Callable[[], Callable[[Asked], Found]], tasks: Iterable[Asked]
    ) -> Iterator[Found]:
        """Yield what is found of each of `tasks`, in their order.

        Each worker calls `make` once, to load what it works with, and what that returns for
        each of its tasks. Of `tasks`, no more than `AHEAD` a worker are taken in advance.
        """


class Here:
    """This process alone, one task after the other."""

    def map(
        self, make: Callable[[], Callable[[Asked], Found]], tasks: Iterable[Asked]
    ) -> Iterator[Found]:
        """See `Workers`."""
        yield from map(make(), tasks)


class Cores:
    """A process for each core, where there are more than `WORTH` tasks; else this one.

    Each process imports the work anew and so shares nothing. A script that gets here must begin
    its own work under `if __name__ == "__main__"`, as each process imports it too.
    """

    def map(
        self, make: Callable[[], Callable[[Asked], Found]], tasks: Iterable[Asked]
    ) -> Iterator[Found]:
        """See `Workers`."""
        waiting = iter(tasks)
        first = list(islice(waiting, WORTH + 1))
        cores = _cores()
        if len(first) <= WORTH or cores == 1:
            return Here().map(make, chain(first, waiting))
        return _pooled(make, chain(first, waiting), cores)


_workers: ContextVar[Workers] = ContextVar("workers")


@contextmanager
def work_by(chosen: Workers) -> Iterator[None]:
    """Have `chosen` do all that is spread over workers in here."""
    token = _workers.set(chosen)
    try:
        yield
    finally:
        _workers.reset(token)


def workers() -> Workers:
    """Return who works: what `working` chose, or else the cores."""
    return _workers.get(Cores())


def on_all_cores(work: Callable[[Asked], Found], tasks: Iterable[Asked]) -> Iterator[Found]:
    """Yield what `work` makes of each task, in their order, by the `workers` there are."""
    return workers().map(partial(_given, work), tasks)


def _given(work: Callable[[Asked], Found]) -> Callable[[Asked], Found]:
    return work


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pooled(
    make: Callable[[], Callable[[Asked], Found]], tasks: Iterable[Asked], cores: int
) -> Iterator[Found]:
    # Not forked: a thread of a library that holds a lock now would hold it there for ever.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(cores, context, initializer=_begin, initargs=(make,))
    begun: deque[Future[Found]] = deque()
    try:
        for task in tasks:
            begun.append(pool.submit(_do, task))
            if len(begun) == AHEAD * cores:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


_making: list[Callable[[], Callable[[Any], Any]]] = []
"""Of a worker process: how its work is made."""


def _begin(make: Callable[[], Callable[[Any], Any]]) -> None:
    _making.append(make)


@cache
def _made() -> Callable[[Any], Any]:
    alone()
    return _making[0]()


def _do(task: Any) -> Any:  # noqa: ANN401
    return _made()(task)  # made here, not in `_begin`, where an error would only break the pool


def alone() -> None:
    """Make this process a worker: what its work would spread over workers, it does itself."""
    _workers.set(Here())
