"""The server in a process of its own, as `consort serve` starts it."""

import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx


class Served(NamedTuple):
    """A server that is ready: its process, its address, and the file of its log."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def serving(
    folder: Path,
    roster: str | None = None,
    python: str = sys.executable,
    checkout: Path | None = None,
    **settings: object,
) -> Iterator[Served]:
    """Serve `roster`, or the default one, for as long as the context lasts.

    The server runs in the interpreter `python`, and keeps its state in `folder`. It is the one
    installed there, or that of another `checkout` of the repository.
    """
    port = free_port()
    given = {"state": folder / "state", **settings}
    variables = {f"CONSORT_{name.upper()}": str(value) for name, value in given.items()}
    command = [python, "-m", "service.cli.app", "serve", "--port", str(port)]
    if checkout is not None:
        variables["PYTHONPATH"] = importable(checkout, folder)
        command[1:3] = ["-c", entry_point(checkout)]
    if roster is not None:
        (folder / "roster.yaml").write_text(roster)
        command += ["--roster", str(folder / "roster.yaml")]
    log = folder / "log"
    with log.open("wb") as written:
        environment = {**os.environ, **variables}
        process = subprocess.Popen(command, stderr=written, env=environment, cwd=checkout)
    served = Served(process, f"http://127.0.0.1:{port}", log)
    try:
        wait_until_ready(served.url)
        yield served
    finally:
        process.kill()
        process.wait()


def importable(checkout: Path, folder: Path) -> str:
    """Return the `PYTHONPATH` of a checkout, whose configurations are linked into `folder`."""
    (folder / "consort_configs").symlink_to(checkout / "configs")
    return os.pathsep.join([str(checkout), str(folder)])


def entry_point(checkout: Path) -> str:
    """Return the Python code of the command `consort` of a checkout."""
    scripts = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, function = scripts["consort"].partition(":")
    return f"from {module} import {function}; {function}()"


def wait_until_ready(url: str) -> None:
    """Wait until all systems of a server can be asked."""
    until = time.monotonic() + 180
    while time.monotonic() < until:
        try:
            systems = httpx.get(f"{url}/v1/systems").json()
        except httpx.TransportError:
            systems = []
        if systems and all(system["state"] == "ready" for system in systems):
            return
        time.sleep(0.1)
    raise AssertionError("the service was not ready within three minutes")
