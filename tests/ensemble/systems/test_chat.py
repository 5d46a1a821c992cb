"""Chat endpoints against a small real server: what is sent, taken, refused, and left alone."""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import ValidationError

from ensemble.systems import Answer, ask
from ensemble.systems.chat import ChatConfig, ChatSystem
from ensemble.systems.roster import RosterError, read_roster
from tests.waiting import until

KEY = "sk-very-secret-0123456789"


class Handler(BaseHTTPRequestHandler):
    """Answers what the test has laid out for it: the last for ever."""

    server: "Server"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, dict(self.headers), body))
        replies = self.server.replies
        status, headers, content = replies.pop(0) if len(replies) > 1 else replies[0]
        sent = json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *args: object) -> None: ...


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[str, dict[str, str], Any]] = []
        self.replies: list[tuple[int, dict[str, str], Any]] = [(200, {}, said("I have an apple."))]


def said(content: object, finish: str = "stop") -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}, "finish_reason": finish}]}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def config(server: Server, **settings: Any) -> ChatConfig:
    written = {
        "name": "llm",
        "chat": f"http://127.0.0.1:{server.server_port}/v1/",
        "model": "m",
        "prompt": "Correct: {source}",
        "allow_private": True,
        **settings,
    }
    return ChatConfig.model_validate(written)


def answers(config: ChatConfig, count: int = 1, pause_s: float = 0) -> tuple[list[Answer], Any]:
    """Ask so many times; the health is that after the last."""

    async def scenario() -> tuple[list[Answer], Any]:
        system = config.system()
        await system.start()
        given = []
        for _ in range(count):
            given.append((await ask([system], "I has a apple.", 20))["llm"])
            await asyncio.sleep(pause_s)
        health = system.health
        await system.stop()
        return given, health

    return asyncio.run(scenario())


def test_what_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    settings = config(server, instructions="Be {brief}.", api_key_env="MY_KEY", max_tokens=7)
    ((answer,), _) = answers(settings)
    assert answer.text == "I have an apple."
    path, headers, body = server.received[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be {brief}."},
            {"role": "user", "content": "Correct: I has a apple."},
        ],
        "temperature": 0.0,
        "max_tokens": 7,
    }


