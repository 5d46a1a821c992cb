"""The service under load: outputs of 7 systems given, 20 tokens, voting, 16 connections.

Once as `make run` has it, once with all that an operator can have: keys and rates.

Server and client share the machine. The sentences are made here, so that nothing is needed.
"""

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import numpy as np
from scipy.stats import t

from benchmarks.table import publish
from service.store import keys
from service.store.database import Database

SYSTEMS, TOKENS, CONNECTIONS = 7, 20, 16
REPEATS, SECONDS, WARM_UP_S = 5, 6.0, 2.0
SEED, SEGMENTS = 12, 500

WORDS = """
    the a of to and in that it was for on with they at be this from have by were which are when
    there been one who would more said time people year government house letter friend weather
    yesterday received believe writing quickly together beautiful children school important
""".split()
ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'


def main() -> None:
    """Print the table; about eighty seconds."""
    most = str(10**9)
    generous = {"CONSORT_REQUESTS_PER_MINUTE": most, "CONSORT_SEGMENTS_PER_MINUTE": most}
    rows = [
        measured("metrics, log", {}),
        measured("metrics, log, keys, rates", {"CONSORT_REQUIRE_KEYS": "true", **generous}),
    ]
    note = f"Client: asyncio. 95% t interval over {REPEATS} runs of {SECONDS:g} s, seed {SEED}."
    publish("python -m benchmarks.load", rows, note)


def measured(name: str, variables: Mapping[str, str]) -> dict[str, object]:
    """Return the row of the service with these settings."""
    with serving(variables) as (port, texts, _):
        requests = list(make_requests(random.Random(SEED), texts[0]))
        asyncio.run(drive(port, requests, WARM_UP_S))
        runs = [asyncio.run(drive(port, requests, SECONDS)) for _ in range(REPEATS)]
    rates, medians, tails, errors = zip(*runs, strict=True)
    return {
        "with": name,
        "systems": SYSTEMS,
        "tokens": TOKENS,
        "connections": CONNECTIONS,
        "requests/s": interval(rates),
        "p50 ms": interval(medians),
        "p99 ms": interval(tails),
        "errors": sum(errors),
    }


def make_requests(rng: random.Random, key: str) -> Iterator[bytes]:
    """Yield HTTP requests with `key`; each system changes one word in ten of a random sentence."""
    for _ in range(SEGMENTS):
        words = [rng.choice(WORDS) for _ in range(TOKENS - 1)]
        outputs = {f"system{i}": sentence(changed(words, rng)) for i in range(SYSTEMS)}
        body = json.dumps({"source": sentence(words), "outputs": outputs}).encode()
        yield (
            b"POST /v1/combine HTTP/1.1\r\nHost: localhost\r\n"
            b"Authorization: Bearer %b\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (key.encode(), len(body), body)
        )


def changed(words: Sequence[str], rng: random.Random) -> list[str]:
    """Return `words` with one in ten another."""
    return [rng.choice(WORDS) if rng.random() < 0.1 else word for word in words]


def sentence(words: Sequence[str]) -> str:
    """Return `words` with a capital and a stop."""
    return " ".join(words).capitalize() + "."


@contextmanager
def serving(
    variables: Mapping[str, str],
    number: int = 1,
    systems: str = ROSTER,
    scopes: Sequence[str] = ("combine",),
) -> Iterator[tuple[int, list[str], int]]:
    """Run the service with a roster in its own process; yield its port, keys and process id."""
    with socket.socket() as free, TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        roster = Path(folder, "roster.yaml")
        roster.write_text(systems)
        consort = str(Path(sys.executable).with_name("consort"))
        command = [consort, "serve", "--roster", str(roster), "--port", str(port)]
        environment = {**os.environ, "CONSORT_STATE": folder, **variables}
        texts = make_keys(f"sqlite:///{folder}/consort.db", number, scopes)
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
        try:
            wait_until_ready(port, server)
            yield port, texts, server.pid
        finally:
            server.terminate()
            server.wait()


def make_keys(url: str, number: int, scopes: Sequence[str]) -> list[str]:
    """Return this number of keys with these scopes."""
    database = Database(url)
    database.migrate()
    made = [keys.create(database, f"load {i}", scopes, None)[1] for i in range(number)]
    database.close()
    return made


def wait_until_ready(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Return when the service takes requests; exits where it does not come up."""
    while server.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the service ended with status {server.returncode}")


async def drive(
    port: int, requests: Sequence[bytes], seconds: float
) -> tuple[float, float, float, int]:
    """Send requests for so long; requests/s, p50 and p99 in ms, and how many failed."""
    began = time.perf_counter()
    until = began + seconds
    users = (user(port, requests[i::CONNECTIONS], until) for i in range(CONNECTIONS))
    results = await asyncio.gather(*users)
    took = time.perf_counter() - began
    times = np.concatenate([times for times, _ in results])
    median, tail = np.percentile(times, [50, 99]) * 1000
    return len(times) / took, float(median), float(tail), sum(errors for _, errors in results)


async def user(port: int, requests: Sequence[bytes], until: float) -> tuple[list[float], int]:
    """Send one request after the other on one connection; the seconds each took, and errors."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times: list[float] = []
    errors = 0
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(requests[len(times) % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        _, _, rest = head.lower().partition(b"content-length: ")
        await reader.readexactly(int(rest.partition(b"\r\n")[0]))
        times.append(time.perf_counter() - began)
        errors += not head.startswith(b"HTTP/1.1 200 ")
    writer.close()
    await writer.wait_closed()
    return times, errors


def interval(values: Sequence[float]) -> str:
    """Return the mean of a few runs with its 95% interval."""
    mean, error = np.mean(values), np.std(values, ddof=1) / len(values) ** 0.5
    low, high = mean + error * t.ppf([0.025, 0.975], len(values) - 1)
    return f"**{mean:.1f}** ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
