"""Every route: without a key, with a wrong one, with one of another scope; what logs may hold."""

import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from service.api.access import OPEN, RULES, rule, scope_for
from service.api.app import create_app
from service.api.problem_responses import is_openai
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from service.store.keys import SCOPES, Key
from service.telemetry.logs import logging_config
from tests.local_client import LocalClient

SECRET = "Zanzibar rhubarb"
ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'
BODY = {"source": SECRET, "outputs": {"<script>alert(1)</script>": SECRET, "b": "x"}}
UNPRINTABLE = ("", "a\n", "a\u00a0b", "a\u200bb", "a\u202eb")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "roster.yaml").write_text(ROSTER)
    return Settings(
        roster=folder / "roster.yaml", state=folder / "state", require_keys=True, poll_s=0.05
    )


@pytest.fixture(scope="module")
def texts(settings: Settings) -> dict[str, str]:
    """A key for each scope."""
    settings.state.mkdir()
    database = Database(settings.database_url)
    database.migrate()
    made = {scope: keys.create(database, scope, [scope], 1)[1] for scope in SCOPES}
    database.close()
    return made


@pytest.fixture(scope="module")
def guarded(settings: Settings, texts: dict[str, str]) -> Iterator[TestClient]:
    with LocalClient(create_app(settings)) as client:
        while client.get("/v1/limits", headers=bearer("x")).status_code == 503:
            pass
        yield client


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every route there is, with a word in the place of each parameter."""
    return [pair for route in app.routes for pair in _pairs(route)]


def error_form(path: str) -> str:
    """The media type of errors: clients of LanguageTool and of OpenAI read theirs."""
    if path.startswith("/v2/"):
        return "text/plain"
    return "application/json" if is_openai(path) else "application/problem+json"


def plain(path: str) -> str:
    """A path with a word in the place of each parameter."""
    return re.sub(r"\{(\w+)(:\w+)?\}", r"\1", path)


def _pairs(route: BaseRoute) -> list[tuple[str, str]]:
    if isinstance(route, Mount):
        return [("GET", f"{route.path}/file")]
    if hasattr(route, "original_router"):
        return [pair for each in route.original_router.routes for pair in _pairs(each)]
    path = plain(route.path)
    return [(method, path) for method in route.methods]


def every_route(folder: Path) -> list[tuple[str, str]]:
    (folder / "roster.yaml").write_text(ROSTER)
    settings = Settings(roster=folder / "roster.yaml", state=folder, require_keys=True)
    app = create_app(settings)
    found = routes(app)
    documented = {
        (method.upper(), plain(path))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    assert documented <= set(found)
    return found


def test_every_route_has_a_rule(tmp_path: Path) -> None:
    found = every_route(tmp_path)
    assert ("POST", "/v1/combine") in found
    assert [(method, path) for method, path in found if rule(method, path) is None] == []


def test_no_rule_is_hidden_by_an_earlier_one() -> None:
    for place, (method, path, _) in enumerate(RULES):
        earlier = [
            (m, p)
            for m, p, _ in RULES[:place]
            if m in ("*", method) and (path == p or path.startswith(f"{p}/"))
        ]
        assert earlier == [], (method, path)


def test_a_route_without_a_rule_is_closed() -> None:
    assert rule("POST", "/v1/something-new") is None
    assert scope_for("POST", "/v1/something-new") == "admin"
    assert scope_for("POST", "/v1/combined") == "admin"
    assert scope_for("POST", "/v1/combiners") == "train"
    assert scope_for("TRACE", "/v1/combine") == "admin"
    assert scope_for("HEAD", "/metrics") == "read"


def test_only_harmless_routes_are_open() -> None:
    assert {path for _, path, scope in RULES if scope == OPEN} == {
        "/livez", "/readyz", "/docs", "/openapi.json", "/static", "/jobs", "/systems", "/combiners",
        "/problems",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 401),
        (bearer(""), 401),
        (bearer("consort_0123456789abcdef_nothing"), 401),
        (bearer("\u00e9".encode("latin-1").decode("latin-1")), 401),
        ({"Authorization": "Basic YTpi"}, 401),
        ({"X-API-Key": "consort__"}, 401),
    ],
)
def test_no_route_without_a_key_that_is_one(
    guarded: TestClient, sent: dict[str, str], status: int
) -> None:
    for method, path in routes(guarded.app):
        headers = {k: v.encode("latin-1") for k, v in sent.items()}
        answer = guarded.request(method, path, headers=headers)
        if rule(method, path) == OPEN:
            assert answer.status_code in (200, 404), (method, path)
            continue
        assert answer.status_code == status, (method, path)
        assert answer.headers["www-authenticate"].startswith('Bearer realm="consort"')
        assert answer.headers["content-type"].startswith(error_form(path))
        if method != "HEAD" and is_openai(path):
            assert answer.json()["error"]["code"] == "invalid_api_key"


def test_no_route_with_a_key_of_another_scope(guarded: TestClient, texts: dict[str, str]) -> None:
    for method, path in routes(guarded.app):
        needed = rule(method, path)
        if needed == OPEN:
            continue
        for scope in SCOPES:
            if scope != needed:
                answer = guarded.request(method, path, headers=bearer(texts[scope]))
                assert answer.status_code == 403, (method, path, scope)
                assert "insufficient_scope" in answer.headers["www-authenticate"]
                assert answer.headers["content-type"].startswith(error_form(path))
                if method != "HEAD" and is_openai(path):
                    assert answer.json()["error"]["type"] == "permission_error"
                elif method != "HEAD" and not path.startswith("/v2/"):
                    assert answer.json()["status"] == 403


def test_the_scope_that_is_needed_lets_through(guarded: TestClient, texts: dict[str, str]) -> None:
    assert guarded.get("/v1/limits", headers=bearer(texts["read"])).is_success
    assert guarded.get("/metrics", headers={"X-API-Key": texts["read"]}).is_success
    answer = guarded.post("/v1/combine", json=BODY, headers=bearer(texts["combine"]))
    assert answer.is_success
    assert int(answer.headers["ratelimit-remaining"]) < int(answer.headers["ratelimit-limit"])


def test_clients_of_languagetool_have_a_key_in_their_form(
    guarded: TestClient, texts: dict[str, str]
) -> None:
    form = {"language": "en-US", "text": "One two."}
    answer = guarded.post("/v2/check", data={**form, "apiKey": texts["combine"]})
    assert answer.is_success
    assert int(answer.headers["ratelimit-remaining"]) < int(answer.headers["ratelimit-limit"])
    assert guarded.get("/v2/check", params={**form, "api_key": texts["combine"]}).is_success
    assert guarded.post("/v2/check", data=form, headers=bearer(texts["combine"])).is_success
    for sent, status in (
        (form, 401),
        ({**form, "apiKey": texts["combine"][:-1]}, 401),
        ({**form, "apiKey": texts["read"]}, 403),
        ({"apiKey": texts["combine"]}, 400),
    ):
        assert guarded.post("/v2/check", data=sent).status_code == status
        assert guarded.get("/v2/check", params=sent).status_code == status
    assert guarded.get("/v1/limits", params={"apiKey": texts["read"]}).status_code == 401


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/json", "", "x/y", None])
def test_the_key_is_in_a_form_whatever_its_type(
    guarded: TestClient, texts: dict[str, str], kind: str | None
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    for key, status in ((texts["combine"], 200), (texts["read"], 403), ("x", 401), ("", 401)):
        content = f"language=en-US&text=One.&apiKey={key}"
        answer = guarded.post("/v2/check", content=content.encode(), headers=headers)
        assert answer.status_code == status
        answer = guarded.post(f"/v2/check?{content}", headers=headers)
        assert answer.status_code == status


def test_a_key_with_its_secret_cut_or_changed_opens_nothing(
    guarded: TestClient, texts: dict[str, str]
) -> None:
    for wrong in (texts["read"][:-1], texts["read"] + "a", texts["read"].replace("_", "-")):
        assert guarded.get("/v1/limits", headers=bearer(wrong)).status_code == 401


def test_keys_are_made_and_revoked_over_http(guarded: TestClient, texts: dict[str, str]) -> None:
    admin = bearer(texts["admin"])
    asked = {"name": "<script>alert(1)</script>", "scopes": ["read"]}
    made = guarded.post("/v1/keys", json=asked, headers=admin)
    assert made.status_code == 201
    assert made.headers["content-type"] == "application/json"
    key = made.json()
    assert guarded.get("/v1/limits", headers=bearer(key["key"])).is_success
    listed = guarded.get("/v1/keys", headers=admin)
    assert key["id"] in {each["id"] for each in listed.json()}
    assert key["key"] not in listed.text
    assert "digest" not in listed.text
    assert guarded.delete(made.headers["location"], headers=admin).status_code == 204
    assert guarded.get("/v1/limits", headers=bearer(key["key"])).status_code == 401
    assert guarded.delete("/v1/keys/nobody", headers=admin).status_code == 404
    for wrong in ({"scopes": ["all"]}, {"scopes": []}, *({"name": n} for n in UNPRINTABLE)):
        answer = guarded.post("/v1/keys", json={**asked, **wrong}, headers=admin)
        assert answer.status_code == 422


def test_a_key_is_told_though_the_database_goes_away_as_soon_as_it_is_made(
    guarded: TestClient, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Database) -> list[Key]:
        raise OperationalError("select", {}, Exception("away"))

    admin = bearer(texts["admin"])
    with monkeypatch.context() as patched:
        patched.setattr(keys, "every", away)
        made = guarded.post("/v1/keys", json={"name": "a", "scopes": ["read"]}, headers=admin)
    assert made.status_code == 201
    end = time.monotonic() + 10
    while not guarded.get("/v1/limits", headers=bearer(made.json()["key"])).is_success:
        assert time.monotonic() < end


def test_keys_are_not_made_over_http_where_anybody_could(tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    with LocalClient(
        create_app(Settings(roster=tmp_path / "roster.yaml", state=tmp_path))
    ) as open_:
        assert open_.post("/v1/keys", json={"name": "a", "scopes": ["admin"]}).status_code == 404


def test_neither_texts_nor_keys_are_logged(
    guarded: TestClient,
    texts: dict[str, str],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    key = texts["combine"]
    headers = bearer(key) | {"X-Request-ID": f"{SECRET}"}
    guarded.post("/v1/combine", json=BODY, headers=headers)
    guarded.post(f"/v1/combine/{SECRET}?q={SECRET}", json={"source": SECRET}, headers=headers)
    guarded.post("/v1/combine", json={SECRET: SECRET, "source": SECRET}, headers=headers)
    guarded.post("/v1/combine", content=f"{{{SECRET}".encode(), headers=headers)
    guarded.get("/v1/limits", headers=bearer(key[:-1]))
    shown = capfd.readouterr()
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("http")]
    said = shown.out + shown.err + "".join(ours)
    lines = [json.loads(line) for line in shown.err.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines] == [200, 404, 422, 415, 401]
    assert "rhubarb" not in said
    assert key.split("_", 2)[2][:-1] not in said
    assert lines[0]["key"] == key.split("_")[1]


def test_scripts_come_back_as_json_alone(guarded: TestClient, texts: dict[str, str]) -> None:
    answer = guarded.post("/v1/combine", json=BODY, headers=bearer(texts["combine"]))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "<script>alert(1)</script>" in answer.json()["systems"]


def test_an_error_is_logged_without_its_words() -> None:
    line = logged(ValueError(SECRET))
    assert line["error"] == "ValueError"
    assert any("test_access.py" in place for place in line["at"])
    assert "rhubarb" not in json.dumps(line)


def logged(error: Exception) -> dict[str, Any]:
    """The line that the log has of `error`."""
    made = dict(logging_config()["formatters"]["json"])
    formatter = made.pop("()")(**made)
    try:
        raise error
    except ValueError:
        info = sys.exc_info()
    record = logging.LogRecord("service.api.app", logging.ERROR, "", 1, "request", (), info)
    return json.loads(formatter.format(record))
