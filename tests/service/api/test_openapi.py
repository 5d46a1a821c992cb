"""The schemas that routes refer to."""

import pytest
from pydantic import BaseModel

from service.api import openapi


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
