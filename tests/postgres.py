"""A PostgreSQL server of the tests' own: a cluster in a temporary folder, on a socket there."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """Return the folder of the newest server that is installed, if one is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


class Server:
    """A running server; `stop` and `start` let a test take it away and give it back."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self._run(
            "initdb", "--auth=trust", "--no-sync", "--username=consort", "-D", folder / "data"
        )
        self.start()

    def url(self, name: str) -> str:
        """Return the URL of a new database called `name`."""
        self._run("createdb", "-h", self._folder, "-U", "consort", name)
        return f"postgresql://consort@/{name}?host={self._folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        # Tests kill processes, never the machine, and to sync every database after a crash is slow.
        options = f"-k {self._folder} -c listen_addresses='' -c shared_buffers=16MB -c fsync=off"
        log = self._folder / "log"
        self._run("pg_ctl", "-w", "-D", self._folder / "data", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._run("pg_ctl", "-w", "-D", self._folder / "data", "-m", "immediate", "stop")

    def freeze(self) -> None:
        """Have it answer nothing and refuse nothing, as one does whose disk hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        main = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(main, number)
        for process in Path(f"/proc/{main}/task/{main}/children").read_text().split():
            os.kill(int(process), number)

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        if os.geteuid() == 0:  # the server refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, timeout=60)


@contextmanager
def server(programs: Path) -> Iterator[Server]:
    """Run one for as long as the context lasts."""
    folder = Path(tempfile.mkdtemp(prefix="consort-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    running = Server(folder, programs)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)
