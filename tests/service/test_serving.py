"""The server in a process of its own: whom it serves, and how it stops."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.serving import check_exposure
from service.settings import Settings, SettingsError

ROSTER = f"""
version: 1
systems:
  - {{name: quick, callable: "builtins:str.strip"}}
  - name: slow
    warm_up: null
    command:
      - {sys.executable}
      - -uc
      - "import sys, time\\nfor x in sys.stdin: time.sleep(1.5); print(x, end='')"
"""
ASK = {"source": "one two", "systems": ["quick", "slow"]}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"
    variables = {"CONSORT_STATE": str(tmp_path / "state"), "CONSORT_DRAIN_S": "0.7"}
    command = [sys.executable, "-m", "service.cli", "serve", "--port", str(port)]
    command += ["--roster", str(tmp_path / "roster.yaml")]
    with log.open("wb") as written:
        process = subprocess.Popen(command, stderr=written, env={**os.environ, **variables})
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url)
        yield process, url, log
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            systems = httpx.get(f"{url}/v1/systems").json()
        except httpx.TransportError:
            systems = []
        if systems and all(system["state"] == "ready" for system in systems):
            return
        time.sleep(0.1)
    raise AssertionError("the service was not ready within a minute")


async def _stopped_amid(process: subprocess.Popen[bytes], url: str) -> tuple[list[int], list[int]]:
    """Statuses of requests under way when SIGTERM came, and of what was asked right after."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        await asyncio.gather(*(client.get("/livez") for _ in range(6)))  # connections to go on with
        asked = [asyncio.create_task(client.post("/v1/combine", json=ASK)) for _ in range(4)]
        while "consort_requests_under_way 5.0" not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        while (ready := await client.get("/readyz")).status_code == 200:
            await asyncio.sleep(0.01)
        assert ready.headers["retry-after"]
        alive = await client.get("/livez")
        new = await client.post("/v1/combine", json={"source": "a", "outputs": {"a": "b"}})
        assert new.headers["retry-after"]
        assert new.headers["connection"] == "close"
        assert new.json()["detail"] == "the service is stopping"
        answers = await asyncio.gather(*asked)
        assert {a.json()["systems"]["slow"]["status"] for a in answers} == {"ok"}
        codes = [ready.status_code, alive.status_code, new.status_code]
        return [a.status_code for a in answers], codes


def test_what_is_under_way_finishes_and_nothing_new_begins(
    served: tuple[subprocess.Popen[bytes], str, Path],
) -> None:
    process, url, log = served
    finished, after = asyncio.run(_stopped_amid(process, url))
    assert finished == [200] * 4
    assert after == [503, 200, 503]
    assert process.wait(timeout=20) in (0, -signal.SIGTERM)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/livez")
    lines = [line for line in log.read_text().splitlines() if line.startswith("{")]
    events = [json.loads(line)["event"] for line in lines]
    assert events.count("request") > 8
    assert "Application shutdown complete." in events


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_others_are_not_served_without_keys(host: str) -> None:
    with pytest.raises(SettingsError, match="require_keys"):
        check_exposure(Settings(host=host))
    check_exposure(Settings(host=host, require_keys=True))
    check_exposure(Settings(host=host, insecure=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_this_machine_is(host: str) -> None:
    check_exposure(Settings(host=host))
