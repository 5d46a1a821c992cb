"""A batch asks systems about several segments at the same time, as the roster allows."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.contract.conftest import Serve

COUNT = 4
SEGMENTS = [{"source": f"text {i}", "systems": ["far", "upper"]} for i in range(COUNT)]
NDJSON = {"content-type": "application/x-ndjson", "accept": "application/x-ndjson"}


class Handler(BaseHTTPRequestHandler):
    """Answers once as many requests are there as the server waits for."""

    def do_POST(self) -> None:
        source = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["source"]
        server: Any = self.server
        with server.counting:
            server.running += 1
            server.most = max(server.most, server.running)
        server.barrier.wait(timeout=20)
        with server.counting:
            server.running -= 1
        sent = json.dumps({"answer": source.title()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *args: object) -> None: ...


class Server(ThreadingHTTPServer):
    """Waits for `together` requests before it answers any of them."""

    def __init__(self, together: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.barrier = threading.Barrier(together)
        self.counting = threading.Lock()
        self.running = self.most = 0


@contextmanager
def running(together: int) -> Iterator[Server]:
    with Server(together) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def client(serve: Serve, server: Server, more: str = "") -> TestClient:
    url = f"http://127.0.0.1:{server.server_port}"
    far = f"{{name: far, url: '{url}', request: {{source: '{{source}}'}}, response: answer"
    far += f", allow_private: true{more}}}"
    upper = '{name: upper, callable: "builtins:str.upper"}'
    return serve(f"version: 1\nsystems: [{far}, {upper}]")


def answers(client: TestClient, way: str) -> list[dict[str, Any]]:
    if way == "list":
        return client.post("/v1/combine/batch", json=SEGMENTS).json()
    lines = "".join(json.dumps(segment) + "\n" for segment in SEGMENTS)
    response = client.post("/v1/combine/batch", content=lines, headers=NDJSON)
    return list(map(json.loads, response.text.splitlines()))


@pytest.mark.parametrize("way", ["list", "lines"])
def test_segments_are_asked_about_side_by_side_and_keep_their_order(serve: Serve, way: str) -> None:
    with running(together=COUNT) as server:
        found = answers(client(serve, server), way)
    assert [answer["systems"]["far"]["text"] for answer in found] == [
        f"Text {i}" for i in range(COUNT)
    ]
    assert server.most == COUNT


@pytest.mark.parametrize("way", ["list", "lines"])
def test_never_more_than_the_concurrency_of_the_system(serve: Serve, way: str) -> None:
    with running(together=1) as server:
        found = answers(client(serve, server, ", concurrency: 1"), way)
    assert [answer["systems"]["far"]["status"] for answer in found] == ["ok"] * COUNT
    assert server.most == 1
