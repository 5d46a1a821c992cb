"""HTTP systems against a small real server: what is sent, what is taken, what is refused."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import ValidationError

from ensemble.systems import Answer, Health, ask
from ensemble.systems.addresses import is_public
from ensemble.systems.http import HttpConfig, HttpSystem
from tests.waiting import until

DEADLINE_S = 20.0


class Handler(BaseHTTPRequestHandler):
    """Behaves as the path says and remembers what it was sent."""

    server: "Server"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.received.append((dict(self.headers), json.loads(self.rfile.read(length))))
        getattr(self, self.path.strip("/"))()

    def upper(self) -> None:
        text = self.server.received[-1][1]["inputs"][0]["text"]
        self.reply({"results": [{"text": text.upper()}]})

    def flaky(self) -> None:
        if len(self.server.received) < 3:
            self.reply({}, status=503)
        else:
            self.upper()

    def broken(self) -> None:
        self.reply({}, status=500)

    def unwilling(self) -> None:
        self.reply({}, status=422)

    def redirect(self) -> None:
        self.reply({}, status=307, Location="/upper")

    def slow(self) -> None:
        time.sleep(2)
        self.upper()

    def endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(10_000):
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.server.cut_off.set()

    def deep(self) -> None:
        self.reply_bytes(b"[" * 200_000)

    def html(self) -> None:
        self.reply_bytes(b"<html>")

    def latin1(self) -> None:
        self.reply_bytes(b'{"results": [{"text": "caf\xe9"}]}')

    def zipped(self) -> None:
        self.reply({}, **{"Content-Encoding": "gzip"})

    def elsewhere(self) -> None:
        self.reply({"results": []})

    def number(self) -> None:
        self.reply({"results": [{"text": 7}]})

    def reply(self, content: Any, status: int = 200, **headers: str) -> None:
        self.reply_bytes(json.dumps(content).encode(), status, **headers)

    def reply_bytes(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


class Server(ThreadingHTTPServer):
    """The server behind every test; `received` has (headers, JSON body) in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[dict[str, str], Any]] = []
        self.cut_off = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def config(server: Server, path: str, **settings: Any) -> HttpConfig:
    settings = {
        "url": f"http://127.0.0.1:{server.server_port}/{path}",
        "request": {"inputs": [{"text": "{source}"}], "beam": 5, "note": "was: {source}"},
        "response": "results.0.text",
        "allow_private": True,
        **settings,
    }
    return HttpConfig(name="remote", **settings)


async def ask_one(system: HttpSystem, source: str = "one") -> Answer:
    return (await ask([system], source, DEADLINE_S))["remote"]


def answer_of(config: HttpConfig, source: str = "one") -> Answer:
    async def scenario() -> Answer:
        system = config.system()
        await system.start()
        try:
            return await ask_one(system, source)
        finally:
            await system.stop()

    return asyncio.run(scenario())


def test_the_request_is_the_template_with_the_source_in_it(server: Server) -> None:
    source = '"quoted" {source} \\ zwölf\n🙂'
    assert answer_of(config(server, "upper"), source).text == source.upper()
    headers, body = server.received[0]
    assert body == {"inputs": [{"text": source}], "beam": 5, "note": f"was: {source}"}
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert headers["Content-Type"] == "application/json"


def test_server_errors_are_tried_again(server: Server) -> None:
    assert answer_of(config(server, "flaky")).text == "ONE"
    assert len(server.received) == 3


@pytest.mark.parametrize(
    ("path", "reason", "attempts"),
    [
        ("broken", "answered with HTTP status 500", 2),
        ("unwilling", "answered with HTTP status 422", 1),
        ("redirect", "answered with HTTP status 307", 1),
        ("endless", "answered with more than 1048576 bytes", 1),
        ("deep", "answered with a body that is not JSON", 1),
        ("html", "answered with a body that is not JSON", 1),
        ("latin1", "answered with a body that is not JSON", 1),
        ("zipped", "answered with a compressed body, which it was not to", 1),
        ("elsewhere", "answered with JSON that has no results.0.text", 1),
        ("number", "answered with int at results.0.text, not text", 1),
    ],
)
def test_what_is_not_an_answer(server: Server, path: str, reason: str, attempts: int) -> None:
    answer = answer_of(config(server, path, attempts=2))
    assert (answer.status, answer.reason) == ("failed", reason)
    assert len(server.received) == attempts


