"""The process of the MCP server: what it writes where, cancelled calls, its start and its end."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from typer.testing import CliRunner

from service.cli.app import app
from service.core.admission import Busy
from service.mcp.errors import document_of, shown
from tests.service.mcp.connection import PATIENCE_S, ROOT, ROSTER, Connected, connected, parameters
from tests.serving import free_port
from tests.waiting import until, wait_until

HELD = """
version: 1
systems:
  - {name: upper, callable: "builtins:str.upper"}
  - {name: lower, callable: "builtins:str.lower"}
  - {name: held, callable: "tests.service.mcp.correctors:held", warm_up: null}
"""
GIVEN = {"source": "a", "outputs": {"a": "b", "c": "b"}}


def request(number: int, method: str, **params: object) -> str:
    """A line of JSON-RPC."""
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(message) + "\n"


HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def test_standard_output_has_nothing_but_the_protocol(tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    command = parameters("--roster", str(tmp_path / "roster.yaml"))
    process = subprocess.Popen(
        [command.command, *command.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=command.env,
    )
    assert process.stdin
    assert process.stdout
    both = {"source": "a", "systems": ["noisy", "both"]}
    sent = [
        request(1, "initialize", **HELLO),
        '{"jsonrpc": "2.0", "method": "notifications/initialized"}\n',
        "this is not JSON\n",
        request(2, "tools/call", name="combine", arguments=both),
        request(3, "tools/call", name="combine", arguments={"source": "\ud800"}),
        request(4, "no/such/method"),
    ]  # fmt: skip
    process.stdin.writelines(sent)
    process.stdin.flush()
    answers: dict[object, Any] = {}
    while not {1, 2, 4} <= answers.keys():
        message = json.loads(process.stdout.readline())
        assert message["jsonrpc"] == "2.0"
        answers[message.get("id")] = message
    rest, log = process.communicate(timeout=PATIENCE_S)  # closes standard input
    assert [json.loads(line)["jsonrpc"] for line in rest.splitlines()] in ([], ["2.0"])
    assert process.returncode == 0
    assert answers[1]["result"]["serverInfo"]["name"] == "consort"
    assert not answers[2]["result"]["isError"]
    assert "error" in answers[4]
    assert "noise about a" in log
    assert "noise of a library" in log
    assert "Traceback" not in log


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Connected]:
    """A server that asks systems for one call at a time; one of its systems never answers."""
    (tmp_path / "roster.yaml").write_text(HELD)
    command = parameters(
        "--roster",
        str(tmp_path / "roster.yaml"),
        mcp_asked=tmp_path / "asked",
        consort_asking_at_once=1,
        consort_deadline_s=60,
    )
    yield from connected(command, tmp_path)


def test_a_cancelled_call_frees_its_place(held: Connected, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    both = {"source": "a", "systems": ["upper", "held"]}

    async def scenario() -> None:
        call = asyncio.create_task(held.client.call_tool("combine", both))
        await until(asked.exists)
        busy = await held.client.call_tool("combine", both)
        assert busy.structured_content["type"] == "/problems/queue-full"
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        # What needs no system is not held up, and the place of the call is free.
        given = await held.client.call_tool("combine", GIVEN)
        assert given.structured_content["text"] == "b"
        await until(lambda: "tool combine: cancelled" in held.log.read_text())
        others = {"source": "a", "systems": ["upper", "lower"]}
        assert not (await held.client.call_tool("combine", others)).is_error

    held.run(scenario())


def test_the_sdk_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    result = CliRunner().invoke(app, ["mcp"])
    assert result.exit_code == 2
    assert "pip install 'consort[mcp]'" in result.output


def test_a_roster_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["mcp", "--roster", str(tmp_path / "none.yaml")])
    assert result.exit_code == 2
    assert "none.yaml" in result.output


def test_http_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_text(ROSTER)
    port = free_port()
    command = parameters("--roster", str(tmp_path / "roster.yaml"), "--port", str(port))
    url = f"http://127.0.0.1:{port}/mcp"

    async def scenario() -> object:
        async with Client(url) as client:
            return (await client.call_tool("combine", GIVEN)).structured_content["text"]

    def answers() -> bool:
        try:
            return httpx.get(url, headers={"Host": "example.org"}).status_code == 421
        except httpx.TransportError:
            return False

    process = subprocess.Popen(
        [command.command, *command.args], stderr=subprocess.PIPE, cwd=ROOT, env=command.env
    )
    try:
        wait_until(answers, PATIENCE_S)  # a page of another site cannot use it
        assert asyncio.run(scenario()) == "b"
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def test_an_unexpected_error_has_no_details(caplog: pytest.LogCaptureFixture) -> None:
    document = document_of("check", KeyError("a secret"))
    assert document["type"] == "/problems/internal-error"
    assert "secret" not in shown(document)
    assert document["instance"].rpartition(":")[2] in caplog.text


@pytest.mark.parametrize(
    ("error", "code"), [(Busy(), "queue-full"), (TimeoutError(), "deadline-exceeded")]
)
def test_errors_that_may_pass_say_so(error: Exception, code: str) -> None:
    assert shown(document_of("check", error)).startswith(f"Error {code}: ")
