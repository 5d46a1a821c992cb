"""The server in a process of its own: whom it serves, and how it stops."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.api.resources import jobs
from service.api.serving import check_exposure
from service.core.settings import Settings, SettingsError
from tests.raising import raises_code
from tests.serving import Served, serving

ROSTER = f"""
version: 1
systems:
  - {{name: quick, callable: "builtins:str.strip"}}
  - name: slow
    warm_up: null
    command:
      - {sys.executable}
      - -uc
      - "import sys, time\\nfor x in sys.stdin: time.sleep(1.0); print(x, end='')"
"""
ASK = {"source": "one two", "systems": ["quick", "slow"]}
GIVEN = {"source": "a", "outputs": {"a": "b"}}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, ROSTER, drain_s=0.7, job_workers=0) as served:
        yield served


class Stream:
    """NDJSON to NDJSON, a line at a time, on a connection of its own."""

    async def open(self, url: httpx.URL) -> None:
        self._reader, self._writer = await asyncio.open_connection(url.host, url.port)
        head = "POST /v1/combine/batch HTTP/1.1", f"Host: {url.host}", "Transfer-Encoding: chunked"
        kinds = "Content-Type: application/x-ndjson", "Accept: application/x-ndjson"
        self._writer.write("\r\n".join([*head, *kinds, "", ""]).encode())

    async def ask(self) -> Any:
        line = json.dumps(ASK).encode() + b"\n"
        self._writer.write(b"%x\r\n%b\r\n" % (len(line), line))
        while not (said := await self._reader.readline()).startswith(b"{"):
            assert said, "the stream was cut"
        return json.loads(said)

    async def end(self) -> bytes:
        """Ask no more, and return what still comes."""
        self._writer.write(b"0\r\n\r\n")
        rest = await self._reader.read()
        self._writer.close()
        return rest


async def _stopped_amid(served: Served) -> None:
    """Stop it while requests of several kinds are under way, and see that none is cut."""
    async with httpx.AsyncClient(base_url=served.url, timeout=30) as client:
        await asyncio.gather(*(client.get("/livez") for _ in range(6)))  # connections to go on with
        stream = Stream()
        await stream.open(client.base_url)
        answers = [await stream.ask()]
        job = (await client.post("/v1/jobs", json=jobs.EXAMPLE)).json()["id"]  # nobody does it
        plain = [asyncio.create_task(client.post("/v1/combine", json=ASK)) for _ in range(2)]
        batch = asyncio.create_task(client.post("/v1/combine/batch", json=[ASK, ASK]))
        watching = asyncio.create_task(client.get(f"/v1/jobs/{job}/events"))
        while "consort_requests_under_way 6.0" not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.01)
        served.process.send_signal(signal.SIGTERM)
        await _refuses_what_is_new(client)
        answers += [await stream.ask(), await stream.ask()]
        assert (await stream.end()).endswith(b"0\r\n\r\n")
        answers += [answer.raise_for_status().json() for answer in await asyncio.gather(*plain)]
        answers += (await batch).raise_for_status().json()
        assert [one["systems"]["slow"]["status"] for one in answers] == ["ok"] * 7
        assert "event: job" in (await watching).text


async def _refuses_what_is_new(client: httpx.AsyncClient) -> None:
    while (ready := await client.get("/readyz")).status_code == 200:
        await asyncio.sleep(0.01)
    assert (ready.status_code, (await client.get("/livez")).status_code) == (503, 200)
    assert ready.headers["retry-after"]
    new = await client.post("/v1/combine", json=GIVEN)
    assert (new.status_code, new.headers["connection"]) == (503, "close")
    assert new.headers["retry-after"]
    assert new.json()["type"] == "/problems/stopping"


def test_what_is_under_way_finishes_and_nothing_new_begins(served: Served) -> None:
    asyncio.run(_stopped_amid(served))
    assert served.process.wait(timeout=20) in (0, -signal.SIGTERM)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{served.url}/livez")
    lines = [line for line in served.log.read_text().splitlines() if line.startswith("{")]
    events = [json.loads(line)["event"] for line in lines]
    assert events.count("request") > 8
    assert "Application shutdown complete." in events


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_others_are_not_served_without_keys(host: str) -> None:
    with raises_code("invalid-setting", SettingsError):
        check_exposure(Settings(host=host))
    check_exposure(Settings(host=host, require_keys=True))
    check_exposure(Settings(host=host, insecure=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_this_machine_is(host: str) -> None:
    check_exposure(Settings(host=host))
