"""Workers for tests: the real one in a process of its own, with a child that does little.

What a job asks is its request: to `write` a text, bit by bit over `seconds`; to `fail`; to be
`killed`; to find the disk full.
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

from service.jobs import child
from service.jobs.child import Attempt, Progress
from service.jobs.queue import Order

Hire = Callable[..., "subprocess.Popen[bytes]"]

STEPS = 10


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
    child._work = little
    child.main(attempt, pipe)


if __name__ == "__main__":
    from service.core.settings import Settings
    from service.jobs import worker
    from tests import workers

    worker.child = workers
    worker._POLL_S = 0.05
    worker._HEARTBEAT_S = 0.1
    worker.work(Settings(**json.loads(sys.stdin.buffer.readline())), attached=True)
