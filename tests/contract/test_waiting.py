"""A service whose roster gives the answer before all systems have answered."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.contract.conftest import Serve
from tests.waiting import wait_until

SOURCE = "he go home"


class Handler(BaseHTTPRequestHandler):
    """Answers by its path: in capitals, with an error, after the connection broke, or never."""

    def do_POST(self) -> None:
        server: Any = self.server
        source = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["source"]
        server.received.append(self.path)
        match self.path:
            case "/upper":
                self.reply(source.upper())
            case "/refuses":
                self.send_error(422)
            case "/dies":
                self.connection.close()
            case "/long":
                self.reply("x" * 3000)
            case "/hangs":
                server.end.wait(30)
                self.reply(source)

    def reply(self, text: str) -> None:
        sent = json.dumps({"answer": text}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *args: object) -> None: ...


class Server(ThreadingHTTPServer):
    """Remembers the paths that were asked; those that hang end with it."""

    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[str] = []
        self.end = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.end.set()
        server.shutdown()


Roster = Callable[..., TestClient]


@pytest.fixture
def roster(server: Server, serve: Serve) -> Roster:
    """A service with systems by path; `keys` has further keys of some, by name."""

    def start(waiting: str, keys: dict[str, str] | None = None, **paths: str) -> TestClient:
        entries = [
            f"{{name: {name}, url: 'http://127.0.0.1:{server.server_port}/{path}', "
            "request: {source: '{source}'}, response: answer, allow_private: true, attempts: 1, "
            f"failures: 1{(keys or {}).get(name, '')}}}"
            for name, path in paths.items()
        ]
        return serve(f"version: 1\nsystems: [{', '.join(entries)}]\nwaiting: {waiting}")

    return start


def combined(client: TestClient, **more: object) -> dict[str, Any]:
    response = client.post("/v1/combine", json={"source": SOURCE, **more})
    assert response.status_code == 200, response.text
    return response.json()


def statuses(answer: dict[str, Any]) -> dict[str, str]:
    return {name: part["status"] for name, part in answer["systems"].items()}


def test_a_system_that_hangs_is_not_waited_for_where_the_outcome_is_settled(
    roster: Roster, server: Server
) -> None:
    client = roster("{settled: true}", a="upper", slow="hangs", b="upper", c="upper")
    answer = combined(client)
    assert statuses(answer) == {"a": "ok", "slow": "late", "b": "ok", "c": "ok"}
    assert answer["text"] == SOURCE.upper()
    assert answer["degraded"] is False
    assert answer["systems"]["slow"]["reason"] == "its answer could not change the outcome"
    states = {s["name"]: s for s in client.get("/v1/systems").json()}
    assert states["slow"]["circuit"] == "closed"
    assert server.received.count("/hangs") == 1
    metrics = client.get("/metrics").text
    assert 'consort_member_spared_total{status="late",system="slow"} 1.0' in metrics
    assert 'consort_member_seconds_count{system="slow"}' not in metrics


def test_outputs_of_the_request_settle_the_outcome_too(roster: Roster) -> None:
    client = roster("{settled: true}", slow="hangs", a="upper")
    outputs = {"mine": SOURCE, "yours": SOURCE, "theirs": SOURCE}
    answer = combined(client, outputs=outputs, systems=["slow", "a"])
    assert statuses(answer)["slow"] == "late"
    assert answer["text"] == SOURCE


def test_after_a_quorum_and_its_grace_the_answer_goes_out(roster: Roster) -> None:
    client = roster("{quorum: 2, grace_s: 0.05}", a="upper", slow="hangs", b="upper", bad="refuses")
    answer = combined(client)
    assert statuses(answer) == {"a": "ok", "slow": "late", "b": "ok", "bad": "failed"}
    assert answer["systems"]["slow"]["reason"] == "no answer within 0.05 s after 2 others"
    assert answer["degraded"] is True  # because of the one that refused


def test_a_later_round_is_asked_only_where_the_first_leaves_it_open(
    roster: Roster, server: Server
) -> None:
    keys = {"dear": ", round: 2"}
    client = roster("{}", keys, a="upper", b="upper", dear="hangs")
    answer = combined(client)
    assert statuses(answer) == {"a": "ok", "b": "ok", "dear": "not asked"}
    assert answer["systems"]["dear"]["milliseconds"] is None
    assert server.received == ["/upper", "/upper"]
    metrics = client.get("/metrics").text
    assert 'consort_member_spared_total{status="not asked",system="dear"} 1.0' in metrics


@pytest.mark.parametrize("fault", ["refuses", "dies", "long"])
def test_a_stand_in_answers_for_a_system_that_failed(
    roster: Roster, server: Server, fault: str
) -> None:
    keys = {"spare": ", stand_in: true, weight: 2"}
    client = roster("{}", keys, a="upper", bad=fault, spare="upper")
    answer = combined(client)
    assert statuses(answer) == {"a": "ok", "bad": "failed", "spare": "ok"}
    assert answer["systems"]["spare"]["weight"] == 2
    assert answer["text"] == SOURCE.upper()
    assert answer["degraded"] is True


def test_a_stand_in_is_not_asked_where_none_failed(roster: Roster, server: Server) -> None:
    client = roster("{}", {"spare": ", stand_in: [a]"}, a="upper", b="upper", spare="hangs")
    answer = combined(client)
    assert statuses(answer)["spare"] == "not asked"
    assert answer["degraded"] is False
    assert "/hangs" not in server.received


def test_stand_ins_that_fail_too(roster: Roster) -> None:
    keys = {"spare": ", stand_in: true", "more": ", stand_in: [bad]"}
    client = roster("{}", keys, a="upper", bad="refuses", spare="refuses", more="dies")
    answer = combined(client)
    assert statuses(answer) == {"a": "ok", "bad": "failed", "spare": "failed", "more": "failed"}
    assert answer["text"] == SOURCE.upper()


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_segments_of_a_batch_do_not_wait_either(roster: Roster, server: Server, kind: str) -> None:
    client = roster("{settled: true}", a="upper", slow="hangs", b="upper", c="upper")
    segments = [{"source": f"he go {i}"} for i in range(20)]
    if kind == "application/json":
        answers = client.post("/v1/combine/batch", json=segments).json()
    else:
        lines = "".join(json.dumps(segment) + "\n" for segment in segments)
        headers = {"content-type": kind, "accept": kind}
        sent = client.post("/v1/combine/batch", content=lines, headers=headers).text
        answers = list(map(json.loads, sent.splitlines()))
    assert [answer["text"] for answer in answers] == [f"HE GO {i}" for i in range(20)]
    assert {answer["systems"]["slow"]["status"] for answer in answers} == {"late"}


def test_texts_that_are_checked_do_not_wait_either(roster: Roster) -> None:
    client = roster("{settled: true}", a="upper", slow="hangs", b="upper", c="upper")
    form = {"text": "he go home. she go out.", "language": "en-US"}
    answer = client.post("/v2/check", data=form).json()
    assert len(answer["matches"]) > 0
    assert answer["warnings"]["incompleteResults"] is False


def test_thirty_two_systems(roster: Roster, server: Server) -> None:
    paths = {f"s{i}": "upper" if i < 17 else "hangs" for i in range(32)}
    answer = combined(roster("{settled: true}", **paths))
    assert list(statuses(answer).values()) == ["ok"] * 17 + ["late"] * 15
    wait_until(lambda: len(server.received) == 32)


def test_a_process_that_is_not_waited_for_is_not_restarted(serve: Serve) -> None:
    program = "import sys, time; [(time.sleep(0.3), print(line, end='')) for line in sys.stdin]"
    slow = f'{{name: slow, warm_up: null, command: ["{{python}}", "-uc", "{program}"]}}'
    fast = [f'{{name: {name}, callable: "builtins:str.upper"}}' for name in "abc"]
    client = serve(f"version: 1\nsystems: [{slow}, {', '.join(fast)}]\nwaiting: {{settled: true}}")
    wait_until(lambda: client.get("/readyz").is_success)
    before = client.get("/v1/systems").json()
    for _ in range(3):
        assert statuses(combined(client))["slow"] == "late"
    assert client.get("/v1/systems").json() == before
    both = client.post("/v1/combine", json={"source": "the last", "systems": ["slow", "a"]}).json()
    assert both["systems"]["slow"]["text"] == "the last"
