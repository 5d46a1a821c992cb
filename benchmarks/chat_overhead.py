"""The time that a chat completion takes beside its slowest member, one at a time and 50 at once.

Members are stand-in chat endpoints on this machine that wait a fixed time. The same requests are
sent to the slowest member directly, by the same client: the overhead of the machine.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.clock import quantile
from benchmarks.load import serving
from benchmarks.table import publish

DELAYS_S = (0.2, 0.4, 0.6, 1.0)
REQUESTS, AT_ONCE, SEED = 600, (1, 50), 3
ONE_BY_ONE = 30
ANSWER = "The capital of France is Paris, as it has been for most of the last thousand years."


def main() -> None:
    """Print the table; about three minutes."""
    stand_in = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.chat_overhead", "members"], stdout=subprocess.PIPE
    )
    assert stand_in.stdout
    try:
        port = int(stand_in.stdout.readline())
        members = "".join(_member(port, delay) for delay in DELAYS_S)
        with serving({"CONSORT_LOG_REQUESTS": "false"}, 0, f"version: 1\nsystems:\n{members}") as (
            service, _, _,
        ):  # fmt: skip
            slowest = _request(f"wait:{max(DELAYS_S)}")
            asyncio.run(drive(service, _request("consort"), 20, 20))  # warm
            rows = [
                row(name, to, request, at_once)
                for at_once in AT_ONCE
                for name, to, request in (
                    ("slowest member alone", port, slowest),
                    ("panel of four", service, _request("consort")),
                )
            ]
    finally:
        stand_in.terminate()
    note = f"Members wait {', '.join(f'{d:g}' for d in DELAYS_S)} s. 95% bootstrap, seed {SEED}."
    publish("python -m benchmarks.chat_overhead", rows, note)


def row(name: str, port: int, request: bytes, at_once: int) -> dict[str, object]:
    """Return the row of one server: the time beside the slowest member's."""
    count = REQUESTS if at_once > 1 else ONE_BY_ONE
    seconds, errors = asyncio.run(drive(port, request, count, at_once))
    overhead = [1000 * (s - max(DELAYS_S)) for s in seconds]
    return {
        "asked": name,
        "at once": at_once,
        "requests": count,
        "p50 ms": quantile(overhead, 50, SEED),
        "p99 ms": quantile(overhead, 99, SEED),
        "errors": errors,
    }


async def drive(port: int, request: bytes, count: int, at_once: int) -> tuple[list[float], int]:
    """Send `count` requests over `at_once` connections; return their seconds, and the errors."""
    seconds: list[float] = []
    statuses: list[int] = []
    left = iter(range(count))

    async def connection(start_s: float) -> None:
        # Spread over the first second: people do not press the key at the same moment.
        await asyncio.sleep(start_s)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [h for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")]
            await reader.readexactly(int(lengths[0].partition(b":")[2]))
            seconds.append(time.perf_counter() - began)
            statuses.append(int(head.split(b" ", 2)[1]))
        writer.close()

    await asyncio.gather(*(connection(i / at_once) for i in range(at_once)))
    return seconds, sum(status != 200 for status in statuses)


def _member(port: int, delay_s: float) -> str:
    model = f"wait:{delay_s}"
    return (
        f"  - {{name: m{delay_s}, chat: 'http://127.0.0.1:{port}/v1', model: '{model}',"
        " allow_private: true, price_in: 0.1, price_out: 0.4}\n"
    )


def _request(model: str) -> bytes:
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    body = json.dumps({"model": model, "messages": messages}).encode()
    return (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )


async def members() -> None:
    """Serve the stand-in endpoints on a free port, which is printed."""
    server = await asyncio.start_server(_endpoint, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _endpoint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            request = json.loads(await reader.readexactly(length))
            await asyncio.sleep(float(request["model"].partition(":")[2]))
            writer.write(_reply(request["model"]))
    except asyncio.IncompleteReadError:
        writer.close()


def _reply(model: str) -> bytes:
    message = {"role": "assistant", "content": f"{ANSWER} ({model})"}
    usage = {"prompt_tokens": 14, "completion_tokens": 20, "total_tokens": 34}
    body = json.dumps(
        {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
    ).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


if __name__ == "__main__":
    arguments: Sequence[str] = sys.argv[1:]
    asyncio.run(members()) if arguments == ["members"] else main()
