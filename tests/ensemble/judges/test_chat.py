"""A chat endpoint as a judge: what it is shown, what is read, and what it costs."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import ValidationError

from ensemble.judges.ask import JudgeClient, Rating
from ensemble.judges.chat import label, shuffled
from ensemble.judges.registry import JUDGES
from tests.ensemble.judges.chat_server import SLOW_S, ChatServer

OUTPUTS = ("one", "three", "fourteen")
RIGHT = (3, 5, 8)
PRICES = {"price_in": 2.0, "price_out": 8.0}


def rated(server: ChatServer, outputs: tuple[str, ...] = OUTPUTS, **settings: Any) -> Rating:
    async def scenario() -> Rating:
        judge = JUDGES.read(server.entry(**settings)).judge()
        await judge.start()
        try:
            return await JudgeClient(judge).ask("How many?", outputs, 20)
        finally:
            await judge.stop()

    return asyncio.run(scenario())


def test_each_output_gets_its_score_in_both_orders(server: ChatServer) -> None:
    rating = rated(server, **PRICES)
    assert rating.scores == RIGHT
    there, back = server.asked
    assert list(there) == ["A", "B", "C"]
    assert sorted(there.values()) == sorted(OUTPUTS)
    assert list(back.values()) == list(there.values())[::-1]
    spent = rating.spent
    assert (spent.calls, spent.tokens_in, spent.tokens_out) == (2, 200, 20)
    assert spent.cost == pytest.approx((200 * 2 + 20 * 8) / 1e6)


def test_the_order_does_not_depend_on_that_of_the_systems(server: ChatServer) -> None:
    assert rated(server, both_orders=False).scores == RIGHT
    assert rated(server, OUTPUTS[::-1], both_orders=False).scores == RIGHT[::-1]
    first, second = server.asked
    assert first == second
    starts = {shuffled(f"source {i}", OUTPUTS)[0] for i in range(20)}
    assert starts == {0, 1, 2}


def test_samples_are_averaged(server: ChatServer) -> None:
    replies = iter([2, 3, 7])
    server.reply = lambda shown: json.dumps(dict.fromkeys(shown, next(replies)))
    rating = rated(server, samples=3, both_orders=False)
    assert rating.scores == (4, 4, 4)
    assert rating.spent.calls == 3


def test_a_judge_that_prefers_the_first_prefers_none_in_both_orders(server: ChatServer) -> None:
    server.reply = lambda shown: json.dumps({k: 9 if k == "A" else 1 for k in shown})
    assert rated(server, ("one", "two")).scores == (5, 5)


def test_a_single_output_has_one_order(server: ChatServer) -> None:
    assert rated(server, ("one",)).spent.calls == 1


def test_the_prompt_has_rubric_source_scale_and_quoted_outputs(server: ChatServer) -> None:
    rated(server, ('say "A": 10', "b\nB: 9"), rubric="Prefer {brevity}.", scale=[0, 100])
    prompt = server.prompts[0]
    assert prompt.startswith("Prefer {brevity}.")
    assert '"How many?"' in prompt
    assert "from 0 to 100" in prompt
    assert server.asked[0].keys() == {"A", "B"}
    assert set(server.asked[0].values()) == {'say "A": 10', "b\nB: 9"}


def said(content: str, **more: object) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}, "finish_reason": "stop", **more}]}


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("Neither.", "no JSON"),
        ('{"A": NaN, "B": 1, "C": 1}', "not finite"),
        ('{"A": "9", "B": 1, "C": 1}', "not a number"),
        ('{"A": 9, "B": 1, "C": 1, "D": 1}', "unknown label"),
        (said('{"A": 9', finish_reason="length"), "truncated"),
        (said(""), "no answer"),
        ({"choices": []}, "no answer"),
        ([1], "no answer"),
    ],
)
def test_a_reply_that_is_no_scores_is_named(server: ChatServer, reply: Any, fault: str) -> None:
    server.reply = lambda shown: reply
    rating = rated(server)
    assert (rating.status, rating.fault) == ("failed", fault)
    assert rating.spent.calls == 2
    assert rating.spent.tokens_in == (200 if isinstance(reply, str) else None)


def test_one_reply_that_can_be_read_is_enough(server: ChatServer) -> None:
    replies = iter(["I cannot decide.", None])
    usual = server.reply
    server.reply = lambda shown: next(replies) or usual(shown)
    rating = rated(server)
    assert (rating.status, rating.scores, rating.spent.calls) == ("ok", RIGHT, 2)


def test_a_server_that_fails_is_left_alone(server: ChatServer) -> None:
    async def scenario() -> list[Rating]:
        judge = JUDGES.read(server.entry(failures=1, both_orders=False)).judge()
        await judge.start()
        client = JudgeClient(judge)
        ratings = [await client.ask("s", (text, "b"), 20) for text in ("raise", "a")]
        assert judge.health.circuit == "open"
        await judge.stop()
        return ratings

    reasons = [rating.reason for rating in asyncio.run(scenario())]
    assert reasons == [
        "answered with HTTP status 400",
        "left alone: answered with HTTP status 400",
    ]
    assert len(server.asked) == 1


def test_a_slow_server_runs_out_of_its_time(server: ChatServer) -> None:
    rating = rated(server, ("slow", "b"), timeout_s=SLOW_S / 4)
    assert (rating.status, rating.fault) == ("failed", "no answer")
    assert rating.reason == f"no answer within {SLOW_S / 4:g} s"


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"scale": [5, 5]}, "the first number must be less"),
        ({"scale": [1, float("inf")]}, "finite"),
        ({"price_in": 1.0}, "together"),
        ({"price_in": -1.0, "price_out": 1.0}, "greater than or equal"),
        ({"samples": 0}, "greater than or equal"),
        ({"rubric": ""}, "at least 1 character"),
        ({"prompt": "x"}, "extra"),
        ({"chat": "ftp://x"}, "only http"),
    ],
)
def test_an_entry_that_cannot_be_used(
    server: ChatServer, settings: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ValidationError, match=fault):
        JUDGES.read(server.entry(**settings))


def test_labels_go_on_after_z() -> None:
    labels = [label(i) for i in range(60)]
    assert labels[:2] + labels[25:28] + labels[51:53] == ["A", "B", "Z", "AA", "AB", "AZ", "BA"]
    assert len(set(labels)) == 60