def test_an_endless_answer_is_cut_off(server: Server) -> None:
    answer_of(config(server, "endless"))
    assert server.cut_off.wait(DEADLINE_S)


def test_time_runs_out_over_all_attempts(server: Server) -> None:
    answer = answer_of(config(server, "slow", timeout_s=0.2))
    assert (answer.status, answer.reason) == ("failed", "no answer within 0.2 s")


def test_an_endpoint_that_hangs_is_not_ready(server: Server) -> None:
    async def scenario() -> tuple[Health, Answer]:
        system = config(server, "slow", failures=1).system()
        await system.start()
        await ask([system], "one", 0.2)  # before its own time is up
        health, answer = system.health, await ask_one(system)
        await system.stop()
        return health, answer

    health, answer = asyncio.run(scenario())
    reason = "no answer by the deadline of the request"
    assert health == Health("failed", reason, circuit="open")
    assert answer.reason == f"left alone: {reason}"


def test_a_request_that_is_not_needed_any_more_is_cancelled_and_no_failure(server: Server) -> None:
    async def scenario() -> Health:
        system = config(server, "slow", failures=1).system()
        await system.start()
        asking = asyncio.create_task(ask_one(system))
        await until(lambda: server.received)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        health = system.health
        await system.stop()
        return health

    assert asyncio.run(scenario()) == Health("ready", circuit="closed")


@pytest.mark.parametrize("host", ["a..b", f"{'x' * 64}.example"])
def test_a_host_that_is_no_name_is_said_at_the_start(server: Server, host: str) -> None:
    async def scenario() -> Health:
        system = config(server, "upper", url=f"http://{host}/").system()
        await system.start()
        health = system.health
        await system.stop()
        return health

    health = asyncio.run(scenario())
    assert health.state == "failed"
    assert (health.reason or "").startswith(f"cannot resolve {host}: ")


def test_nobody_listening() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = HttpConfig(
            name="remote",
            url=f"http://127.0.0.1:{taken.getsockname()[1]}",
            request="{source}",
            response="text",
            attempts=2,
            allow_private=True,
        )
        answer = answer_of(settings)
    assert answer.status == "failed"
    assert (answer.reason or "").startswith("cannot connect")


def test_health_follows_the_last_request(server: Server) -> None:
    async def scenario() -> list[str]:
        system = config(server, "flaky", attempts=1).system()
        states = [system.health.state]
        await system.start()
        for _ in range(3):
            states.append(system.health.state)
            await ask_one(system)
        states.append(system.health.state)
        await system.stop()
        return [*states, system.health.state]

    states = asyncio.run(scenario())
    assert states == ["stopped", "ready", "failed", "failed", "ready", "stopped"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.169.254"])
def test_private_addresses_are_refused_unless_permitted(server: Server, host: str) -> None:
    url = f"http://{host}:{server.server_port}/upper"
    answer = answer_of(config(server, "upper", url=url, allow_private=False))
    assert answer.status == "failed"
    assert "is the private address" in (answer.reason or "")
    assert server.received == []


def test_the_address_that_was_checked_is_the_address_called(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_ups: list[str] = []

    async def resolve(loop: Any, host: str, port: int, **_: Any) -> list[Any]:
        look_ups.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    url = f"http://corrector.example:{server.server_port}/upper"
    assert answer_of(config(server, "upper", url=url)).text == "ONE"
    assert [host for host in look_ups if host != "127.0.0.1"] == ["corrector.example"] * 2
    assert server.received[0][0]["Host"] == f"corrector.example:{server.server_port}"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("fe80::1%eth0", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:7f00:1::", False),
        ("::127.0.0.1", False),
        ("fd00::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("url", "ftp://host/x", "only http:// and https:// are called"),
        ("url", "file:///etc/passwd", "only http:// and https:// are called"),
        ("url", "http://[::1", "Invalid"),
        ("url", "https://me:secret@host/", "a name and password in it would be seen"),
        ("url", "http://", "only http:// and https:// are called"),
        ("request", {"text": "{sauce}"}, "must contain {source}"),
        ("response", "", "at least 1 character"),
        ("attempts", 0, "greater than 0"),
    ],
)
def test_settings_that_cannot_work_are_refused(key: str, value: Any, reason: str) -> None:
    settings = {"name": "x", "url": "http://host", "request": "{source}", "response": "text"}
    with pytest.raises(ValidationError) as refused:
        HttpConfig(**{**settings, key: value})
    assert reason in str(refused.value)
