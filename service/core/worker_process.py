"""A process that does work for this one, and can be ended in the middle of it."""

import ctypes
import multiprocessing
import resource
import signal
from collections.abc import Callable
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from multiprocessing.reduction import ForkingPickler
from pickle import PicklingError
from typing import Any

from service.core.garbage import shorten_collections

PRELOADED = (
    "ensemble.combiners.registry",
    "service.core.combining",
    "service.core.evaluate_metrics",
    "service.core.validate_metrics",
)
"""Modules that are imported once, before the first process starts; later ones start at once."""

_LARGEST_WORK = 1 << 26
"""Bytes of a function with its arguments: a combiner with a language model in it has more."""

_LARGEST = 1 << 29
"""Bytes of memory above which a process ends after its work, so that they are given back."""

_KEPT = 1 << 25
"""Bytes of memory that work may leave behind before what is free is given back."""

_MOST = 1 << 31
"""Bytes of data that a process may have; work that needs more fails."""


class Ended(Exception):  # noqa: N818 - the state of a process
    """The process ended before its work was done."""


class Unsendable(Exception):  # noqa: N818 - a property of the work
    """The work, or something that it needs, cannot be pickled, or is too large to be sent."""


class WorkerProcess:
    """A process that calls one function after the other, for one thread; `kill` is for others.

    It is started with the first function. Functions, their arguments and results are pickled, which
    is safe between processes of one service.
    """

    def __init__(self) -> None:
        self.calling = False
        """Whether a function is being called."""
        self._process: Any = None
        self._connection: Connection | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self._process is not None and bool(self._process.is_alive())

    def call(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - its result
        """Return the result of `work`, or raise its error; wait for it in this thread.

        Raises:
            Ended: the process was ended, or ended by itself, or had too little memory.
            Unsendable: `work` cannot be pickled.
        """
        message = _pickled(work)
        connection = self._started()
        try:
            connection.send_bytes(message)
            self.calling = True
            wait([connection, self._process.sentinel])
            is_result, value, bytes_used = connection.recv()
        except (EOFError, ConnectionError) as error:
            self.close()
            raise Ended from error
        finally:
            self.calling = False
        if bytes_used > _LARGEST:
            self.close()
        if is_result:
            return value
        if isinstance(value, MemoryError):
            raise Ended from value
        raise value

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

    def _started(self) -> Connection:
        if self._connection is None or not self.is_running:
            self.close()
            ours, theirs = _context().Pipe()
            process = _context().Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._process, self._connection = process, ours
        return self._connection


def prepare() -> None:
    """Begin to import what the processes need, in a process of its own, and return at once."""
    _context()
    forkserver.ensure_running()


def _pickled(work: Callable[[], Any]) -> bytes:
    try:
        message = bytes(ForkingPickler.dumps(work))
    except (PicklingError, AttributeError, TypeError) as error:
        raise Unsendable(str(error)) from error
    if len(message) > _LARGEST_WORK:
        raise Unsendable(f"{len(message):,} bytes; the limit is {_LARGEST_WORK:,}")
    return message


@cache
def _context() -> ForkServerContext:
    """Return how processes are started: forked from one without threads that has the modules."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def _serve(connection: Connection) -> None:
    """Call the functions that come over a connection until it is closed."""
    shorten_collections()
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST, _MOST))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends this process itself
    kept = _used()
    while True:
        try:
            work = connection.recv()
        except (EOFError, OSError):
            return
        connection.send((*_called(work), _used()))
        del work
        if _used() > kept + _KEPT:
            _give_back_memory()
            kept = _used()


def _called(work: Callable[[], Any]) -> tuple[bool, Any]:
    """Return whether `work` has a result, and the result or the error."""
    try:
        return True, work()
    except Exception as error:
        return False, error


def _used() -> int:
    """Return the bytes of memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def _give_back_memory() -> None:
    """Give memory that is free back to the system, where the C library can (glibc)."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
