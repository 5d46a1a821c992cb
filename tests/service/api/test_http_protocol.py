"""Requests that offer another protocol: their bodies, whole or in parts, and what follows them."""

import socket
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.api.app import create_app
from service.core.settings import Settings
from tests.contract.conftest import running

ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'
FORM = b"language=en&text=One+two."
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
PLAIN = b"POST /v2/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 25\r\n\r\n" + FORM
OFFERED = (
    b"POST /v2/check HTTP/1.1\r\n" + OFFER + b"Host: localhost\r\nContent-Length: 25\r\n\r\n" + FORM
)
CHUNKED = (
    b"POST /v2/check HTTP/1.1\r\n"
    + OFFER
    + b"Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"9\r\nlanguage=\r\n10\r\nen&text=One+two.\r\n0\r\n\r\n"
)
BARE = b"GET /v2/check?" + FORM + b" HTTP/1.1\r\n" + OFFER + b"Host: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "roster.yaml").write_text(ROSTER)
    with running(create_app(Settings(roster=folder / "roster.yaml", state=folder))) as url:
        yield url


def statuses(url: str, parts: list[bytes], count: int) -> list[int]:
    """Send `parts` in turn on one connection, and return the statuses of `count` answers."""
    host = urlsplit(url)
    with socket.create_connection((host.hostname, host.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
        with connection.makefile("rb") as stream:
            return [_status(stream) for _ in range(count)]


def _status(stream: "socket.SocketIO") -> int:
    status = int(stream.readline().split()[1])
    lines = iter(lambda: stream.readline().strip().lower(), b"")
    headers = dict(line.split(b": ", 1) for line in lines)
    stream.read(int(headers[b"content-length"]))
    return status


@given(
    st.lists(st.sampled_from([PLAIN, OFFERED, CHUNKED, BARE]), min_size=1, max_size=4),
    st.lists(st.integers(1, 500), max_size=6),
)
@example([OFFERED], [])
@example([OFFERED, OFFERED, PLAIN], [])
@example([OFFERED], [190])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
def test_every_request_is_answered_as_if_it_offered_nothing(
    url: str, requests: list[bytes], cuts: list[int]
) -> None:
    sent = b"".join(requests)
    edges = [0, *sorted({cut for cut in cuts if cut < len(sent)}), len(sent)]
    parts = [sent[a:b] for a, b in pairwise(edges)]
    assert statuses(url, parts, len(requests)) == [200] * len(requests)


def test_connect_and_rubbish_are_refused(url: str) -> None:
    assert statuses(url, [b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"], 1)[0] >= 400
    offered = b"CONNECT a:1 HTTP/1.1\r\n" + OFFER + b"Host: localhost\r\n\r\n"
    assert statuses(url, [offered], 1)[0] >= 400
    assert statuses(url, [b"rubbish\r\n\r\n"], 1) == [400]
