"""Adds to the OpenAPI document what readers need: summaries, examples and groups."""

from typing import Any

from fastapi.routing import APIRoute

from service.api.openapi_errors import operations

PARAMETERS: dict[str, object] = {
    "alias": "champion",
    "code": "queue-full",
    "id": "0197f2a4c1d07b3e8f5a6b7c8d9e0f1a",
    "job": "0197f2a4c1d07b3e8f5a6b7c8d9e0f1a",
    "language": "en-US",
    "model": "consort",
    "name": "mine",
    "text": "I has a apple.",
    "version": "1",
}
"""An example of each parameter that requests must have, and of `text`, by its name."""


def operation_id(route: APIRoute) -> str:
    """Return the id of an operation: the name of the function that handles it."""
    return route.name


def with_operations(document: dict[str, Any]) -> dict[str, Any]:
    """Add summaries in the words of the ids, and examples of parameters; drop unused groups."""
    used: set[str] = set()
    for _, operation in operations(document):
        operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
        used |= set(operation.get("tags", ()))
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in PARAMETERS:
                parameter.setdefault("example", PARAMETERS[parameter["name"]])
    document["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    return document
