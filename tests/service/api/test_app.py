"""What every answer has in common, errors that were not foreseen among them."""

import logging
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from ensemble.systems.roster import RosterError
from service.api import resources
from service.api.app import create_app
from service.core.settings import Settings
from tests.local_client import LocalClient

PATHS = [*resources.__path__]


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    roster = tmp_path / "roster.yaml"
    roster.write_text('version: 1\nsystems: [{name: upper, callable: "builtins:str.upper"}]\n')
    return create_app(Settings(roster=roster))


def test_error_that_was_not_foreseen_is_logged_and_not_told(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("secret")

    response = LocalClient(app).get("/fault")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in response.text
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert response.headers["x-request-id"] in record.getMessage()
    assert record.exc_info


def test_error_in_the_middle_of_an_answer_ends_it(app: FastAPI) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        raise RuntimeError("secret")

    @app.get("/fault")
    async def fault() -> StreamingResponse:
        return StreamingResponse(parts())

    with pytest.raises(RuntimeError):
        LocalClient(app).get("/fault")


def test_every_request_has_an_id_of_its_own(app: FastAPI) -> None:
    client = LocalClient(app)
    ids = {client.get(path).headers["x-request-id"] for path in ("/livez", "/livez", "/nowhere")}
    assert len(ids) == 3


@pytest.mark.parametrize("root", ["", "/x"])
def test_it_is_the_same_under_a_path_of_its_own(app: FastAPI, root: str) -> None:
    client = LocalClient(app, root_path=root)
    assert (
        client.get(f"{root}/v2/check").text
        == "Error: Missing 'language' parameter, e.g. 'language=en-US'"
    )
    elsewhere = client.get(f"{root}/static/v2/nothing")
    assert elsewhere.headers["content-type"] == "application/problem+json"
    app.state.lifecycle.stopping = True
    statuses = [client.get(root + path).status_code for path in ("/livez", "/v1/systems")]
    assert statuses == [200, 503]


def test_roster_that_cannot_be_used_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"nothing\.yaml"):
        create_app(Settings(roster=tmp_path / "nothing.yaml"))


def test_systems_live_as_long_as_the_app(app: FastAPI) -> None:
    for _ in range(2):
        with LocalClient(app) as client:
            assert client.get("/v1/systems").json()[0]["state"] == "ready"
    assert LocalClient(app).get("/v1/systems").json()[0]["state"] == "stopped"


RESOURCE = """
from fastapi import APIRouter
from tests.local_client import LocalClient

def routes(application):
    router = APIRouter(tags=["combine"])

    @router.post("{path}")
    async def again() -> None:
        pass

    return router
"""


def test_a_route_that_another_hides_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/v1/combine", "/v1/combiners/{id}/aliases/{a}/rollback"):
        (tmp_path / "again.py").write_text(RESOURCE.replace("{path}", path))
        monkeypatch.setattr(resources, "__path__", [*PATHS, str(tmp_path)])
        sys.modules.pop("service.api.resources.again", None)
        modules = r"service\.api\.\S+ and in service\.api\.\S+: "
        fault = rf"POST {re.escape(path)} is a route in {modules}"
        with pytest.raises(ValueError, match=fault):
            create_app(Settings(state=tmp_path / "state"))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "nothing has no function routes"),
        (
            "def routes(application): ...",
            r"nothing: routes\(\) returned None, not an API",
        ),
        ("def routes(application): return [1]", "nothing: .* returned a list, not an APIRouter"),
    ],
)
def test_a_resource_without_routes_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, fault: str
) -> None:
    (tmp_path / "nothing.py").write_text(content)
    monkeypatch.setattr(resources, "__path__", [*PATHS, str(tmp_path)])
    sys.modules.pop("service.api.resources.nothing", None)
    with pytest.raises(TypeError, match=fault):
        create_app(Settings(state=tmp_path / "state"))
