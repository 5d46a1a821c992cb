"""Work on the database that a caller waits for, and that ends when the caller gives up."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import TimeoutError as PoolTimeout

Result = TypeVar("Result")


class Call(Generic[Result]):
    """Work in one thread that a caller in another waits for.

    The connections of the database ask for the current call: they begin no statement after the
    caller has given up, and end the running one. The transaction is rolled back by that error.
    """

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work: Callable[[], Result] | None = work
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._given_up = False

    def given_up(self) -> bool:
        """Return whether the caller has given up."""
        return self._given_up

    def run(self) -> Result:
        """Do the work in this thread, and return its result.

        Raises:
            PoolTimeout: the caller has given up, and the work was not begun or was cut off.
        """
        work = self._work
        if work is None:
            raise _abandoned()
        token = _CURRENT.set(self)
        try:
            return work()
        finally:
            _CURRENT.reset(token)
            self.detach()  # also from a connection that could not be opened
            self._work = None  # SQLite's connection keeps the call until the next one uses it

    def give_up(self) -> None:
        """End the work; without effect on work that has ended. It never blocks."""
        with self._lock:
            self._given_up, self._work = True, None  # work that waits keeps no parameters alive
            self._shut()

    def attach(self, descriptor: int) -> None:
        """Shut the socket with this descriptor when the caller gives up, until `detach`.

        A thread that waits for an answer on the socket then gets an error at once, whether or not
        the server still answers.
        """
        self.detach()
        with self._lock:
            # A copy: the driver may close its own, and another socket may then get that number.
            self._socket = socket.socket(fileno=os.dup(descriptor))
            if self._given_up:
                self._shut()

    def detach(self) -> None:
        """Leave the socket alone from now on."""
        with self._lock:
            if self._socket:
                self._socket.close()
            self._socket = None

    def _shut(self) -> None:
        if self._socket:
            with suppress(OSError):  # the connection has been lost already
                self._socket.shutdown(socket.SHUT_RDWR)


_CURRENT: ContextVar[Call[Any] | None] = ContextVar("call", default=None)


def current() -> Call[Any] | None:
    """Return the call that this thread works for; `None` where work is never cut off."""
    return _CURRENT.get()


def check() -> None:
    """Go on only if the caller still waits for the work of this thread.

    Raises:
        PoolTimeout: the caller has given up.
    """
    call = current()
    if call and call.given_up():
        raise _abandoned()


def _abandoned() -> PoolTimeout:
    return PoolTimeout("the caller has given up")
