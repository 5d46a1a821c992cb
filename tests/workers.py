"""Workers for tests: the real one in a process of its own, with a child that does little.

The request of a job says so: to `write` a text, bit by bit over `seconds`; to `fail`; to be
`killed`; to find the disk full. Other requests are done for real.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from service.jobs import child, job, leases, queue, retention
from service.jobs.child import Attempt, Progress
from service.jobs.queue import Order

Hire = Callable[..., "subprocess.Popen[bytes]"]

STEPS = 10
ENCODER = "encoder"
"""The encoder that jobs may name; its folder is beside that of the jobs in the state folder."""


def order(**request: object) -> Order:
    return Order("combine", {"write": "text\n", "seconds": 0.0, **request}, {"a.txt": b"given"})


@contextmanager
def hiring(url: str, state: Path) -> Iterator[Hire]:
    hired = []

    def start(**settings: object) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.workers"]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        hired.append(worker)
        given = {"database": url, "state": str(state), "job_lease_s": 2, **settings}
        assert worker.stdin
        worker.stdin.write(json.dumps(given).encode() + b"\n")
        worker.stdin.flush()
        return worker

    yield start
    for worker in hired:
        worker.kill()
        worker.wait()
        worker.stdin.close()


def little(attempt: Attempt, pipe: Connection) -> None:
    """Stand in for what the kinds do; everything around it is as always."""
    request = attempt.request
    child.results.prepare(attempt.folder, attempt.files)
    if request.get("fail"):
        raise ValueError(f"{attempt.folder / 'given'}/a.txt: {request['fail']}")
    if request.get("unforeseen"):
        raise KeyError("secret")
    if request.get("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    if request.get("full"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with (attempt.folder / "results" / "out.txt").open("w") as file:
        for _ in Progress(pipe)(range(STEPS), "Writing"):
            file.write(request["write"])
            file.flush()
            time.sleep(request["seconds"] / STEPS)
    child.results.settle(attempt.folder)


def main(attempt: Attempt, pipe: Connection) -> None:
    if "write" in attempt.request:
        child._work = little
    elif (attempt.state / ENCODER).is_dir():
        attempt.folder.mkdir(parents=True)
        (attempt.folder / ENCODER).symlink_to(attempt.state / ENCODER)
    child.main(attempt, pipe)


def set_clocks_by(file: Path) -> None:
    """Have the clocks of the machine and of the database be as many seconds off as `file` says."""
    machine, database = time.time, job.now
    time.time = lambda: machine() + float(file.read_text())
    for module in (job, leases, queue, retention):
        module.now = lambda connection: database(connection) + float(file.read_text())


if __name__ == "__main__":
    from service.core.settings import Settings
    from service.jobs import worker
    from tests import workers

    worker.child = workers
    worker._POLL_S = 0.05
    worker._HEARTBEAT_S = 0.1
    given = json.loads(sys.stdin.buffer.readline())
    if clock := given.pop("clock", None):
        set_clocks_by(Path(clock))
    worker.work(Settings(**given), attached=True)
