"""Adds to the OpenAPI document which key each operation needs, and how it refuses others."""

from typing import Any

from service.api.access import OPEN, scope_for
from service.api.openapi import plain_text_responses, problem_responses, ref
from service.api.problem_responses import is_openai
from service.openai.openai_types import ErrorAnswer

_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key made by `consort key create` or `POST /v1/keys`",
    },
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, for clients that cannot send a bearer token",
    },
}

_KEY_STATUSES = (401, 403, 503)
"""Without a valid key, without the scope, and before keys could be read from the database."""

_RATE_STATUSES = (429,)


def with_access(document: dict[str, Any], keys: bool, rates: bool) -> dict[str, Any]:
    """Add to an OpenAPI document which key each operation needs, and how it refuses others.

    `keys` and `rates` say whether the service has them: where both are off, nothing is added.
    The roles in the security requirement of an operation are the scope that the key must have.
    """
    statuses = (_KEY_STATUSES if keys else ()) + (_RATE_STATUSES if rates else ())
    if keys:
        document["components"]["securitySchemes"] = _SCHEMES
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            scope = scope_for(method.upper(), path)
            if scope == OPEN:
                continue
            if keys:
                operation["security"] = [{scheme: [scope]} for scheme in _SCHEMES]
            added = {str(status): shown for status, shown in _refusals(path, *statuses).items()}
            operation["responses"] = dict(sorted((added | operation["responses"]).items()))
    return document


def _refusals(path: str, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return responses of these statuses in the form that clients of this path read."""
    if is_openai(path):
        content = {"application/json": {"schema": ref(ErrorAnswer)}}
        return {status: {"description": "An error", "content": content} for status in statuses}
    if path.startswith("/v2/"):
        return plain_text_responses(*statuses)
    return problem_responses(*statuses)
