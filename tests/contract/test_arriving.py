"""Jobs that arrive at once: their bodies are held in memory, so many bytes and no more."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from service.api.app import create_app
from service.api.jobs import EXAMPLE
from service.core.settings import Settings
from tests.contract.conftest import ROSTER, running

LARGEST = 20_000


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    settings = Settings(
        roster=tmp_path / "roster.yaml", state=tmp_path / "state", job_workers=0,
        job_bytes=LARGEST, jobs_waiting=10_000, read_timeout_s=60,
    )  # fmt: skip
    with running(create_app(settings)) as url, httpx.Client(base_url=url) as client:
        yield client


@contextmanager
def arriving(client: httpx.Client, *lengths: bytes) -> Iterator[None]:
    """Have jobs be on their way, of which nothing comes after the header."""
    url = client.base_url
    with ExitStack() as stack:
        for length in lengths:
            sender = socket.create_connection((url.host, url.port))
            stack.enter_context(sender).sendall(
                b"POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                + length
                + b"\r\n\r\n"
            )
        yield


def until(client: httpx.Client, status: int) -> httpx.Response:
    end = time.monotonic() + 30
    while (answer := client.post("/v1/jobs", json=EXAMPLE)).status_code != status:
        assert time.monotonic() < end, answer.text
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("length", [b"Content-Length: 20000", b"Transfer-Encoding: chunked"])
def test_beside_two_of_the_largest_none_is_read(client: httpx.Client, length: bytes) -> None:
    with arriving(client, length, length):
        assert until(client, 503).headers["retry-after"]
    until(client, 202)


def test_many_small_ones_are_read_at_once(client: httpx.Client) -> None:
    with arriving(client, *[b"Content-Length: 500"] * 10, b"Content-Length: 20000"):
        time.sleep(0.2)  # by now they have come, or are slow, and it is true all the same
        assert client.post("/v1/jobs", json=EXAMPLE).status_code == 202
