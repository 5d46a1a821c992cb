"""The page that shows the OpenAPI document: types in words, and nothing let through as HTML."""

from typing import Any

import pytest

from service.api.docs import _type, render


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"$ref": "#/components/schemas/Part"}, '<a href="#Part">Part</a>'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": ["a", 1]}, "<code>&quot;a&quot;</code> or <code>1</code>"),
        ({"const": "ok"}, "<code>&quot;ok&quot;</code>"),
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "object of number"),
        ({}, "anything"),
    ],
)
def test_types_in_words(schema: dict[str, Any], words: str) -> None:
    assert _type(schema) == words


def test_nothing_is_let_through_as_html() -> None:
    bad = "<script>&"
    schema = {"description": bad, "properties": {bad: {"type": bad, "description": bad}}}
    operation = {
        "description": bad,
        "requestBody": {"content": {bad: {"schema": {"type": bad}, "example": bad}}},
        "responses": {bad: {"description": bad}},
    }
    page = render(
        {
            "info": {"title": bad, "version": bad, "summary": bad},
            "paths": {bad: {"post": operation}},
            "components": {"schemas": {bad: schema}},
        }
    )
    assert "<script" not in page
    assert "&lt;script&gt;&amp;" in page
