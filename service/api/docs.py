"""`GET /openapi.json`, and `GET /docs`: the same as a page, without third-party scripts."""

import json
from collections.abc import Callable
from html import escape
from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, JSONResponse, Response

from service.api.page_frame import DOCS, framed

_MAIN = """<h2>{title} {version}</h2>
<p>{summary} Errors are <a href="https://www.rfc-editor.org/rfc/rfc9457">problem documents</a>
with <a href="problems">stable codes</a>. This page shows
<a href="openapi.json">the OpenAPI document</a>.</p>
{operations}
<h2>Schemas</h2>
{schemas}"""


def routes(openapi: Callable[[], dict[str, Any]]) -> APIRouter:
    """Return the two routes; `openapi` returns the document to show."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def document() -> Response:
        """Return the OpenAPI document."""
        return JSONResponse(openapi())

    @router.get("/docs")
    async def page() -> Response:
        """Show the OpenAPI document."""
        return HTMLResponse(render(openapi()))

    return router


def render(document: dict[str, Any]) -> str:
    """Return an OpenAPI document as a page."""
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [_schema(name, schema) for name, schema in document["components"]["schemas"].items()]
    info = {key: escape(document["info"][key]) for key in ("title", "version", "summary")}
    main = _MAIN.format(operations="\n".join(operations), schemas="\n".join(schemas), **info)
    return framed(DOCS, main)


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    responses = (
        f"<tr><th>{escape(status)}</th><td>{escape(response['description'])}</td>"
        f"<td>{_types(response)}</td></tr>"
        for status, response in operation["responses"].items()
    )
    return (
        f"<section><h2>{method.upper()} {escape(path)}</h2>"
        f"<p>{escape(operation.get('description', ''))}</p>"
        f"{''.join(_body(*item) for item in content.items())}"
        f"<table><tbody>{''.join(responses)}</tbody></table></section>"
    )


def _body(media_type: str, content: dict[str, Any]) -> str:
    example = ""
    if "example" in content:
        example = f"<pre>{escape(json.dumps(content['example'], indent=2))}</pre>"
    return f"<p>Takes <code>{escape(media_type)}</code>: {_type(content['schema'])}</p>{example}"


def _types(response: dict[str, Any]) -> str:
    return ", ".join(_type(content["schema"]) for content in response.get("content", {}).values())


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = "".join(_row(schema, *item) for item in schema.get("properties", {}).items())
    return (
        f'<section id="{escape(name)}"><h3>{escape(name)}</h3>'
        f"<p>{escape(schema.get('description', ''))}</p>"
        f"<table><tbody>{rows}</tbody></table></section>"
    )


def _row(schema: dict[str, Any], key: str, value: dict[str, Any]) -> str:
    optional = "" if key in schema.get("required", ()) else ", optional"
    description = escape(value.get("description", ""))
    return (
        f"<tr><th><code>{escape(key)}</code></th><td>{_type(value)}{optional}</td>"
        f"<td>{description}</td></tr>"
    )


def _type(schema: dict[str, Any]) -> str:
    """Return the type of a value as HTML, with a link if it is a named schema."""
    match schema:
        case {"$ref": str(ref)}:
            name = escape(ref.rpartition("/")[2])
            return f'<a href="#{name}">{name}</a>'
        case {"anyOf": [*options]}:
            return " or ".join(map(_type, options))
        case {"enum": [*values]}:
            return " or ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
        case {"const": value}:
            return f"<code>{escape(json.dumps(value))}</code>"
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {_type(values)}"
        case {"type": str(name)}:
            return escape(name)
    return "anything"
