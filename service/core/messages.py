"""Functions, results and errors as messages between the processes of one service."""

from multiprocessing.reduction import ForkingPickler
from pickle import PicklingError
from typing import Any


class Unsendable(Exception):  # noqa: N818 - a property of a message
    """A value, or something that it needs, cannot be pickled, or is too large to be sent."""


def pickled(value: object) -> memoryview:
    """Return `value` as a message.

    Raises:
        Unsendable: it cannot be pickled.
    """
    try:
        return ForkingPickler.dumps(value)
    except (PicklingError, AttributeError, TypeError) as error:
        raise Unsendable(str(error)) from error


def unpickled(message: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    """Return the value that another process of this service has sent.

    Raises:
        Unsendable: it cannot be made again, as an error whose class takes other arguments.
    """
    try:
        return ForkingPickler.loads(message)
    except Exception as error:  # whichever its class raises
        raise Unsendable(str(error)) from error
