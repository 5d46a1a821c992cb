"""Every error as a problem document (RFC 9457)."""

import errno
import json
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal, NotRequired

from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from typing_extensions import TypedDict

from service.api.request_path import route_path
from service.core.limits import Busy, Refused

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1

MOST_FAULTS = 20
"""How many are listed; for the rest the number has to do."""

_LONGEST_WORDS = 200
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

_WORDS = {
    "extra_forbidden": "is not a key that is known here",
    "missing": "is missing",
    "string_unicode": "has a lone surrogate",
    "model_type": "should be a JSON object",
    "dict_type": "should be a JSON object",
}
_TOO_MANY_OR_FEW = {
    "too_short": "has {actual_length} entries; at least {min_length} are needed",
    "too_long": "has more than {max_length} entries, which is the limit",
    "string_too_short": "is empty",
    "string_too_long": "has more than {max_length} characters, which is the limit",
}


class Fault(TypedDict):
    """One thing that is wrong in a body."""

    pointer: Annotated[str, Field(description="JSON pointer (RFC 6901) to it")]
    detail: str


class Document(TypedDict):
    """What went wrong (RFC 9457)."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    instance: Annotated[str, Field(description="This occurrence, by the id it has in the log")]
    errors: NotRequired[list[Fault]]
    line: NotRequired[Annotated[int, Field(description="In NDJSON: the line at fault, from 1")]]


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """An error that the client is told about as it is."""

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = list(faults)
        self.headers = dict(headers or {})

    def document(self, request_id: str) -> Document:
        """Return what is sent for it."""
        document = Document(
            type="about:blank",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            instance=f"urn:uuid:{request_id}",
        )
        if self.faults:
            document["errors"] = self.faults
        return document


def invalid(faults: Sequence[Fault]) -> Problem:
    """Return the problem of a body with `faults`, of which there is at least one."""
    detail = f"{faults[0]['pointer'] or 'the body'}: {faults[0]['detail']}"
    if len(faults) > 1:
        detail += f"; and {len(faults) - 1} more"
    return Problem(422, detail, faults[:MOST_FAULTS])


def fault(path: Iterable[str | int], detail: str) -> Fault:
    """Return the fault at `path`, both cut to a length that can be read."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return Fault(pointer=_cut("".join(f"/{step}" for step in steps)), detail=_cut(detail))


def faults_of(error: ValidationError, path: Sequence[str | int] = ()) -> list[Fault]:
    """Return what `error` found wrong with the part of a body that `path` leads to."""
    details = error.errors(include_url=False, include_input=False)
    return [
        fault([*path, *(step for step in detail["loc"] if step != "[key]")], _in_words(detail))
        for detail in details
    ]


def _in_words(detail: ErrorDetails) -> str:
    if counted := _TOO_MANY_OR_FEW.get(detail["type"]):
        return counted.format(**detail.get("ctx", {}))
    return _WORDS.get(detail["type"], detail["msg"])


def later(detail: str) -> Problem:
    """Return the problem of a request that may be granted a moment later."""
    return Problem(503, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


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


def dump(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON; all of it ASCII, for a problem may quote what is not Unicode."""
    return json.dumps(document).encode("ascii")


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"
