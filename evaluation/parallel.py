"""Work spread over the processor's cores, where there is enough of it to be worth processes."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")

WORTH = 8
"""So many tasks, of a second or so each, are worth starting processes for."""


def on_all_cores(work: Callable[[Asked], Found], tasks: Sequence[Asked]) -> Iterator[Found]:
    """Yield what `work` makes of each task, in their order.

    With more than `WORTH` tasks they are done by a process for each core, which imports `work`
    anew and so shares nothing; else here. What `work` raises is raised. A script that gets here
    must begin its own work under `if __name__ == "__main__"`, as each process imports it too.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if len(tasks) <= WORTH or not cores or cores == 1:
        yield from map(work, tasks)
        return
    # Not forked: a thread of a library that holds a lock now would hold it there for ever.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(cores, len(tasks)), mp_context=context) as pool:
        yield from pool.map(work, tasks)
