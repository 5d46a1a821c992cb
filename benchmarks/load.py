"""The service under load: outputs of 7 systems given, voting, 16 connections.

Sentences of 20 tokens as `make run` has it, and with all that an operator can have: keys and rates.
Then texts of 2,000 tokens, which are combined in processes.

Server and client share the machine. The texts are made here, so that nothing is needed. The
service of another commit is measured in turn with this one:

    python -m benchmarks.load [CHECKOUT_OF_THE_OTHER_COMMIT]
"""

import asyncio
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import numpy as np
from scipy.stats import t

from benchmarks.checkout import consort
from benchmarks.table import publish

SYSTEMS, TOKENS, CONNECTIONS = 7, 20, 16
REPEATS, SECONDS, WARM_UP_S = 5, 6.0, 2.0
MANY_TOKENS = 2000
SEED, SEGMENTS, FEW_SEGMENTS = 12, 500, 50

WORDS = """
    the a of to and in that it was for on with they at be this from have by were which are when
    there been one who would more said time people year government house letter friend weather
    yesterday received believe writing quickly together beautiful children school important
""".split()
ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'


def main(checkouts: Sequence[str]) -> None:
    """Print the table; two minutes, and as much for another commit."""
    most = str(10**9)
    generous = {"CONSORT_REQUESTS_PER_MINUTE": most, "CONSORT_SEGMENTS_PER_MINUTE": most}
    keys_and_rates = {"CONSORT_REQUIRE_KEYS": "true", **generous}
    rows = [
        *measured("metrics, log", {}, TOKENS, checkouts),
        *measured("metrics, log, keys, rates", keys_and_rates, TOKENS, checkouts),
        *measured("metrics, log", {}, MANY_TOKENS, checkouts),
    ]
    note = f"Client: asyncio. 95% t interval over {REPEATS} runs of {SECONDS:g} s, seed {SEED}."
    publish("python -m benchmarks.load", rows, note)


def measured(
    name: str, variables: Mapping[str, str], tokens: int, checkouts: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Yield the row of the service with these settings, and that of each other commit."""
    runs: dict[str, list[tuple[float, float, float, int]]] = {}
    with ExitStack() as stack:
        services = {}
        for path in ("", *checkouts):
            service = stack.enter_context(serving(variables, checkout=path))
            requests = list(make_requests(random.Random(SEED), service[1][0], tokens))
            asyncio.run(drive(service[0], requests, WARM_UP_S))
            services[path] = service[0], requests
        for _ in range(REPEATS):
            for path, (port, requests) in services.items():
                runs.setdefault(path, []).append(asyncio.run(drive(port, requests, SECONDS)))
    for path, measurements in runs.items():
        rates, medians, tails, errors = zip(*measurements, strict=True)
        yield {
            "commit": path or "this",
            "with": name,
            "systems": SYSTEMS,
            "tokens": tokens,
            "connections": CONNECTIONS,
            "requests/s": interval(rates),
            "p50 ms": interval(medians),
            "p99 ms": interval(tails),
            "errors": sum(errors),
        }


def make_requests(rng: random.Random, key: str, tokens: int = TOKENS) -> Iterator[bytes]:
    """Yield HTTP requests with `key`; each system changes one word in ten of a random sentence."""
    for _ in range(SEGMENTS if tokens == TOKENS else FEW_SEGMENTS):
        words = [rng.choice(WORDS) for _ in range(tokens - 1)]
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
    checkout: str = "",
) -> Iterator[tuple[int, list[str], int]]:
    """Run the service with a roster in its own process; yield its port, keys and process id."""
    with socket.socket() as free, TemporaryDirectory() as folder, consort(checkout) as command:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        roster = Path(folder, "roster.yaml")
        roster.write_text(systems)
        environment = {**command.environment, "CONSORT_STATE": folder, **variables}
        texts = [make_key(command.words, environment, f"load {i}", scopes) for i in range(number)]
        serve = [*command.words, "serve", "--roster", str(roster), "--port", str(port)]
        server = subprocess.Popen(serve, stderr=subprocess.DEVNULL, env=environment)
        try:
            wait_until_ready(port, server)
            yield port, texts, server.pid
        finally:
            server.terminate()
            server.wait()


def make_key(
    words: Sequence[str], environment: Mapping[str, str], name: str, scopes: Sequence[str]
) -> str:
    """Return a new key with these scopes."""
    options = [f"--scope={scope}" for scope in scopes]
    create = [*words, "key", "create", name, *options]
    made = subprocess.run(create, env=environment, check=True, capture_output=True, text=True)
    return made.stdout.strip()


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
    main(sys.argv[1:])
