"""The log: JSON, a line for each request and each event, with no text of users and no key.

Messages of exceptions may quote a text. So an error that was not foreseen is logged by its type
and the places it came through, and not by its words.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from service.telemetry.exchange import Exchange

_ROOT = Path(__file__).parents[2]


class _StandardError:
    """Standard error as it is when something is written: tests and supervisors replace it.

    Where it takes nothing, a full disk perhaps, a line is lost, and no request with it.
    """

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


class Journal:
    """Writes a line of JSON for each request that has been answered."""

    def __init__(self) -> None:
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(_StandardError()),  # type: ignore[arg-type]
            processors=_LAST,
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        ).bind()

    def exchanged(self, exchange: Exchange) -> None:
        """Write a request down."""
        self._log.info(
            "request",
            id=exchange.id,
            method=exchange.method,
            route=exchange.route or None,
            status=exchange.status,
            ms=round(exchange.seconds * 1000, 3),
            key=exchange.key_id,
            received=exchange.received,
            sent=exchange.sent,
        )


def logging_config() -> dict[str, Any]:
    """Return what has the standard library's loggers write such lines too."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_words,
            *_LAST,
        ],
    }
    handler = {"class": "logging.StreamHandler", "formatter": "json"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": handler},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {"alembic": {"level": "WARNING"}, "httpx": {"level": "WARNING"}},
    }


def without_words(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the type of an exception and where it was in the place of its message."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[1] is not None:
        event["error"] = info[0].__name__
        event["at"] = [_place(frame) for frame in traceback.extract_tb(info[2])]
    return event


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name
    return f"{shown}:{frame.lineno} {frame.name}"


_LAST: list[Any] = [
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.JSONRenderer(),
]
