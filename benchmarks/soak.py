"""Hours at half of the highest load: whether memory, descriptors or threads grow.

First the highest rate is found: connections send the mix of requests one after the other. Then half
of it is sent, at times fixed beforehand (open loop), and a job every half minute. Each minute the
resources of the service and all its processes are read, and printed as a line of JSON on standard
error, so that a run that is cut off is not lost. Server and client share the machine.

    python -m benchmarks.soak [minutes] [--warm-up MINUTES]
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import aiohttp
import numpy as np

from benchmarks.load import SEED, serving
from benchmarks.mix import WEIGHTS, Request, job, requests
from benchmarks.processes import usage
from benchmarks.table import publish
from benchmarks.trend import Sample, slopes

ROSTER = 'version: 1\nsystems: [{name: quick, callable: "builtins:str.strip"}]\n'
CONNECTIONS, SEARCH_S, JOB_S = 16, 20.0, 30.0
MOST_UNANSWERED = 1000
"""Requests that wait for an answer; what should be sent beyond these is counted as an error."""

EVERY = 10
"""Minutes between the rows of the table."""


@dataclass
class Answers:
    """Answers since the last sample: seconds of each, and errors by kind of request and status."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


class Client:
    """Sends requests with a key, and collects the answers."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.answers = Answers()

    async def send(self, request: Request) -> None:
        """Send one request; whatever is not a success is counted."""
        began = time.perf_counter()
        try:
            sending = self._session.post(request.path, json=request.json, data=request.data)
            async with sending as response:
                content = await response.read()
                if not response.ok:
                    code = content.partition(b'"/problems/')[2].partition(b'"')[0].decode()
                    self.answers.errors[f"{request.kind} {response.status} {code}".rstrip()] += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            self.answers.errors[f"{request.kind} {type(error).__name__}"] += 1
        self.answers.seconds.append(time.perf_counter() - began)

    def take(self) -> Answers:
        """Return the answers since the last call."""
        taken, self.answers = self.answers, Answers()
        return taken


async def highest_rate(client: Client, mix: Iterator[Request]) -> float:
    """Return the successes a second of `CONNECTIONS` that send one request after the other."""
    until = time.perf_counter() + SEARCH_S

    async def user() -> None:
        while time.perf_counter() < until:
            await client.send(next(mix))

    await asyncio.gather(*(user() for _ in range(CONNECTIONS)))
    answers = client.take()
    return (len(answers.seconds) - answers.errors.total()) / SEARCH_S


async def pace(client: Client, mix: Iterator[Request], gap_s: float, until: float) -> None:
    """Send a request every `gap_s` seconds, whether or not the earlier ones were answered."""
    sent: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    for number in count():
        due = began + number * gap_s
        if due >= until:
            break
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        if len(sent) >= MOST_UNANSWERED:
            client.answers.errors["not sent"] += 1
            await asyncio.sleep(0)
            continue
        task = asyncio.create_task(client.send(next(mix)))
        sent.add(task)
        task.add_done_callback(sent.discard)
    await asyncio.gather(*sent)


@dataclass
class Run:
    """A run at half of the highest rate (requests/s): its samples, rows of them, and errors."""

    rate: float
    samples: list[Sample] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


async def sample(client: Client, server: int, minutes: int, run: Run) -> None:
    """Add the resources of the server in each minute to `run`, and print them."""
    began = time.perf_counter()
    for minute in range(1, minutes + 1):
        await asyncio.sleep(max(0.0, began + 60 * minute - time.perf_counter()))
        answers = client.take()
        run.samples.append(Sample(minute, usage(server)))
        run.rows.append(row(run.samples[-1], answers))
        run.errors += answers.errors
        print(json.dumps(run.rows[-1]), file=sys.stderr, flush=True)


def row(taken: Sample, answers: Answers) -> dict[str, object]:
    """Return a sample and the answers of its minute as a row."""
    median, tail = np.percentile(answers.seconds or [np.nan], [50, 99]) * 1000
    return {
        "minute": taken.minute,
        "MiB": round(taken.usage.memory / 2**20, 1),
        "descriptors": taken.usage.descriptors,
        "sockets": taken.usage.sockets,
        "threads": taken.usage.threads,
        "processes": taken.usage.processes,
        "answers/s": round(len(answers.seconds) / 60, 1),
        "p50 ms": round(median, 1),
        "p99 ms": round(tail, 1),
        "errors": dict(answers.errors),
    }


async def soak(port: int, key: str, server: int, minutes: int) -> Run:
    """Find the highest rate, and send half of it for `minutes`."""
    rng = random.Random(SEED)
    mix, jobs = requests(rng), iter(lambda: job(rng), None)
    url, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {key}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector, headers=headers) as session:
        client = Client(session)
        run = Run(await highest_rate(client, mix))
        print(f"highest rate: {run.rate:.0f} requests/s", file=sys.stderr, flush=True)
        until = time.perf_counter() + 60 * minutes
        await asyncio.gather(
            pace(client, mix, 2 / run.rate, until),
            pace(client, jobs, JOB_S, until),
            sample(client, server, minutes, run),
        )
    return run


def publish_run(run: Run, warm_up: int) -> None:
    """Print a row for every ten minutes, and the slopes after the warm-up."""
    command = "python -m benchmarks.soak"
    weights = ", ".join(f"{kind} {weight}%" for kind, weight in WEIGHTS.items())
    note = f"Half of {run.rate:.0f} requests/s: {weights}; a job every {JOB_S:g} s."
    publish(command, run.rows[EVERY - 1 :: EVERY] or run.rows, note)
    trend: dict[str, object] = dict(slopes(run.samples[warm_up:]))
    errors = ", ".join(f"{name}: {number}" for name, number in run.errors.items()) or "0"
    note = f"Least squares with 95% intervals, without the first {warm_up} minutes."
    publish(command, [{**trend, "errors": errors}], note)


def main() -> None:
    """Print the tables; two hours unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("minutes", nargs="?", type=int, default=120)
    parser.add_argument("--warm-up", type=int, default=10, help="minutes that slopes leave out")
    given = parser.parse_args()
    if given.minutes < given.warm_up + 3:
        parser.error("at least three minutes have to follow the warm-up")
    most = str(10**9)
    variables = {
        "CONSORT_REQUIRE_KEYS": "true",
        "CONSORT_REQUESTS_PER_MINUTE": most,
        "CONSORT_SEGMENTS_PER_MINUTE": most,
    }
    with serving(variables, systems=ROSTER, scopes=["combine", "train"]) as (port, (key,), server):
        run = asyncio.run(soak(port, key, server, given.minutes))
    publish_run(run, given.warm_up)


if __name__ == "__main__":
    main()
