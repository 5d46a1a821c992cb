"""Ten times as many requests at once as the service accepts, for a minute, and their answers.

Each connection asks again as soon as it has its answer, whatever `Retry-After` says: clients can
hardly be worse. Half of them share one key, which so meets its rate; the others have keys of their
own, and meet the queue. Server and client share the machine.
"""

import asyncio
import random
import resource
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.load import SEED, make_requests, serving
from benchmarks.table import publish

QUEUE, SECONDS, KEYS = 1 << 18, 60.0, 10
RATE = 20_000
CHARACTERS = 1000
"""In a request of `make_requests`, about; this many fill the queue."""

CONNECTIONS = 10 * QUEUE // CHARACTERS
CALM, CALM_MS = 20, 50.0
SETTLED_S = 3.0


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Seen:
    """Answers to clients: statuses, refusals without Retry-After, seconds of those granted."""

    statuses: Counter[int] = field(default_factory=Counter)
    silent: int = 0
    granted: list[float] = field(default_factory=list)


def main() -> None:
    """Print the table; about eighty seconds."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    variables = {
        "CONSORT_REQUIRE_KEYS": "true",
        "CONSORT_QUEUE_CHARACTERS": str(QUEUE),
        "CONSORT_REQUESTS_PER_MINUTE": str(RATE),
        "CONSORT_SEGMENTS_PER_MINUTE": str(RATE),
    }
    with serving(variables, KEYS + 1) as (port, texts, server):
        *greedy_and_others, calm = texts
        began = memory(server)
        seen, halfway = asyncio.run(overload(port, greedy_and_others, server))
        ended = memory(server)
        recovered = asyncio.run(recovery(port, calm))
    publish("python -m benchmarks.overload", [row(seen, (began, halfway, ended), recovered)], NOTE)


NOTE = (
    f"{CONNECTIONS} connections, a queue of {QUEUE} characters, {RATE} requests a minute and key, "
    f"{SECONDS:g} s. Recovered: {CALM} requests in a row within {CALM_MS:g} ms."
)


def row(seen: Seen, megabytes: Sequence[float], recovered: float) -> dict[str, object]:
    """Return the answers as a row."""
    known = {200, 429, 503}
    median, tail = np.percentile(seen.granted, [50, 99])
    return {
        "requests/s": f"{seen.statuses.total() / SECONDS:.0f}",
        "200/s": f"**{seen.statuses[200] / SECONDS:.0f}**",
        "429": seen.statuses[429],
        "503": seen.statuses[503],
        "others": sum(n for status, n in seen.statuses.items() if status not in known),
        "without Retry-After": seen.silent,
        "p50 s of 200": f"{median:.2f}",
        "p99 s of 200": f"{tail:.2f}",
        "MiB before, during, after": ", ".join(f"{m:.0f}" for m in megabytes),
        "recovered in s": f"**{recovered:.1f}**",
    }


async def overload(port: int, texts: Sequence[str], server: int) -> tuple[Seen, float]:
    """Ask for `SECONDS` on all connections; return the answers, and the memory halfway."""
    greedy, *others = [list(make_requests(random.Random(SEED), text)) for text in texts]
    # Before the first asks for anything: libuv takes two new connections in each round of its loop,
    # and a round in which all of these ask takes seconds.
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    await asyncio.sleep(SETTLED_S)
    until = time.perf_counter() + SECONDS
    seen = Seen()
    users = [
        asyncio.create_task(user(one, greedy if i % 2 else others[i % len(others)], until, seen))
        for i, one in enumerate(connections)
    ]
    await asyncio.sleep(SECONDS / 2)
    halfway = memory(server)
    await asyncio.gather(*users)
    return seen, halfway


async def user(connection: Connection, requests: Sequence[bytes], until: float, seen: Seen) -> None:
    """Ask again and again on one connection; a connection that breaks counts as status 0."""
    reader, writer = connection
    sent = random.Random(SEED).randrange(len(requests))
    try:
        while time.perf_counter() < until:
            began = time.perf_counter()
            sent += 1
            writer.write(requests[sent % len(requests)])
            note(await answer(reader), time.perf_counter() - began, seen)
        writer.close()
    except (OSError, asyncio.IncompleteReadError):
        seen.statuses[0] += 1


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Read an answer; its head, in small letters."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, rest = head.partition(b"content-length: ")
    await reader.readexactly(int(rest.partition(b"\r\n")[0]))
    return head


def note(head: bytes, seconds: float, seen: Seen) -> None:
    """Count an answer."""
    status = int(head.split(None, 2)[1])
    seen.statuses[status] += 1
    if status == 200:
        seen.granted.append(seconds)
    else:
        seen.silent += b"\r\nretry-after: " not in head


async def recovery(port: int, text: str) -> float:
    """Ask one thing after the other until answers come as usual; the seconds until they did."""
    requests = list(make_requests(random.Random(SEED), text))
    began = calm_since = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    calm = 0
    while calm < CALM:
        sent = time.perf_counter()
        if not calm:
            calm_since = sent
        writer.write(requests[calm])
        head = await answer(reader)
        well = head.startswith(b"http/1.1 200 ") and time.perf_counter() - sent < CALM_MS / 1000
        calm = calm + 1 if well else 0
    writer.close()
    return calm_since - began


def memory(server: int) -> float:
    """Return the MiB that a process holds."""
    status = Path(f"/proc/{server}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
