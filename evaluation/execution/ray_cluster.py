"""Work spread over a Ray cluster: an actor a core, and what a lost one had begun is done again.

Which actor does a task does not matter, so a node may go at any time, and come back.
"""

import os
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from itertools import islice
from logging import ERROR
from typing import Any

from evaluation.errors import InputError
from evaluation.execution.workers import TASKS_AHEAD, Result, Task, work_alone

ATTEMPTS = 4
"""How often a task is begun before the workers that are lost over it are its own fault."""

PATIENCE_S = 120.0
"""How long a cluster may have no worker at all."""

_QUEUED = 2  # tasks sent to an actor: while it answers one, it has the next
_OBJECTS = 256 << 20  # bytes of tasks and answers that a cluster of our own holds; few are needed


@contextmanager
def connected(address: str | None = None) -> Iterator["Cluster"]:
    """Yield the cluster at `address`, or that of RAY_ADDRESS, or one of this machine's cores.

    Raises:
        ImportError: Ray is not installed.
        ValueError: no cluster answers at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers
    try:
        import ray
    except ImportError as error:
        raise ImportError("--engine ray needs Ray: pip install 'consort[ray]'") from error
    where = address or os.environ.get("RAY_ADDRESS") or "local"
    own = {"include_dashboard": False, "object_store_memory": _OBJECTS} if where == "local" else {}
    try:
        ray.init(address=where, log_to_driver=False, logging_level=ERROR, **own)
    except (ConnectionError, RuntimeError) as error:
        message = f"no Ray cluster answers at {where}: {error}"
        raise InputError("invalid-option", message) from error
    try:
        with redirect_stdout(sys.stderr):  # where Ray's own news belongs
            yield Cluster(ray)
    finally:
        ray.shutdown()


class Cluster:
    """The `Workers` of a Ray cluster: one for each of its cores, as they are when work begins."""

    def __init__(self, ray: Any) -> None:  # noqa: ANN401
        self._ray = ray

    @property
    def cores(self) -> int:
        """How many cores the cluster has now."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 0)))

    def map(
        self, make: Callable[[], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """See `Workers`.

        Raises:
            RuntimeError: the cluster has no worker for long, or a task loses too many.
        """
        crew = _Crew(self._ray, make, self.cores)
        numbered = enumerate(tasks)
        answers: dict[int, _Answer] = {}
        following = 0
        try:
            given = crew.give(islice(numbered, TASKS_AHEAD * self.cores))
            while following < given:
                while following not in answers:
                    answers.update(crew.answers())
                yield answers.pop(following)()
                following += 1
                given += crew.give(islice(numbered, 1))
        finally:
            crew.dismiss()


_Answer = Callable[[], Any]
"""Returns the result of the task, or raises its exception."""


class _Worker:
    """The actor: it holds what its tasks are done with."""

    def __init__(self, make: Callable[[], Callable[[Any], Any]]) -> None:
        self._make = make
        self._work: Callable[[Any], Any] | None = None

    def ready(self) -> None:
        """Return once it runs."""

    def do(self, task: Any) -> Any:  # noqa: ANN401
        """Return the result; the first task on a worker loads the modules it needs."""
        work_alone()
        if self._work is None:
            self._work = self._make()
        return self._work(task)


class _Crew:
    """The actors of one piece of work, and who was given what."""

    def __init__(self, ray: Any, make: Callable[[], Callable[[Any], Any]], size: int) -> None:  # noqa: ANN401
        self._ray, self._make = ray, ray.put(make)
        self._kind = ray.remote(num_cpus=1, max_restarts=0)(_Worker)
        self._tasks: dict[int, Any] = {}
        self._queue: deque[int] = deque()
        self._begun: Counter[int] = Counter()
        self._present: dict[Any, int] = {}
        self._coming: set[Any] = set()
        self._sent: dict[Any, tuple[Any, int | None]] = {}
        self._most_lost, self._lost = ATTEMPTS * size, 0
        for _ in range(size):
            self._hire()

    def give(self, tasks: Iterable[tuple[int, Any]]) -> int:
        """Take tasks to be done, by their numbers, and return how many."""
        before = len(self._tasks)
        for number, task in tasks:
            self._tasks[number] = task
            self._queue.append(number)
        return len(self._tasks) - before

    def answers(self) -> dict[int, _Answer]:
        """Wait for an answer, and return those that have come; there may be none."""
        self._send()
        come, _ = self._ray.wait(list(self._sent), timeout=PATIENCE_S)
        if not come and not self._present:
            raise RuntimeError(f"the Ray cluster has had no worker for {PATIENCE_S:.0f} s")
        found: dict[int, _Answer] = {}
        for reference in come:
            worker, number = self._sent.pop(reference)
            answer = self._answer(reference, worker, number)
            if number is None:
                continue
            if answer is None:
                self._again(number)
            else:
                del self._tasks[number], self._begun[number]
                self._lost = 0
                found[number] = answer
        return found

    def dismiss(self) -> None:
        """End all actors."""
        for worker in [*self._present, *self._coming]:
            self._ray.kill(worker)

    def _hire(self) -> None:
        worker = self._kind.remote(self._make)
        self._coming.add(worker)
        self._sent[worker.ready.remote()] = worker, None

    def _send(self) -> None:
        """Give each actor what it has room for, the least busy first."""
        while self._queue and self._present:
            worker = min(self._present, key=lambda one: self._present[one])
            if self._present[worker] == _QUEUED:
                return
            number = self._queue.popleft()
            self._present[worker] += 1
            self._begun[number] += 1
            self._sent[worker.do.remote(self._tasks[number])] = worker, number

    def _answer(self, reference: Any, worker: Any, number: int | None) -> _Answer | None:  # noqa: ANN401
        """Return the answer, or `None` where it, or the worker, is lost."""
        problems = self._ray.exceptions
        try:
            found = self._ray.get(reference)
        except problems.RayActorError as error:
            self._replace(worker, error)
            return None
        except problems.ObjectLostError:  # found, but on a node that is gone
            return None
        except problems.RayTaskError as error:
            return partial(_raise, error.cause)
        finally:
            if number is not None and worker in self._present:
                self._present[worker] -= 1
        if number is None:
            self._coming.discard(worker)
            self._present[worker] = 0
        return partial(_same, found)

    def _replace(self, worker: Any, error: Exception) -> None:  # noqa: ANN401
        """Hire another for one that is lost, unless that is done: it may have had two tasks."""
        if worker in self._present or worker in self._coming:
            self._lost += 1
            if self._lost > self._most_lost:
                raise RuntimeError(f"no worker stays, and nothing gets done: {error}")
            self._present.pop(worker, None)
            self._coming.discard(worker)
            self._hire()

    def _again(self, number: int) -> None:
        if self._begun[number] >= ATTEMPTS:
            raise RuntimeError(f"task {number + 1} lost its worker {ATTEMPTS} times")
        self._queue.appendleft(number)


def _same(found: Any) -> Any:  # noqa: ANN401
    return found


def _raise(error: Exception) -> None:
    raise error
