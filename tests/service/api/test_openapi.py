"""The schemas that routes refer to."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from service.api import openapi
from service.api.app import create_app
from service.core.settings import Settings


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The OpenAPI document of the service."""
    folder: Path = tmp_path_factory.mktemp("service")
    roster = folder / "roster.yaml"
    roster.write_text('version: 1\nsystems: [{name: upper, callable: "builtins:str.upper"}]\n')
    app = create_app(Settings(roster=roster, state=folder / "state"))
    return openapi.with_schemas(app.openapi())


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_an_example_fits_its_schema(document: dict[str, Any]) -> None:
    tried = 0
    for name, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            described = openapi._DESCRIBED.get(media["schema"].get("$ref", "").rpartition("/")[2])
            if described and "example" in media:
                tried += 1
                try:
                    TypeAdapter(described).validate_json(json.dumps(media["example"]))
                except ValidationError as error:
                    pytest.fail(f"the example of {name}: {error}")
    assert tried > 5


def test_a_tag_is_one_of_those_described(document: dict[str, Any]) -> None:
    described = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert operation.get("tags"), f"{name} has no tag"
        assert set(operation["tags"]) <= described, f"{name}: describe its tag in openapi_words.py"


def test_two_types_cannot_share_a_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "_DESCRIBED", {})

    class Request(BaseModel):
        source: str

    def other() -> type[BaseModel]:
        class Request(BaseModel):
            text: str

        return Request

    assert openapi.ref(Request) == openapi.ref(Request) == {"$ref": "#/components/schemas/Request"}
    with pytest.raises(ValueError, match="two types have a schema called Request"):
        openapi.ref(other())
