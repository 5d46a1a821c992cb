"""A process that does work for this one, and can be ended in the middle of it."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from socket import SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET, socket
from struct import pack
from typing import Any, cast

from service.core.messages import Unsendable, pickled, result_in, unpickled
from service.core.worker_loop import serve

PRELOADED = (
    "ensemble.combiners.registry",
    "service.core.combining",
    "service.core.evaluate_metrics",
    "service.core.validate_metrics",
)
"""Modules that are imported once, before the first process starts; later ones start at once."""

_MOST_STARTS = 3
"""Times that a start is tried: what forks the processes may have been ended, and is made anew."""

_LARGEST_WORK = 1 << 26
"""Bytes of a function with its arguments: a combiner with a language model in it has more."""

_LARGEST = 1 << 29
"""Bytes of memory above which a process is closed after its work, so that they are given back."""


class Ended(Exception):  # noqa: N818 - the state of a process
    """The process ended before its work was done."""


class WorkerProcess:
    """A process that calls one function after the other, for one thread; `kill` is for others.

    Functions, their arguments and results are pickled, which is safe between processes of one
    service.
    """

    def __init__(self) -> None:
        self.calling = False
        """Whether a function is being called."""
        self.is_too_large = False
        """Whether it has so much memory that it should be closed, which gives that back."""
        self._process: Any = None
        self._connection: Connection | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self._process is not None and bool(self._process.is_alive())

    def start(self) -> None:
        """Start the process, unless it runs.

        Raises:
            Ended: it cannot be started.
        """
        if self._connection is not None and self.is_running:
            return
        self.close()
        for tries_left in reversed(range(_MOST_STARTS)):
            try:
                self._process, self._connection = _started()
                return
            except (EOFError, OSError) as error:
                if not tries_left:
                    raise Ended from error

    def call(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - its result
        """Return the result of `work`, or raise its error; wait for it in this thread.

        Raises:
            Ended: the process was ended, or ended by itself, or had too little memory.
            Unsendable: `work`, its result or its error cannot be pickled, or `work` is too large.
        """
        message = pickled(work)
        if len(message) > _LARGEST_WORK:
            raise Unsendable(f"{len(message):,} bytes; the limit is {_LARGEST_WORK:,}")
        try:
            self.start()
            self.send([message])
            self.calling = True
            wait([self.fileno(), self._process.sentinel])
            (outcome,) = self.receive()
        except Ended:
            self.close()
            raise
        finally:
            self.calling = False
        if self.is_too_large:
            self.close()
        try:
            return result_in(outcome)
        except MemoryError as error:
            raise Ended from error

    def send(self, functions: Sequence[bytes]) -> None:
        """Send some functions, pickled, to the process, which has been started.

        Raises:
            Ended: the process has ended, or has no room (`limit_waiting`).
        """
        try:
            cast(Connection, self._connection).send_bytes(pickled(functions))
        except OSError as error:
            raise Ended from error

    def receive(self) -> Sequence[bytes]:
        """Return the outcomes of the functions that were sent first; wait for them in this thread.

        Raises:
            Ended: the process has ended, or does not send the rest of an answer (`limit_waiting`).
        """
        try:
            answer = cast(Connection, self._connection).recv_bytes()
        except (EOFError, OSError) as error:
            raise Ended from error
        outcomes, bytes_used = unpickled(answer)
        self.is_too_large = bytes_used > _LARGEST
        return cast(Sequence[bytes], outcomes)

    def limit_waiting(self, seconds: float) -> None:
        """Let `receive` wait at most this long for the rest of an answer, and `send` for room."""
        os.set_blocking(self.fileno(), True)  # as event loops change that
        with socket(fileno=os.dup(self.fileno())) as connection:
            limit = pack("ll", int(seconds), round(seconds % 1 * 1e6))
            for option in (SO_RCVTIMEO, SO_SNDTIMEO):
                connection.setsockopt(SOL_SOCKET, option, limit)

    def fileno(self) -> int:
        """Return the descriptor that can be read when a result has come."""
        return cast(Connection, self._connection).fileno()

    def kill(self) -> None:
        """End the process at once; the thread that waits for it is told, and starts a new one."""
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """End the process and give back its parts; no function may be called meanwhile."""
        self.kill()
        if self._process is not None:
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None
        self.is_too_large = False


def prepare() -> None:
    """Begin to import what the processes need, in a process of its own, and return at once."""
    _context()
    forkserver.ensure_running()


def _started() -> tuple[Any, Connection]:
    """Return a process that serves a connection, once it has been forked, and the other end."""
    ours, theirs = _context().Pipe()
    with theirs:
        process = _context().Process(target=serve, args=(theirs,), daemon=True)
        process.start()
    return process, ours


@cache
def _context() -> ForkServerContext:
    """Return how processes are started: forked from one without threads that has the modules."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context
