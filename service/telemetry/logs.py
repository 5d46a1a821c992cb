"""The log: a line of JSON for each request and event, without texts of users and without keys.

Messages of exceptions may quote a text. An unexpected error is therefore logged by its type and its
stack, without its message.
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
    """Looks up `sys.stderr` at each write, because tests and supervisors replace it.

    If a write fails, for example on a full disk, the line is lost but the request goes on.
    """

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


class RequestLog:
    """Writes a line of JSON for each answered request."""

    def __init__(self) -> None:
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(_StandardError()),  # type: ignore[arg-type]
            processors=_LAST,
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        ).bind()

    def exchanged(self, exchange: Exchange) -> None:
        """Log a request."""
        spent = exchange.spent
        cost = {} if spent is None else {"tokens": spent.tokens, "cost": spent.cost}
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
            **cost,
        )


def logging_config() -> dict[str, Any]:
    """Return the configuration with which the standard library's loggers write the same format."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_message,
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


def without_message(
    _: object, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace an exception by its type and its stack, leaving out the message."""
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
