"""Requests for other hosts, as after DNS rebinding, and writes by pages of other origins."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.api.app import create_app
from service.api.middleware.known_host import host_of, is_loopback
from service.core.settings import Settings
from tests.local_client import LocalClient

Serve = Callable[..., AbstractContextManager[TestClient]]

COMBINE = {"source": "a b", "outputs": {"one": "a c", "two": "a c"}}


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    roster = tmp_path / "roster.yaml"
    roster.write_text('version: 1\nsystems: [{name: upper, callable: "builtins:str.upper"}]\n')

    def start(**settings: object) -> AbstractContextManager[TestClient]:
        return LocalClient(create_app(Settings(roster=roster, state=tmp_path, **settings)))

    return start


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "192.0.2.1", "", "[2001:db8::1]"]
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/systems"), ("POST", "/v1/combine")])
def test_another_host_is_not_served(serve: Serve, host: str, method: str, path: str) -> None:
    with serve() as client:
        answer = client.request(method, path, json=COMBINE, headers={"Host": host})
        assert answer.status_code == 421
        assert answer.json()["type"] == "/problems/host-not-allowed"
        assert client.get("/livez", headers={"Host": host}).status_code == 200
        form = {"text": "a b", "language": "en-US"}
        assert client.post("/v2/check", data=form, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.8.0.1:1", "[::1]:8000", "a.localhost"]
)
def test_loopback_is_served(serve: Serve, host: str) -> None:
    with serve() as client:
        assert client.get("/v1/systems", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("settings", "served"),
    [
        ({"allowed_hosts": ("consort.internal",)}, True),
        ({"allowed_hosts": ("other.internal",)}, False),
        ({"allowed_hosts": ("*",)}, True),
        ({"insecure": True}, True),
        ({"insecure": True, "allowed_hosts": ("other.internal",)}, False),
    ],
)
def test_hosts_are_those_of_the_settings(
    serve: Serve, settings: dict[str, object], served: bool
) -> None:
    with serve(**settings) as client:
        answer = client.get("/v1/systems", headers={"Host": "consort.internal:8000"})
        assert (answer.status_code == 200) is served


def test_a_key_is_enough_to_tell_a_client_from_a_page(serve: Serve) -> None:
    with serve(require_keys=True) as client:
        answer = client.get("/v1/systems", headers={"Host": "consort.internal"})
        assert answer.status_code == 401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9"])
def test_a_page_of_another_origin_does_not_write(serve: Serve, origin: str) -> None:
    with serve() as client:
        answer = client.post("/v1/jobs", json={}, headers={"Origin": origin})
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/cross-site-request"
        assert client.get("/v1/jobs", headers={"Origin": origin}).status_code == 200
        # These routes are for pages too, if `cors_origins` names them.
        combined = client.post("/v1/combine", json=COMBINE, headers={"Origin": origin})
        assert combined.status_code == 200


def test_our_own_pages_write(serve: Serve) -> None:
    with serve() as client:
        headers = {"Origin": "http://127.0.0.1:8000"}
        assert client.post("/v1/jobs", json={}, headers=headers).status_code == 422


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("A.example:80", "a.example"),
        ("[::1]:80", "::1"),
        ("[::1", "[::1"),
        ("localhost:80, evil.example", "localhost:80, evil.example"),
        ("evil.example@localhost", "evil.example@localhost"),
        ("localhost:80x", "localhost:80x"),
        ("a.example.", "a.example"),
        (" a ", "a"),
        ("127.0.0.1.evil.example", "127.0.0.1.evil.example"),
    ],
)
def test_the_host_of_a_header(header: str, host: str) -> None:
    assert host_of(header) == host
    assert is_loopback(host) is (host == "::1")


def test_two_hosts_are_none(serve: Serve) -> None:
    with serve() as client:
        twice = [("Host", "localhost"), ("Host", "evil.example")]
        assert client.get("/v1/systems", headers=twice).status_code == 421
