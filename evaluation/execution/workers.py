"""Spread tasks over workers: in this process alone, over local processes, or over a cluster.

Results do not depend on the workers: tasks are pure and cut the same way for all, results come in
the order of the tasks, and an exception is raised once the results before it have come.

Library calls work in this process alone, unless `using_workers` says otherwise: a new process
imports the script that is running, which is the caller's to allow.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from itertools import chain, islice
from typing import Any, Protocol, TypeVar

from evaluation.execution.cores import cores

Task = TypeVar("Task")
Result = TypeVar("Result")

MANY_TASKS = 8
"""Processes are started for more tasks than this; each task takes about a second."""

TASKS_AHEAD = 4
"""Maximum tasks in flight per worker; bounds memory."""

BLOCK = 512
"""Texts scored as one task: about a second of work, at milliseconds a text."""


class Workers(Protocol):
    """Does tasks, somewhere."""

    def map(
        self, make: Callable[[], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """Yield the result of each of `tasks`, in their order.

        Each worker calls `make` once, which loads what the work needs, and calls what that
        returns with each of its tasks. At most `TASKS_AHEAD` tasks a worker are taken in advance.
        """


class SameProcess:
    """This process alone, one task after the other."""

    def map(
        self, make: Callable[[], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """See `Workers`."""
        yield from map(make(), tasks)


class LocalProcesses:
    """A process for each core, where there are more than `MANY_TASKS` tasks; else this process.

    Each process imports the work anew and shares nothing. A script that uses this must begin its
    own work under `if __name__ == "__main__"`, because each process imports the script too.
    """

    def map(
        self, make: Callable[[], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """See `Workers`."""
        waiting = iter(tasks)
        first = list(islice(waiting, MANY_TASKS + 1))
        processes = cores()
        if len(first) <= MANY_TASKS or processes == 1:
            return SameProcess().map(make, chain(first, waiting))
        return _pooled(make, chain(first, waiting), processes)


_workers: ContextVar[Workers] = ContextVar("workers")


@contextmanager
def using_workers(workers: Workers) -> Iterator[None]:
    """Have `workers` do all tasks that are spread within the block."""
    token = _workers.set(workers)
    try:
        yield
    finally:
        _workers.reset(token)


def current_workers() -> Workers:
    """Return the workers in use: those of `using_workers`, or else this process alone."""
    return _workers.get(SameProcess())


def map_tasks(work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    """Yield `work(task)` for each task, in their order, by the `current_workers`."""
    return current_workers().map(partial(_return, work), tasks)


def _return(work: Callable[[Task], Result]) -> Callable[[Task], Result]:
    return work


def _pooled(
    make: Callable[[], Callable[[Task], Result]], tasks: Iterable[Task], processes: int
) -> Iterator[Result]:
    # Not forked: a lock that a library's thread holds now would stay locked in the child.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=_set_up, initargs=(make,))
    running: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            running.append(pool.submit(_do, task))
            if len(running) == TASKS_AHEAD * processes:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


_making: list[Callable[[], Callable[[Any], Any]]] = []
"""In a worker process: the function that makes its work."""


def _set_up(make: Callable[[], Callable[[Any], Any]]) -> None:
    _making.append(make)


@cache
def _made() -> Callable[[Any], Any]:
    work_alone()
    return _making[0]()


def _do(task: Any) -> Any:  # noqa: ANN401
    return _made()(task)  # An error in `_set_up` would only break the pool.


def work_alone() -> None:
    """Make this process a worker, which does tasks itself instead of spreading them."""
    _workers.set(SameProcess())
