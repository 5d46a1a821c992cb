"""docs/adding/resource.md, carried out as written: one file, and one row of the access table."""

import ast
import re
from pathlib import Path

import pytest

from service.api import access, openapi, resources
from service.api.app import create_app
from service.core.settings import Settings
from tests.contract.conftest import ROSTER
from tests.local_client import LocalClient

PAGE = Path(__file__).parents[3] / "docs" / "adding" / "resource.md"


def block(kind: str) -> str:
    """The code of the page behind `<!-- test: kind -->`."""
    text = PAGE.read_text(encoding="utf-8")
    (code,) = re.findall(rf"<!-- test: {kind}[\w ]*-->\n```\w+\n(.*?)```", text, re.DOTALL)
    return code


def test_a_resource_is_one_file_and_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "edits.py").write_text(block("module"), encoding="utf-8")
    monkeypatch.setattr(resources, "__path__", [*resources.__path__, str(tmp_path)])
    (rule,) = ast.literal_eval(f"[{block('rule')}]")
    monkeypatch.setattr(access, "RULES", (*access.RULES, rule))
    monkeypatch.setattr(openapi, "_DESCRIBED", dict(openapi._DESCRIBED))
    roster = tmp_path / "roster.yaml"
    roster.write_text(ROSTER, encoding="utf-8")
    app = create_app(Settings(roster=roster, state=tmp_path / "state"))
    access.scope_for.cache_clear()
    assert access.scope_for("POST", "/v1/edits") == "combine"
    with LocalClient(app) as client:
        exec(compile(block("check"), PAGE.name, "exec"), {"client": client})
        document = client.get("/openapi.json").json()
    assert "EditsRequest" in document["components"]["schemas"]
    assert document["paths"]["/v1/edits"]["post"]["requestBody"]["content"]["application/json"]
