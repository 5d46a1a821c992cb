"""A service of Consort as the LanguageTool server that is a system of another."""

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.api.app import create_app
from service.core.settings import Settings
from tests.contract.conftest import running

INNER = """
version: 1
systems:
  - {name: one, callable: "tests.contract.correctors:everything"}
  - {name: other, callable: "tests.contract.correctors:everything"}
"""
OUTER = """
version: 1
systems:
  - {{name: languagetool, languagetool: "{url}", allow_private: true}}
  - {{name: everything, callable: "tests.contract.correctors:everything"}}
"""
WORDS = ["I has", "a", "apple", "teh", "recieve", "\N{RED APPLE}", "to to", "but", "x", ".", "\n"]
Serve = Callable[..., TestClient]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join))
def outputs_agree(client: TestClient, source: str) -> None:
    body = {"source": source, "systems": ["languagetool", "everything"]}
    answer = client.post("/v1/combine", json=body)
    if not source.strip():
        return
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert {name: each["status"] for name, each in shown["systems"].items()} == {
        "languagetool": "ok",
        "everything": "ok",
    }
    assert all(
        candidate["voters"] == ["everything", "languagetool"]
        or candidate["voters"] == ["languagetool", "everything"]
        for candidate in shown["candidates"]
    )


def test_its_output_is_the_combined_text(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "roster.yaml").write_text(INNER)
    inner = create_app(Settings(roster=folder / "roster.yaml", state=folder))
    with running(inner) as url:
        client = serve(OUTER.format(url=url))
        outputs_agree(client)
        listed = client.get("/v1/systems").json()
        assert "languagetool" in str(listed)
