"""Connections that send half a request, or none: they end, and keep nobody else out."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from hypothesis import given
from hypothesis import strategies as st

from service.api.half_open import HalfOpen
from tests.serving import serving

ROSTER = 'version: 1\nsystems: [{name: quick, callable: "builtins:str.strip"}]\n'
HALF = b"GET /livez HTTP/1.1\r\nX-A: "
HALF_BODY = (
    b"POST /v1/combine HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)
NO_BODY = HALF_BODY[:-1]
ANSWERED = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
REFUSED = HALF_BODY.replace(b"/v1/combine", b"/nothing")


@contextmanager
def half_open(url: str, n: int, sent: bytes = HALF) -> Iterator[list[socket.socket]]:
    """Open connections to a server and send the same on each."""
    place = urlsplit(url)
    with ExitStack() as stack:
        opened = []
        for _ in range(n):
            connection = socket.create_connection((place.hostname, place.port), timeout=20)
            opened.append(stack.enter_context(connection))
            connection.sendall(sent)
        yield opened


def test_half_a_head_is_not_awaited_for_ever(tmp_path: Path) -> None:
    with serving(tmp_path, ROSTER, read_timeout_s=0.5) as served:
        with half_open(served.url, 3) as opened:
            assert [connection.recv(1) for connection in opened] == [b""] * 3
        place = urlsplit(served.url)
        with socket.create_connection((place.hostname, place.port), timeout=20) as silent:
            assert silent.recv(1) == b""
        with httpx.Client(base_url=served.url) as client:  # one connection, for both requests
            assert {client.get("/livez").status_code for _ in range(2)} == {200}


def test_clients_that_are_awaited_leave_room_for_others(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nulimit -n 640\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with (
        serving(tmp_path, ROSTER, str(python), read_timeout_s=60) as served,
        # Each of its requests has a connection of its own.
        httpx.Client(base_url=served.url, headers={"Connection": "close"}, timeout=20) as client,
    ):
        for sent in (HALF, HALF_BODY, NO_BODY, ANSWERED, REFUSED):
            with ExitStack() as opened:
                for _ in range(8):  # fewer at once than wait to be accepted
                    opened.enter_context(half_open(served.url, 100, sent))
                    assert client.get("/livez").status_code == 200, sent


class Connection:
    """A transport that counts how often it was ended."""

    def __init__(self) -> None:
        self.ended = 0

    def abort(self) -> None:
        self.ended += 1


@given(st.lists(st.sampled_from(["open", "begin", "more", "end"]), max_size=40), st.integers(1, 4))
def test_no_more_than_the_most_wait_and_the_longest_go_first(steps: list[str], most: int) -> None:
    async def play() -> None:
        waiting, gone = HalfOpen(most, 100), []
        opened: list[Connection] = []
        for step in steps:
            if step == "open":
                opened.append(Connection())
            alive = [one for one in opened if not one.ended]
            if step == "end" and alive:
                waiting.end(alive[0])
            elif step == "more" and alive:
                waiting.await_more(alive[0])
            elif alive:
                waiting.begin(alive[-1], len(alive))
            gone = [one.ended for one in opened]
            assert len(waiting) <= most
        assert set(gone) <= {0, 1}
        for one in opened:
            waiting.end(one)

    asyncio.run(play())
