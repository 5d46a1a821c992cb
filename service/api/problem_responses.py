"""Turns exceptions into problem documents, and counts them for telemetry."""

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
from service.core.admission import Busy
from service.core.limits import Refused
from service.core.problem_types import Code
from service.core.problems import MEDIA_TYPE, Problem, code_of, dump, fault, invalid, later
from service.openai import errors

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
"""The reason for a refusal, as counted by metrics."""

_OPENAI = ("/v1/chat/", "/v1/models")
_JSON = "application/json"

_HTTP_CODES: dict[int, Code] = {404: "not-found", 405: "method-not-allowed"}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def as_problem(error: Exception) -> Problem:
    """Return the problem for an error; that of an unexpected error has no details."""
    match error:
        case Problem():
            return error
        case Refused():
            return invalid([fault(error.code, error.path, error.detail)])
        case RequestValidationError():
            return invalid([fault(code_of(e["type"]), e["loc"], e["msg"]) for e in error.errors()])
        case Busy():
            return later("queue-full", str(error))
        case TimeoutError():
            return later("deadline-exceeded", "not done by the deadline")
        case DBAPIError() | PoolTimeout():
            return later("database-unavailable", "the database is unavailable at the moment")
        case OSError() if error.errno in _FULL:
            return later("disk-full", "the disk is full")
        case HTTPException():
            code = _HTTP_CODES.get(error.status_code, "internal-error")
            return Problem(code, error.detail, headers=error.headers)
    return Problem("internal-error", "unexpected error; see the log under this instance")


def problem_response(request: Request, error: Exception) -> Response:
    """Return the response to `request` after `error`."""
    problem = as_problem(error)
    if "refused" not in request.scope:
        count_refusal(request.scope, error, problem)
    if is_openai(route_path(request.scope)):
        content = errors.dump(problem)
        return Response(content, errors.status_of(problem), problem.headers, _JSON)
    if _wants_plain_text(request):
        return PlainTextResponse(f"Error: {problem.detail}", problem.status, problem.headers)
    content = dump(problem.document(request.scope["request_id"]))
    return Response(content, problem.status, problem.headers, MEDIA_TYPE)


def count_refusal(scope: MutableMapping[str, Any], error: Exception, problem: Problem) -> None:
    """Count in `scope` that a request, or a line of one, was refused, by reason.

    `problem` is the one sent for `error`.
    """
    reason = _REASONS.get(type(error)) or _STATUSES.get(problem.status)
    if reason:
        counts = scope.setdefault("refused", {})
        counts[reason] = counts.get(reason, 0) + 1


def is_openai(path: str) -> bool:
    """Return whether a route answers in OpenAI's form, which its clients read errors in."""
    return path.startswith(_OPENAI)


def _wants_plain_text(request: Request) -> bool:
    """Whether errors are plain text: clients of LanguageTool show a body that is not JSON."""
    if not route_path(request.scope).startswith("/v2/"):
        return False
    return "json" not in request.headers.get("accept", "").lower()
