"""The loop of a worker process: it calls the functions that it is sent, within its memory."""

import ctypes
import resource
import signal
from multiprocessing.connection import Connection

from service.core.garbage import shorten_collections
from service.core.messages import outcome, pickled, unpickled

_KEPT = 1 << 25
"""Bytes of memory that work may leave behind before free memory is given back."""

_MOST = 1 << 31
"""Bytes of data that a process may have; work that needs more fails."""


def serve(connection: Connection) -> None:
    """Call the functions that come over a connection, some at a time, until it is closed.

    They are answered with their outcomes, and the bytes of memory that this process uses then.
    """
    shorten_collections()
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST, _MOST))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends this process itself
    kept = used()
    while True:
        try:
            functions = unpickled(connection.recv_bytes())
        except (EOFError, OSError):
            return
        outcomes = [outcome(function) for function in functions]
        connection.send_bytes(pickled((outcomes, used())))
        del functions, outcomes
        if used() > kept + _KEPT:
            _give_back_memory()
            kept = used()


def used() -> int:
    """Return the bytes of memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def _give_back_memory() -> None:
    """Give memory that is free back to the system, where the C library can (glibc)."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
