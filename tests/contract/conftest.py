"""A service whose systems are small enough to know what they will say."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from service.api.app import create_app
from service.api.half_open import HalfOpen
from service.api.http_protocol import http_protocol
from service.core.settings import Settings
from tests.contract.panels import KEY, KEY_VARIABLE, member, roster, serving_panel
from tests.local_client import LocalClient
from tests.model_server import ModelServer, serving_models

ROSTER = """
version: 1
systems:
  - {name: upper, callable: "builtins:str.upper"}
  - {name: title, callable: "builtins:str.title", weight: 2.5}
  - {name: same, callable: "builtins:str.strip"}
  - {name: broken, callable: "builtins:int"}
  - {name: absent, callable: "no.such.module:function"}
"""


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve `app` on a free port for as long as the context lasts; yield its address."""
    protocol = http_protocol(HalfOpen(most=100, timeout_s=10))
    server = uvicorn.Server(uvicorn.Config(app, http=protocol, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


Serve = Callable[..., TestClient]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a service of its own for a test: `serve(roster, **settings)`."""
    clients = []

    def start(roster: str = ROSTER, **settings: object) -> TestClient:
        path = tmp_path / "roster.yaml"
        path.write_text(roster)
        client = LocalClient(create_app(Settings(roster=path, **settings)))
        clients.append(client.__enter__())
        return client

    yield start
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service that most tests share."""
    path = tmp_path_factory.mktemp("service") / "roster.yaml"
    path.write_text(ROSTER)
    with LocalClient(create_app(Settings(roster=path))) as client:
        yield client


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    """The models that the members of panels are."""
    with serving_models() as server:
        yield server


@pytest.fixture
def models(model_server: ModelServer) -> ModelServer:
    """The models, which a test tells what to do."""
    model_server.reset()
    return model_server


@pytest.fixture(scope="module")
def panel(
    model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A panel of three models, one of which has prices and a key."""
    paid = {"api_key_env": KEY_VARIABLE, "price_in": 1.0, "price_out": 2.0}
    members = [member("a", model_server, **paid), *(member(n, model_server) for n in "bc")]
    folder = tmp_path_factory.mktemp("panel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        with serving_panel(folder, roster(*members), state=folder) as client:
            yield client
