"""The loop of a worker process: it calls the functions that it is sent, within its memory."""

import ctypes
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from service.core.garbage import shorten_collections
from service.core.messages import Unsendable, pickled, unpickled

_KEPT = 1 << 25
"""Bytes of memory that work may leave behind before free memory is given back."""

_MOST = 1 << 31
"""Bytes of data that a process may have; work that needs more fails."""

Outcome = tuple[bool, Any]
"""Whether a function has a result, and that or its error."""


def serve(connection: Connection) -> None:
    """Call the functions that come over a connection until it is closed.

    Each is answered with its outcome, and the bytes of memory that this process uses then.
    """
    shorten_collections()
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST, _MOST))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends this process itself
    kept = used()
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            return
        connection.send_bytes(_answer(message))
        del message
        if used() > kept + _KEPT:
            _give_back_memory()
            kept = used()


def called(function: Callable[[], Any]) -> Outcome:
    """Return the outcome of `function`."""
    try:
        return True, function()
    except Exception as error:
        return False, error


def used() -> int:
    """Return the bytes of memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def _answer(message: bytes) -> memoryview:
    is_result, value = called(lambda: unpickled(message)())
    try:
        return pickled((is_result, value, used()))
    except Unsendable as error:
        return pickled((False, error, used()))


def _give_back_memory() -> None:
    """Give memory that is free back to the system, where the C library can (glibc)."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
