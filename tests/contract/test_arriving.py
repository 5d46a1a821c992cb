"""Jobs that arrive at once: their bodies are held in memory, so many bytes and no more."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from service.api.app import create_app
from service.api.resources.jobs import EXAMPLE
from service.core.settings import Settings
from tests.contract.conftest import ROSTER, running
from tests.waiting import wait_until

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
                b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + length
                + b"\r\n\r\n"
            )
        yield


def until(client: httpx.Client, status: int) -> httpx.Response:
    answers: list[httpx.Response] = []

    def has_come() -> bool:
        answers.append(client.post("/v1/jobs", json=EXAMPLE))
        return answers[-1].status_code == status

    wait_until(has_come)
    return answers[-1]


def under_way(client: httpx.Client) -> float:
    """Requests being answered, this one too."""
    (line,) = re.findall(r"^consort_requests_under_way (.*)$", client.get("/metrics").text, re.M)
    return float(line)


@pytest.mark.slow
@pytest.mark.parametrize("length", [b"Content-Length: 20000", b"Transfer-Encoding: chunked"])
def test_beside_two_of_the_largest_none_is_read(client: httpx.Client, length: bytes) -> None:
    with arriving(client, length, length):
        assert until(client, 503).headers["retry-after"]
    until(client, 202)


def test_many_small_ones_are_read_at_once(client: httpx.Client) -> None:
    with arriving(client, *[b"Content-Length: 500"] * 10, b"Content-Length: 20000"):
        wait_until(lambda: under_way(client) == 12)  # with the one that asks
        assert client.post("/v1/jobs", json=EXAMPLE).status_code == 202
