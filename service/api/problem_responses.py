"""Exceptions as responses: which problem each is, and how it is sent and counted."""

import errno
from collections.abc import MutableMapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from service.api.request_path import route_path
from service.core.limits import Busy, Refused
from service.core.problems import MEDIA_TYPE, Problem, dump, fault, invalid, later

_REASONS: dict[type, str] = {Busy: "queue", TimeoutError: "deadline"}
_STATUSES = {
    401: "key",
    403: "scope",
    408: "slow",
    413: "large",
    422: "invalid",
    429: "rate",
    500: "error",
    503: "unavailable",
}
"""Why a request was refused, as metrics count it."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def as_problem(error: Exception) -> Problem:
    """Return what the client is told about `error`; nothing about one that was not foreseen."""
    match error:
        case Problem():
            return error
        case Refused():
            return invalid([fault(error.path, error.detail)])
        case RequestValidationError():
            return invalid([fault(one["loc"], one["msg"]) for one in error.errors()])
        case Busy():
            return later("as many requests as can be worked on are under way")
        case TimeoutError():
            return later("not done by the deadline")
        case DBAPIError() | PoolTimeout():
            return later("the database cannot be used at the moment")
        case OSError() if error.errno in _FULL:
            return later("the disk is full")
        case HTTPException():
            return Problem(error.status_code, error.detail, headers=error.headers)
    return Problem(500, "an error that was not foreseen; the log has it under this instance")


def problem_response(request: Request, error: Exception) -> Response:
    """Answer `request` with the problem that `error` is."""
    problem = as_problem(error)
    if "refused" not in request.scope:
        count_refusal(request.scope, error, problem)
    if _speaks_languagetool(request):
        return PlainTextResponse(f"Error: {problem.detail}", problem.status, problem.headers)
    content = dump(problem.document(request.scope["request_id"]))
    return Response(content, problem.status, problem.headers, MEDIA_TYPE)


def count_refusal(scope: MutableMapping[str, Any], error: Exception, problem: Problem) -> None:
    """Have telemetry hear why a request, or a line of one, was refused: by reason, how often.

    `problem` is what the client is told of `error`.
    """
    reason = _REASONS.get(type(error)) or _STATUSES.get(problem.status)
    if reason:
        counts = scope.setdefault("refused", {})
        counts[reason] = counts.get(reason, 0) + 1


def _speaks_languagetool(request: Request) -> bool:
    """Whether errors are plain text: clients of LanguageTool show a body that is not JSON."""
    if not route_path(request.scope).startswith("/v2/"):
        return False
    return "json" not in request.headers.get("accept", "").lower()
