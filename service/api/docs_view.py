"""The OpenAPI document as its page shows it: each error once, and objects by their fields alone."""

from http import HTTPStatus
from typing import Any

from service.api.openapi_errors import codes_of, operations
from service.core.problem_types import PROBLEM_TYPES

_ERRORS = """
# Errors

Errors are problem documents ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with a stable
code, the last part of their `type`; [problems](problems) explains all. OpenAI's operations answer
with OpenAI's error object, in which faults of a request have status 400, and LanguageTool's with
text. Requests refused with 429 and 503 may be sent again after `Retry-After` seconds.
"""


def view(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document in which operations link to errors instead of repeating them.

    The errors are a section of the description, with a heading for each status. Which fields of an
    object go together is left out: a viewer repeats all fields for each way, and bodies that break
    the rule are refused with an error that names it.
    """
    shared = {
        f"#/components/responses/{name}" for name in document["components"].get("responses", ())
    }
    shown = {**document, "paths": {}}
    for path, methods in document["paths"].items():
        shown["paths"][path] = {m: _operation(o, shared) for m, o in methods.items()}
    schemas = {name: _fields(s) for name, s in document["components"]["schemas"].items()}
    shown["components"] = {**document["components"], "schemas": schemas}
    statuses = {int(status) for _, o in operations(document) for status in _errors(o, shared)}
    sections = "".join(_section(status) for status in sorted(statuses))
    info = document["info"]
    shown["info"] = {**info, "description": info.get("description", "") + _ERRORS + sections}
    return shown


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object without alternatives that only say which fields it has."""
    return {k: v for k, v in schema.items() if k != "anyOf" or "properties" not in schema}


def _errors(operation: dict[str, Any], shared: set[str]) -> list[str]:
    responses = operation["responses"].items()
    return [status for status, response in responses if response.get("$ref") in shared]


def _operation(operation: dict[str, Any], shared: set[str]) -> dict[str, Any]:
    """Return an operation without the responses that are shared, and with links to them."""
    errors = _errors(operation, shared)
    if not errors:
        return operation
    links = ", ".join(f"[{status}](#{anchor(int(status))})" for status in errors)
    rest = {s: response for s, response in operation["responses"].items() if s not in errors}
    description = f"{operation.get('description', '')}\n\nErrors: {links}."
    return {**operation, "description": description, "responses": rest}


def anchor(status: int) -> str:
    """Return the anchor of the section about the errors with this status."""
    return "description/" + _title(status).lower().replace(" ", "-")


def _title(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _section(status: int) -> str:
    links = (f'[{c}](problems/{c} "{PROBLEM_TYPES[c].meaning}")' for c in codes_of(status))
    return f"\n## {_title(status)}\n\n{', '.join(links)}\n"
