"""The MCP server in a process of its own, and the SDK's client of it."""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

T = TypeVar("T")

ROOT = Path(__file__).parents[3]
ROSTER = """
version: 1
systems:
  - {name: articles, callable: "tests.contract.correctors:articles"}
  - {name: spelling, callable: "tests.contract.correctors:spelling"}
  - {name: both, callable: "tests.contract.correctors:both"}
  - {name: noisy, callable: "tests.service.mcp.correctors:noisy"}
  - {name: absent, callable: "no.such.module:function"}
"""
PATIENCE_S = 120


class Connected:
    """A client of a server process, called from a thread that is not that of its event loop."""

    def __init__(self, client: Client, loop: asyncio.AbstractEventLoop, log: Path) -> None:
        self.client, self._loop, self.log = client, loop, log

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` in the loop of the client."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def call(self, tool: str, **arguments: object) -> Any:
        """Call a tool."""
        return self.run(self.client.call_tool(tool, arguments))


def parameters(*arguments: str, **variables: object) -> StdioServerParameters:
    """The command that starts the server."""
    given = {name.upper(): str(value) for name, value in variables.items()}
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "service.cli.app", "mcp", *arguments],
        env={**os.environ, **given},
        cwd=ROOT,
    )


def connected(server: StdioServerParameters, folder: Path) -> Iterator[Connected]:
    """Run a server and its client; yield the client."""
    opened: list[Connected] = []
    is_open = threading.Event()

    async def run() -> None:
        log = folder / "log"
        try:
            with log.open("w") as written:
                async with Client(stdio_client(server, errlog=written)) as client:
                    closing = asyncio.Event()
                    made = Connected(client, asyncio.get_running_loop(), log)
                    opened.append(made)
                    closings.append(closing)
                    is_open.set()
                    await closing.wait()
        finally:
            is_open.set()

    closings: list[asyncio.Event] = []
    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    is_open.wait(PATIENCE_S)
    assert opened, (folder / "log").read_text()
    try:
        yield opened[0]
    finally:
        opened[0]._loop.call_soon_threadsafe(closings[0].set)
        thread.join()
