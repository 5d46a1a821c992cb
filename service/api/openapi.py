"""Parts of the OpenAPI document that FastAPI does not generate: bodies and problems."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

from service.core.problems import MEDIA_TYPE, Document

_REF = "#/components/schemas/{model}"


_DESCRIBED: dict[str, type] = {}
"""The types that routes refer to, by the name of their schema."""


def ref(described: type, name: str | None = None) -> dict[str, Any]:
    """Return a reference to the schema of a type, which the document then has too.

    `name` is that of the schema, by default that of the type.

    Raises:
        ValueError: another type has a schema of this name.
    """
    name = name or described.__name__
    known = _DESCRIBED.setdefault(name, described)
    if (known.__module__, known.__qualname__) != (described.__module__, described.__qualname__):
        modules = f"{known.__module__} and {described.__module__}"
        raise ValueError(f"two types have a schema called {name}, in {modules}")
    return {"$ref": _REF.format(model=name)}


def request_body(content: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return `openapi_extra` for a route, given the content of its body by media type."""
    return {"requestBody": {"required": True, "content": content}}


def json_body(described: type, example: object) -> dict[str, Any]:
    """Return `openapi_extra` for a route whose body is JSON of this type."""
    return request_body({"application/json": {"schema": ref(described), "example": example}})


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return `responses` for a route that answers with problems of these statuses."""
    content = {MEDIA_TYPE: {"schema": ref(Document, "Problem")}}
    return {s: {"description": HTTPStatus(s).phrase, "content": content} for s in statuses}


def plain_text_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return `responses` for a route of LanguageTool's API that answers with these errors."""
    plain = {"schema": {"type": "string"}, "example": "Error: Missing 'text' or 'data' parameter"}
    content = {"text/plain": plain, MEDIA_TYPE: {"schema": ref(Document, "Problem")}}
    description = "`Error: ` and a message; a problem document if the request accepts JSON"
    return {status: {"description": description, "content": content} for status in statuses}


def with_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Add the schemas of all types that routes refer to (`ref`) to an OpenAPI document."""
    schemas = document["components"]["schemas"]
    for name, described in _DESCRIBED.items():
        schema = TypeAdapter(described).json_schema(ref_template=_REF)
        schemas |= {**schema.pop("$defs", {}), name: schema}
    _close(schemas)
    return document


def _close(schema: object) -> None:
    """Forbid other keys in objects whose keys have a pattern."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            _close(part)
    elif isinstance(schema, list):
        for part in schema:
            _close(part)
