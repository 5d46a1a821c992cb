"""Moves errors that operations share to the components of the OpenAPI document, each once."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from service.api.problem_responses import is_openai
from service.core.problem_types import PROBLEM_TYPES, Code
from service.core.problems import MEDIA_TYPE, Problem
from service.openai import errors

_UNUSED = ("HTTPValidationError", "ValidationError")
"""Schemas that FastAPI adds for requests that do not fit; this service answers with problems."""

_INSTANCE = "78898fe3-bd8a-41d2-b484-adf8e1a452d3"


def with_shared_errors(document: dict[str, Any]) -> dict[str, Any]:
    """Refer from each operation to its errors in `components.responses`.

    A component is named after the form of the error and its status: `Problem`, `OpenAIError` or
    `LanguageToolError`. It has an example, and lists the codes of problems that have this status.
    """
    shared: dict[str, Any] = {}
    for path, operation in operations(document):
        responses = operation["responses"]
        if "HTTPValidationError" in str(responses.get("422")):
            del responses["422"]
        for status, response in responses.items():
            if int(status) >= 400 and (form := _form(path, response)):
                shared.setdefault(f"{form}{status}", _component(form, int(status), response))
                responses[status] = {"$ref": f"#/components/responses/{form}{status}"}
    document["components"]["responses"] = dict(sorted(shared.items()))
    for name in _UNUSED:
        document["components"]["schemas"].pop(name, None)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path of each operation, and the operation."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def codes_of(status: int) -> list[Code]:
    """Return the codes of the problems that have this status."""
    return [code for code, known in PROBLEM_TYPES.items() if known.status == status]


def _form(path: str, response: dict[str, Any]) -> str | None:
    """Return the form of an error, `None` if the response is not an error in one of them."""
    content = response.get("content", {})
    if is_openai(path):
        return "OpenAIError" if "ErrorAnswer" in str(content) else None
    if MEDIA_TYPE not in content:
        return None
    return "LanguageToolError" if "text/plain" in content else "Problem"


def _component(form: str, status: int, response: dict[str, Any]) -> dict[str, Any]:
    """Return the response that all operations with this form of error share."""
    codes = codes_of(status) or codes_of(422)  # in OpenAI's form, 400 is the status of those too
    problem = Problem(codes[0], PROBLEM_TYPES[codes[0]].example)
    content = {media: dict(shown) for media, shown in response["content"].items()}
    if form == "OpenAIError":
        content["application/json"]["example"] = errors.error_object(problem)
    else:
        content[MEDIA_TYPE]["example"] = problem.document(_INSTANCE)
    listed = ", ".join(f"`{code}`" for code in codes)
    described = f"{HTTPStatus(status).phrase}. Codes of this status: {listed}."
    return {**response, "description": described, "content": content}
