"""Adds to the OpenAPI document what readers need: summaries, examples and groups."""

from typing import Any

from fastapi.routing import APIRoute

from service.api.answer_examples import ANSWERS
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
    """Add summaries in the words of the ids, and examples of parameters and of answers.

    Groups without operations are dropped.
    """
    used: set[str] = set()
    for _, operation in operations(document):
        operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
        used |= set(operation.get("tags", ()))
        if operation["operationId"] in ANSWERS:
            _success(operation)["example"] = ANSWERS[operation["operationId"]]
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in PARAMETERS:
                parameter.setdefault("example", PARAMETERS[parameter["name"]])
    document["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    return document


def _success(operation: dict[str, Any]) -> dict[str, Any]:
    """Return what an operation says about the JSON that it answers with if all is well."""
    statuses = [status for status in operation["responses"] if status.startswith("2")]
    content: dict[str, Any] = operation["responses"][min(statuses)]["content"]
    body: dict[str, Any] = content["application/json"]
    return body