def test_white_space_around_an_answer_is_no_part_of_it(server: Server) -> None:
    server.replies = [(200, {}, said("\n I have an apple. \n"))]
    assert answers(config(server))[0][0].text == "I have an apple."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (said("One.\nTwo."), "answered 2 lines where the source has 1"),
        (said("x" * 129), "answered 129 characters where 128 are the limit"),
        (said("I have", finish="length"), "its answer was cut off after 1024 tokens"),
        (said(" "), "answered with nothing"),
        (said(None), "answered with NoneType at choices.0.message.content, not text"),
        ({"choices": []}, "answered with JSON that has no choices.0.message.content"),
        ({"error": {"message": KEY}}, "answered with JSON that has no choices.0.message.content"),
    ],
)
def test_what_is_no_answer(server: Server, content: Any, reason: str) -> None:
    server.replies = [(200, {}, content)]
    ((answer,), health) = answers(config(server))
    assert (answer.status, answer.reason) == ("failed", reason)
    assert health.circuit == "closed"


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of every wait in the loop, none of which is waited."""
    waits, sleep = [], asyncio.sleep

    async def at_once(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", at_once)
    return waits


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_it_is_asked_to(
    server: Server, slept: list[float], status: int
) -> None:
    server.replies = [(status, {"Retry-After": "7"}, {}), (200, {}, said("I have an apple."))]
    assert answers(config(server))[0][0].status == "ok"
    assert max(slept) >= 7
    assert len(server.received) == 2


IN_AN_HOUR = formatdate(time.time() + 3600, usegmt=True)


@pytest.mark.parametrize("wait", ["60", IN_AN_HOUR], ids=["seconds", "date"])
def test_it_does_not_wait_beyond_the_deadline(
    server: Server, slept: list[float], wait: str
) -> None:
    server.replies = [(429, {"Retry-After": wait}, {})]
    ((answer,), _) = answers(config(server, timeout_s=5))
    assert answer.reason == "answered with HTTP status 429"
    assert max(slept) == 0
    assert len(server.received) == 1


NEVER = f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"


@pytest.mark.parametrize("wait", ["soon", "-1", "", formatdate(0, usegmt=True), NEVER])
def test_a_wait_that_says_nothing_is_as_none(server: Server, wait: str) -> None:
    server.replies = [(503, {"Retry-After": wait}, {}), (200, {}, said("I have an apple."))]
    assert answers(config(server))[0][0].status == "ok"


def test_a_breaker_leaves_it_alone_then_tries(server: Server) -> None:
    server.replies = [*[(500, {}, {})] * 2, (200, {}, said("I have an apple."))]
    settings = config(server, attempts=1, failures=2, pause_s=0.3)
    given, health = answers(settings, count=4)
    assert [answer.status for answer in given] == ["failed"] * 4
    assert given[3].reason == "left alone: answered with HTTP status 500"
    assert (len(server.received), health.state, health.circuit) == (2, "failed", "open")
    server.received.clear()
    server.replies = [*[(500, {}, {})] * 2, (200, {}, said("I have an apple."))]
    given, health = answers(settings, count=3, pause_s=0.35)
    assert [answer.status for answer in given] == ["failed", "failed", "ok"]
    assert (health.state, health.circuit) == ("ready", "closed")


def test_a_half_open_circuit_lets_one_through(server: Server) -> None:
    server.replies = [(500, {}, {}), (200, {}, said("I have an apple."))]

    async def scenario() -> list[str]:
        system = config(server, attempts=1, failures=1, pause_s=0.1).system()
        await system.start()
        await ask([system], "one", 20)
        await until(lambda: system.health.circuit == "half-open")
        both = await asyncio.gather(*(ask([system], "I has a apple.", 20) for _ in range(2)))
        await system.stop()
        return sorted(answer["llm"].status for answer in both)

    assert asyncio.run(scenario()) == ["failed", "ok"]


@pytest.mark.parametrize("key", [None, "", "two words", "line\nbreak", "clé-secrète"])
def test_a_key_that_is_none(
    server: Server, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    if key is None:
        monkeypatch.delenv("MY_KEY", raising=False)
    else:
        monkeypatch.setenv("MY_KEY", key)
    ((answer,), _) = answers(config(server, api_key_env="MY_KEY"))
    assert answer.reason == "the environment variable MY_KEY does not hold a key"
    assert server.received == []


@pytest.mark.parametrize(
    "reply", [(200, {}, {}), (401, {}, {"error": KEY}), (500, {}, {"error": KEY})]
)
def test_the_key_and_the_text_are_in_no_log_and_no_reason(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    reply: tuple[int, dict[str, str], Any],
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    server.replies = [reply]
    ((answer,), health) = answers(config(server, api_key_env="MY_KEY", attempts=2))
    shown = f"{answer.reason} {health} {caplog.text} {config(server, api_key_env='MY_KEY')!r}"
    assert KEY not in shown
    assert "I has a apple" not in shown


PRIVATE = """
127.0.0.1 127.1 127.255.255.254 localhost 0.0.0.0 0 2130706433 0x7f000001 0x7f.1 0177.0.0.1
017700000001 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1
169.254.169.254 2852039166 0xa9fea9fe 198.18.0.1 240.0.0.1 255.255.255.255 224.0.0.1
[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [::127.0.0.1] [fe80::1]
[fc00::1] [fd00:ec2::254] [ff02::1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [2002:7f00:1::]
""".split()


@pytest.mark.parametrize("host", PRIVATE)
def test_private_hosts_are_refused_however_written(server: Server, host: str) -> None:
    try:
        settings = config(
            server, chat=f"http://{host}:{server.server_port}/v1", allow_private=False, attempts=1
        )
    except ValidationError:
        return
    ((answer,), health) = answers(settings)
    assert answer.status == "failed"
    assert "is the private address" in (answer.reason or "") or "resolve" in (answer.reason or "")
    assert health.state == "failed"
    assert server.received == []


@pytest.mark.parametrize(
    "resolved", [["10.0.0.5"], ["93.184.215.14", "127.0.0.1"], ["::ffff:127.0.0.1"]]
)
def test_a_name_that_leads_inside_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch, resolved: list[str]
) -> None:
    async def resolve(loop: Any, host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in resolved]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    url = f"http://metadata.google.internal:{server.server_port}/v1"
    ((answer,), _) = answers(config(server, chat=url, allow_private=False))
    assert "is the private address" in (answer.reason or "")
    assert server.received == []


def test_a_redirect_is_not_followed(server: Server) -> None:
    there = f"http://127.0.0.1:{server.server_port}/elsewhere"
    server.replies = [(307, {"Location": there}, {}), (200, {}, said("I have an apple."))]
    ((answer,), _) = answers(config(server))
    assert answer.reason == "answered with HTTP status 307"
    assert len(server.received) == 1


def test_a_roster_names_it(tmp_path: Any) -> None:
    path = tmp_path / "roster.yaml"
    entry = "name: llm, chat: 'https://llm.example/v1', model: m, prompt: '{source}'"
    path.write_text(f"version: 1\nsystems: [{{{entry}}}]\n")
    (system,) = read_roster(path).systems()
    assert isinstance(system, ChatSystem)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("chat", "https://me:hunter2@host/v1", "a name and password in it would be seen"),
        ("chat", "file:///etc/passwd", "only http:// and https:// are called"),
        ("chat", "gopher://host/", "only http:// and https:// are called"),
        ("prompt", "Correct this", "it must contain {source}"),
        ("temperature", 3, "less than or equal to 2"),
        ("api_key_env", "sk-very-secret", "should match pattern"),
        ("api_key", "hunter2", "unknown key"),
    ],
)
def test_settings_that_cannot_work(tmp_path: Any, key: str, value: Any, reason: str) -> None:
    entry = {"name": "llm", "chat": "https://host/v1", "model": "m", "prompt": "{source}"}
    path = tmp_path / "roster.yaml"
    path.write_text(json.dumps({"version": 1, "systems": [{**entry, key: value}]}))
    with pytest.raises(RosterError) as refused:
        read_roster(path)
    assert reason in str(refused.value)
    assert "hunter2" not in str(refused.value)
