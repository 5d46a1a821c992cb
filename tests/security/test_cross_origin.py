"""Pages of other origins: what they may call and read, and that they may write nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.api.app import create_app
from service.core.settings import Settings, SettingsError, load_settings
from service.store import keys
from service.store.database import Database
from tests.local_client import LocalClient
from tests.raising import raises_code
from tests.security.test_access import ROSTER, bearer, routes

PAGE = "https://editor.example"
ADDON = "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc"
READABLE = {
    *(("GET", "/v2/check"), ("POST", "/v2/check"), ("GET", "/v2/configinfo")),
    *(("GET", f"/v2/{name}") for name in ("healthcheck", "info", "languages", "maxtextlength")),
    *(("POST", "/v1/combine"), ("POST", "/v1/combine/batch"), ("POST", "/v1/chat/completions")),
    *(("GET", "/v1/models"), ("GET", "/v1/models/model")),
    *(("GET", f"/v1/{name}") for name in ("competence", "judges", "limits", "metrics", "systems")),
    *(
        ("GET", "/v1/combiners"),
        ("GET", "/v1/combiners/name"),
        ("GET", "/v1/combiners/name/version"),
    ),
}


def client_for(folder: Path, origins: Sequence[str], **settings: object) -> TestClient:
    (folder / "roster.yaml").write_text(ROSTER)
    made = Settings(roster=folder / "roster.yaml", state=folder, cors_origins=origins, **settings)
    return LocalClient(create_app(made))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with client_for(tmp_path, [PAGE, "moz-extension://*"]) as client:
        yield client


def preflight(client: TestClient, method: str, path: str, origin: str = PAGE) -> dict[str, str]:
    """Return the headers of CORS in the answer to a preflight request."""
    asked = {"Access-Control-Request-Method": method, "Origin": origin}
    asked["Access-Control-Request-Headers"] = "authorization,x-stainless-os"
    answer = client.options(path, headers=asked)
    found = {k: v for k, v in answer.headers.items() if k.startswith("access-control-")}
    assert ("access-control-allow-origin" in found) <= (answer.status_code == 200)
    return found


def test_by_default_no_page_may(tmp_path: Path) -> None:
    with client_for(tmp_path, []) as client:
        for method, path in routes(client.app):
            assert preflight(client, method, path) == {}
        answer = client.get("/v2/languages", headers={"Origin": PAGE})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", [PAGE, ADDON, "*"])
def test_pages_read_and_combine_and_never_write(tmp_path: Path, origin: str) -> None:
    allowed = ["*"] if origin == "*" else [PAGE, "moz-extension://*"]
    sent = "https://any.example" if origin == "*" else origin
    with client_for(tmp_path, allowed, require_keys=True) as client:
        for method, path in routes(client.app):
            found = preflight(client, method, path, sent)
            answer = client.request(method, path, headers={"Origin": sent})
            if (method, path) in READABLE:
                assert found["access-control-allow-origin"] == origin
                assert found["access-control-allow-headers"] == "authorization,x-stainless-os"
                assert answer.headers["access-control-allow-origin"] == origin
                assert "Retry-After" in answer.headers["access-control-expose-headers"]
            else:
                assert found == {}, (method, path)
                assert "access-control-allow-origin" not in answer.headers
            assert "access-control-allow-credentials" not in {**found, **answer.headers}


def test_readable_routes_exist(client: TestClient) -> None:
    assert set(routes(client.app)) >= READABLE


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "http://editor.example", "https://editor.example:8443", "null"),
        *("https://editor.example.evil.example", "chrome-extension://abc", f"{PAGE}/", ""),
        *("moz-extension://a/b", "xmoz-extension://a", "https://moz-extension://a"),
    ],
)
def test_other_origins_are_not_told(client: TestClient, origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(client, "POST", "/v2/check", origin)
    form = {"language": "en", "text": "x"}
    answer = client.post("/v2/check", data=form, headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_that_asks_about_another_method_opens_nothing(client: TestClient) -> None:
    for method in ("DELETE", "PUT", "PATCH", "post", ""):
        assert preflight(client, method, "/v1/combine") == {}
    assert preflight(client, "POST", "/v1/combiners/name") == {}
    assert preflight(client, "POST", "/v1/combined") == {}
    for path in ("/v2/check/..%2f..%2fv1/keys", "/v1/combine/../keys"):
        assert client.post(path, headers={"Origin": PAGE}).status_code in (403, 404, 405)


def test_a_page_sends_its_key_and_reads_why_it_was_refused(tmp_path: Path) -> None:
    with client_for(tmp_path, [PAGE], require_keys=True) as client:
        settings = Settings(roster=tmp_path / "roster.yaml", state=tmp_path)
        database = Database(settings.database_url)
        _, key = keys.create(database, "page", ["combine"], 1)
        database.close()
        answer = client.post("/v2/check", headers={"Origin": PAGE})
        while answer.status_code == 503:  # the keys are read as the service starts
            answer = client.post("/v2/check", headers={"Origin": PAGE})
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == PAGE
        body = {"source": "a", "outputs": {"x": "a", "y": "b"}}
        page = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
        answer = client.post("/v1/combine", json=body, headers={**page, **bearer(key)})
        while answer.status_code == 401:
            answer = client.post("/v1/combine", json=body, headers={**page, **bearer(key)})
        assert answer.is_success
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_service_in_a_private_network_may_be_called(client: TestClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Origin": PAGE}
    asked["Access-Control-Request-Private-Network"] = "true"
    answer = client.options("/v2/check", headers=asked)
    assert answer.headers["access-control-allow-private-network"] == "true"


@pytest.mark.parametrize(
    "origin",
    [
        *("editor.example", "https://editor.example/", "https://*", "https://*.example", "null"),
        *("https://", "http://a b", "https://user@editor.example", "HTTPS://editor.example", ""),
    ],
)
def test_what_is_not_an_origin_is_refused(tmp_path: Path, origin: str) -> None:
    path = tmp_path / "service.yaml"
    path.write_text(f"version: 1\ncors_origins: ['{origin}']\n")
    with raises_code("invalid-setting", SettingsError) as refused:
        load_settings(path)
    assert "cors_origins" in str(refused.value)
    assert "is not an origin such as https://editor.example" in str(refused.value)


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "*",
            PAGE,
            ADDON,
            "moz-extension://*",
            "chrome-extension://oldceeleldhonbafppcapldpdifcinji",
        ),
        *("app://obsidian.md", "http://localhost:3000", "http://[::1]:3000", "vscode-webview://*"),
    ],
)
def test_what_is_an_origin(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("CONSORT_CORS_ORIGINS", f'["{origin}"]')
    assert load_settings().cors_origins == (origin,)
