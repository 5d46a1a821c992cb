"""Errors in OpenAI's form, which its clients turn into exceptions."""

import json
import re
from typing import Any

from service.core.problems import Problem

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
"""By status; other errors of a client are `invalid_request_error`, of a service `server_error`."""

_CODES: dict[str, str] = {
    "key-missing": "invalid_api_key",
    "key-invalid": "invalid_api_key",
    "unknown-model": "model_not_found",
    "rate-limited": "rate_limit_exceeded",
}
"""Codes that clients know; the others are those of /problems."""

_POSITION = re.compile(r"\.(\d+)(?=\.|$)")
_UNREADABLE = 422


def status_of(problem: Problem) -> int:
    """Return the status: OpenAI answers a request with faults with 400."""
    return 400 if problem.status == _UNREADABLE else problem.status


def error_object(problem: Problem) -> dict[str, Any]:
    """Return the body of an answer with this problem."""
    status = status_of(problem)
    usual = "server_error" if status >= 500 else "invalid_request_error"
    return {
        "error": {
            "message": problem.detail,
            "type": _TYPES.get(status, usual),
            "param": _parameter(problem),
            "code": _CODES.get(problem.code, problem.code),
        }
    }


def dump(problem: Problem) -> bytes:
    """Return the body as JSON in ASCII, because a detail may quote a lone surrogate."""
    return json.dumps(error_object(problem)).encode("ascii")


def _parameter(problem: Problem) -> str | None:
    """Return the first parameter at fault, as in `messages[0].content`."""
    if not problem.faults:
        return "model" if problem.code == "unknown-model" else None
    pointer = problem.faults[0]["pointer"].removeprefix("/").replace("/", ".")
    return _POSITION.sub(r"[\1]", pointer) or None
