"""Members of a panel that fail, as model servers do: what the answer says of it, and hides."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.contract.panels import (
    KEY,
    answer,
    chat,
    error_of,
    member,
    roster,
    serving_panel,
    text_of,
)
from tests.model_server import BODIES, ModelServer
from tests.waiting import wait_until

PATH = "/v1/chat/completions"
FAILURES = {
    "says": "answered with nothing",
    "says I'm sorry, but I can't help with that.": "refused: ",
    "says <think>The capital is": "its answer ends in its reasoning",
    "says <think>Paris.</think>": "answered with its reasoning alone",
    "status 401": "HTTP status 401",
    "status 403": "HTTP status 403",
    "status 404": "HTTP status 404",
    "status 500": "HTTP status 500",
    "later 60": "HTTP status 429",
    "later never": "HTTP status 429",
    "closes": "closed the connection in the middle of its answer",
    "hangs up": "closed the connection without an answer",
    "leaks": "answered with a message that is not HTTP: ",
    "streams": "not JSON",
    "html": "not JSON",
    "another shape": "no choices.0.message.content",
    "no choices": "no choices.0.message.content",
    "no object": "no choices.0.message.content",
    "no text": "NoneType at choices.0.message.content, not text",
    "blank": "answered with nothing",
    "surrogate": "lone surrogate",
    "not utf-8": "not JSON",
    "deep": "not JSON",
    "huge": "more than 1048576 bytes",
}
"""What a member does, and the reason that the answer has for its failure."""


@pytest.mark.parametrize("told", FAILURES)
def test_a_member_that_fails_costs_no_other_its_answer(
    panel: TestClient, models: ModelServer, told: str
) -> None:
    models.tell(a=told, b="says Paris", c="says Paris.")
    answered = answer(panel)
    assert text_of(answered) in ("Paris", "Paris.")
    evidence = answered["consort"]
    assert evidence["degraded"]
    failed = evidence["systems"]["a"]
    assert (failed["status"], "text" in failed) == ("failed", False)
    assert FAILURES[told] in failed["reason"]
    assert KEY not in json.dumps(answered)


def test_every_body_is_tried() -> None:
    assert set(BODIES) - set(FAILURES) == {"odd usage"}


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("says <think>London? No.</think>Paris", "Paris"),
        ("says \n Paris \n", "Paris"),
        ("says The answer is: Paris", "The answer is: Paris"),
        ("says ```python\nprint('Paris')\n```", "```python\nprint('Paris')\n```"),
        ('says "Paris"', '"Paris"'),
        ("odd usage", "Paris"),
    ],
)
def test_reasoning_is_taken_off_and_nothing_else(
    panel: TestClient, models: ModelServer, told: str, text: str
) -> None:
    models.tell(a=told, b="status 500", c="status 500")
    assert text_of(answer(panel)) == text


@pytest.mark.parametrize("stream", [False, True])
def test_where_all_fail_the_error_has_their_reasons(
    panel: TestClient, models: ModelServer, stream: bool
) -> None:
    models.tell(a="status 401", b="later 60", c="html")
    response = panel.post(PATH, json=chat(stream=stream))
    reasons = (
        "no member answered: a: answered with HTTP status 401; b: answered with HTTP status 429; "
        "c: answered with a body that is not JSON"
    )
    if not stream:
        assert error_of(response) == (503, "server_error", None, "no-system-answered")
        assert response.json()["error"]["message"] == reasons
        assert response.headers["x-should-retry"] == "false"
        return
    assert response.status_code == 200
    [event] = [line for line in response.text.splitlines() if line.startswith("data: ")]
    assert json.loads(event.removeprefix("data: ")) == {
        "error": {
            "message": reasons,
            "type": "server_error",
            "param": None,
            "code": "no-system-answered",
        }
    }


def test_the_reasons_of_many_members_are_cut(
    model_server: ModelServer, models: ModelServer, tmp_path: Path
) -> None:
    names = [f"member-{i}" for i in range(10)]
    models.tell(**dict.fromkeys(names, "status 500"))
    text = roster(*(member(name, model_server) for name in names))
    with serving_panel(tmp_path, text, state=tmp_path) as client:
        message = client.post(PATH, json=chat()).json()["error"]["message"]
    assert message.startswith("no member answered: member-0: answered with HTTP status 500; ")
    assert message.endswith("…")
    assert len(message) < 400


@pytest.mark.parametrize(
    "told",
    [f"says {KEY}", f"says I'm sorry, but I can't use {KEY}.", "leaks", "status 401"],
)
@pytest.mark.parametrize("alone", [False, True])
def test_a_key_that_a_member_quotes_goes_nowhere(
    panel: TestClient,
    models: ModelServer,
    told: str,
    alone: bool,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG, logger="service")
    others = "status 500" if alone else "says Paris"
    models.tell(a=told, b=others, c=others)
    whole = panel.post(PATH, json=chat())
    stream = panel.post(PATH, json=chat(stream=True))
    systems, metrics = panel.get("/v1/systems"), panel.get("/metrics")
    written = capfd.readouterr()
    shown = [whole.text, stream.text, systems.text, metrics.text, caplog.text, *written]
    assert [KEY in text for text in shown] == [False] * len(shown)
    assert "Bearer" not in "".join(shown)


def test_a_key_that_is_quoted_is_not_kept_on_disk(
    model_server: ModelServer,
    models: ModelServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ensemble.systems.reply_cache.FILE", tmp_path / "chat" / "replies.db")
    monkeypatch.setenv("QUOTED_KEY", KEY)
    entry = member("a", model_server, cache=True, api_key_env="QUOTED_KEY")
    models.tell(a=f"says Your key is {KEY}")
    with serving_panel(tmp_path, roster(entry), state=tmp_path) as client:
        answer(client)
        assert answer(client)["consort"]["spent"]["remembered"] == 1
    files = list((tmp_path / "chat").iterdir())
    assert files
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


def test_a_member_without_its_key_fails_before_it_is_asked(
    model_server: ModelServer, models: ModelServer, tmp_path: Path
) -> None:
    members = [
        member("a", model_server, api_key_env="PANEL_KEY_THAT_IS_NOT_SET"),
        member("b", model_server),
    ]
    models.tell(b="says Paris")
    with serving_panel(tmp_path, roster(*members), state=tmp_path) as client:
        failed = answer(client)["consort"]["systems"]["a"]
    assert "PANEL_KEY_THAT_IS_NOT_SET" in failed["reason"]
    assert [asked.model for asked in models.asked] == ["b"]


def test_a_member_that_stalls_is_left_at_the_deadline(
    model_server: ModelServer, models: ModelServer, tmp_path: Path
) -> None:
    members = [member("a", model_server), member("b", model_server)]
    models.tell(a="stalls Rome", b="says Paris")
    settings = {"state": tmp_path, "chat_deadline_s": 0.2}
    with serving_panel(tmp_path, roster(*members), **settings) as client:
        answered = answer(client)
    assert text_of(answered) == "Paris"
    assert answered["consort"]["systems"]["a"]["status"] == "timeout"


def test_more_conversations_than_are_answered_at_once_are_refused(
    model_server: ModelServer, models: ModelServer, tmp_path: Path
) -> None:
    models.tell(a="stalls Paris")
    settings = {"state": tmp_path, "chats_at_once": 1}
    entry = roster(member("a", model_server))
    with ThreadPoolExecutor(1) as pool, serving_panel(tmp_path, entry, **settings) as client:
        first = pool.submit(answer, client)
        wait_until(lambda: models.stalling)
        busy = client.post(PATH, json=chat())
        models.release()
        assert text_of(first.result()) == "Paris"
    assert error_of(busy) == (503, "server_error", None, "queue-full")
    assert busy.headers["retry-after"] == "1"


def test_a_model_that_limits_its_rate_is_asked_again_after_the_wait(
    model_server: ModelServer, models: ModelServer, tmp_path: Path
) -> None:
    text = roster(member("a", model_server, attempts=3))
    models.tell(a=["later 0", "status 500", "says Paris"])
    with serving_panel(tmp_path, text, state=tmp_path) as client:
        answered = answer(client)
    assert (text_of(answered), answered["consort"]["degraded"]) == ("Paris", False)
    assert len(models.asked) == 3


def test_a_key_that_a_judge_quotes_goes_nowhere(
    model_server: ModelServer,
    models: ModelServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JUDGE_KEY", KEY)
    entry = {**member("judge", model_server, api_key_env="JUDGE_KEY"), "rubric": "Right?"}
    texts = ["It is Paris, on the Seine.", "It is Paris.", "Rome it is, of course, not Paris."]
    models.tell(**{name: f"says {text}" for name, text in zip("abc", texts, strict=True)})
    members = [member(name, model_server) for name in "abc"]
    with serving_panel(tmp_path, roster(*members, judges=[entry]), state=tmp_path) as client:
        for told in (f"says {KEY}", "leaks", "status 401"):
            models.tell(judge=told)
            answered = answer(client, model="consort/judged")
            assert answered["consort"]["judges"]["judge"]["status"] == "failed"
            assert KEY not in json.dumps(answered)
            assert KEY not in client.get("/v1/judges").text
