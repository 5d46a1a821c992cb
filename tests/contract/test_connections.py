"""What only a real connection shows: bodies that are slow, endless, or never read."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from pathlib import Path

import pytest
from fastapi import FastAPI

from service.api.app import create_app
from service.core.settings import Settings
from tests.contract.conftest import running
from tests.waiting import wait_until

ROSTER = 'version: 1\nsystems: [{name: upper, callable: "builtins:str.upper"}]\n'
SEGMENT = {
    "source": "I has a apple.",
    "outputs": {"a": "I have an apple.", "b": "I have an apple."},
}
LINE = json.dumps(SEGMENT).encode() + b"\n"
TYPES = b"Content-Type: application/x-ndjson\r\nAccept: application/x-ndjson\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A service with little patience and small limits."""
    roster = tmp_path_factory.mktemp("service") / "roster.yaml"
    roster.write_text(ROSTER)
    settings = Settings(roster=roster, read_timeout_s=0.5, body_bytes=100_000, stream_bytes=1 << 23)
    return create_app(settings)


@pytest.fixture(scope="module")
def port(service: FastAPI) -> Iterator[int]:
    with running(service) as url:
        yield int(url.rpartition(":")[2])


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def head(path: bytes, *headers: bytes) -> bytes:
    lines = [b"POST %b HTTP/1.1" % path, b"Host: localhost", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def status_of(connection: socket.socket) -> int:
    return int(connection.recv(1 << 16).split()[1])


def test_too_large_by_its_own_account(connection: socket.socket) -> None:
    headers = [b"Content-Type: application/json", b"Content-Length: 100001"]
    connection.sendall(head(b"/v1/combine", *headers))
    assert status_of(connection) == 413


def test_too_large_without_saying_so(connection: socket.socket) -> None:
    headers = [b"Content-Type: application/json", b"Transfer-Encoding: chunked"]
    connection.sendall(head(b"/v1/combine", *headers))
    for _ in range(11):
        connection.sendall(chunk(b" " * 10_000))
    assert status_of(connection) == 413


@pytest.mark.parametrize("path", [b"/v1/combine", b"/v1/combine/batch"])
def test_body_that_does_not_come(connection: socket.socket, path: bytes) -> None:
    headers = [b"Content-Type: application/json", b"Content-Length: 1000"]
    connection.sendall(head(path, *headers) + b'{"source"')
    answer = connection.recv(1 << 16)
    assert answer.split()[1] == b"408"
    assert b"connection: close" in answer.lower()


def test_lines_are_answered_as_they_come(connection: socket.socket) -> None:
    connection.sendall(
        head(b"/v1/combine/batch", TYPES + b"Transfer-Encoding: chunked") + chunk(LINE)
    )
    with answer(connection) as response:
        for _ in range(3):
            assert json.loads(response.readline())["text"] == "I have an apple."
            connection.sendall(chunk(LINE))
        assert json.loads(response.readline())["text"] == "I have an apple."
        connection.sendall(chunk(b""))
        assert response.read() == b""


def test_client_may_send_all_before_it_reads_anything(port: int) -> None:
    line = json.dumps({**SEGMENT, "source": "I has a apple." + " and so on" * 60}).encode()
    body = (line + b"\n") * 8000
    headers = TYPES + b"Content-Length: %d" % len(body)
    with socket.socket() as connection:
        # Far less than the answers: without room elsewhere, both sides would wait for good.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", port))
        connection.sendall(head(b"/v1/combine/batch", headers) + body)
        lines = lines_of(connection)
    assert len(lines) == 8000
    assert len(set(lines)) == 1


def test_next_line_that_does_not_come(connection: socket.socket) -> None:
    connection.sendall(
        head(b"/v1/combine/batch", TYPES + b"Transfer-Encoding: chunked") + chunk(LINE)
    )
    first, second = map(json.loads, lines_of(connection))
    assert first["text"] == "I have an apple."
    assert (second["status"], second["line"]) == (408, 2)


def test_stream_over_the_limit(connection: socket.socket) -> None:
    body = LINE * 10 + b" " * (1 << 23)
    headers = TYPES + b"Content-Length: %d" % len(body)
    threading.Thread(
        target=connection.sendall, args=[head(b"/v1/combine/batch", headers) + body]
    ).start()
    *answers, last = map(json.loads, lines_of(connection))
    assert last["status"] == 413
    assert len(answers) <= 10


def test_answer_that_nobody_reads_is_given_up(port: int, caplog: pytest.LogCaptureFixture) -> None:
    line = json.dumps(
        {**SEGMENT, "outputs": {f"s{i}": f"a {i} " * 100 for i in range(32)}}
    ).encode()
    body = (line + b"\n") * 200
    headers = TYPES + b"Content-Length: %d" % len(body)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(head(b"/v1/combine/batch", headers) + body)
        wait_until(lambda: "does not read the answer" in caplog.text)


def test_client_that_goes_away_costs_nothing_more(service: FastAPI, port: int) -> None:
    body = LINE * 20_000
    headers = TYPES + b"Content-Length: %d" % len(body)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head(b"/v1/combine/batch", headers) + body)
        connection.recv(1)
        # The request of the test before may be ending still.
        wait_until(lambda: service.state.lifecycle.requests_in_progress == 1)
    wait_until(lambda: service.state.lifecycle.requests_in_progress == 0)


@contextmanager
def answer(connection: socket.socket) -> Iterator[HTTPResponse]:
    with closing(HTTPResponse(connection)) as response:
        response.begin()
        assert response.status == 200
        yield response


def lines_of(connection: socket.socket) -> list[bytes]:
    with answer(connection) as response:
        return response.read().splitlines()


def test_a_text_is_checked_no_further_when_its_client_has_left(tmp_path: Path) -> None:
    roster = tmp_path / "roster.yaml"
    slow = "{name: slow, callable: 'tests.contract.correctors:slow'}"
    roster.write_text(f"version: 1\nsystems: [{slow}, {slow.replace('name: slow', 'name: too')}]\n")
    app = create_app(Settings(roster=roster, state=tmp_path / "state"))
    form = b"language=en-US&text=" + b"Go.%0A" * 5000  # eight minutes
    with running(app) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            kind = b"Content-Type: application/x-www-form-urlencoded"
            length = b"Content-Length: %d" % len(form)
            connection.sendall(head(b"/v2/check", kind, length) + form)
            wait_until(lambda: app.state.lifecycle.requests_in_progress == 1)
        wait_until(lambda: app.state.lifecycle.requests_in_progress == 0)
