"""The first requests after `/readyz` answers 200, from a service with the embedded correctors.

Each request has another sentence with other misspelt words, because the correctors remember words.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.load import wait_until_ready
from benchmarks.table import publish

STARTS = 5
SENTENCES = (
    "He dont liek the new goverment.",
    "She wants a beter comittee today.",
    "They wroten a long jurnal article.",
    "My teecher was verry kind yesterday.",
    "The docter gaved me some medicine.",
    "Our familly livs near the river.",
    "His neighbur brougt three dogs.",
    "That compeny maks cheap furniture.",
    "The libary closs at nine.",
    "Your secratary forgott the letter.",
)


def main() -> None:
    """Print the table; about two minutes."""
    starts = [measured() for _ in range(STARTS)]
    first, tenth = ([times[i] for _, times in starts] for i in (0, 9))
    row = {
        "to ready s": shown([seconds for seconds, _ in starts]),
        "first ms": shown(first),
        "tenth ms": shown(tenth),
        "first / tenth": shown([a / b for a, b in zip(first, tenth, strict=True)], 2),
    }
    note = f"Median of {STARTS} starts, and the range."
    publish("python -m benchmarks.first_request", [row], note)


def measured() -> tuple[float, list[float]]:
    """Return the seconds until the service was ready, and the milliseconds of ten requests."""
    began = time.perf_counter()
    with serving() as port:
        seconds = time.perf_counter() - began
        connection = HTTPConnection("127.0.0.1", port)
        return seconds, [milliseconds(connection, sentence) for sentence in SENTENCES]


def milliseconds(connection: HTTPConnection, sentence: str) -> float:
    """Return how long all systems took to correct a sentence; none of them may fail."""
    began = time.perf_counter()
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/v1/combine", json.dumps({"source": sentence}), headers)
    answer = json.load(connection.getresponse())
    took = time.perf_counter() - began
    if answer["degraded"]:
        raise SystemExit(f"a system failed: {answer['systems']}")
    return took * 1000


@contextmanager
def serving() -> Iterator[int]:
    """Run the service with its default roster; yield its port when it is ready."""
    with socket.socket() as free, TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "service.cli.app", "serve", "--port", str(port)]
        environment = {**os.environ, "CONSORT_STATE": folder}
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
        try:
            wait_until_ready(port, server)
            yield port
        finally:
            server.terminate()
            server.wait()


def shown(values: list[float], digits: int = 1) -> str:
    """Return the median of a few values and their range."""
    middle, low, high = (f"{v:.{digits}f}" for v in (median(values), min(values), max(values)))
    return f"{middle} ({low} to {high})"


if __name__ == "__main__":
    main()
