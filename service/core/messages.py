"""Functions, and their results and errors, as messages between the processes of one service."""

import pickle
from typing import Any


class Unsendable(Exception):  # noqa: N818 - a property of a message
    """A value, or something that it needs, cannot be pickled, or is too large to be sent."""


def pickled(value: object) -> bytes:
    """Return `value` as a message, which any number of processes can read.

    Raises:
        Unsendable: it cannot be pickled.
    """
    try:
        # Not by `ForkingPickler`, which sends a tensor as a handle that only one process can use.
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as error:  # whichever its class raises
        raise Unsendable(str(error)) from error


def unpickled(message: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    """Return the value that another process of this service has sent.

    Raises:
        Unsendable: it cannot be made again, as an error whose class takes other arguments.
    """
    try:
        return pickle.loads(message)  # noqa: S301 - from a process of this service
    except MemoryError:
        raise
    except Exception as error:  # whichever its class raises
        raise Unsendable(str(error)) from error


def outcome(function: bytes) -> bytes:
    """Return the outcome of the function in a message: its result or its error, as a message."""
    try:
        return pickled((True, unpickled(function)()))
    except Exception as error:
        return _failure(error)


def _failure(error: Exception) -> bytes:
    try:
        return pickled((False, error))
    except Unsendable as unsendable:
        return pickled((False, unsendable))


def result_in(outcome: bytes) -> Any:  # noqa: ANN401 - a result
    """Return the result in an outcome, or raise its error.

    Raises:
        Unsendable: the function, its result or its error cannot be pickled.
    """
    is_result, value = unpickled(outcome)
    if is_result:
        return value
    raise value
