"""Asking a judge: what is refused, what is remembered, and that nothing is asked twice."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from ensemble.judges.ask import JudgeClient, Rating
from ensemble.judges.base import JudgeFailure
from ensemble.systems.base import Health, SystemFailure
from ensemble.systems.spending import Spent


class Scripted:
    """A judge that gives what a test lays out, and counts the questions."""

    name = "scripted"
    health = Health("ready")

    def __init__(self, given: Any) -> None:
        self.given = given
        self.asked = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def score(self, source: str, outputs: Sequence[str], spent: Spent) -> Any:
        self.asked += 1
        spent.calls += 1
        spent.add_tokens(100, 10, 0.5)
        await self.go_on.wait()
        if isinstance(self.given, BaseException):
            raise self.given
        return self.given


def asked(given: Any, outputs: Sequence[str] = ("a", "b"), deadline_s: float = 20) -> Rating:
    return asyncio.run(JudgeClient(Scripted(given)).ask("s", outputs, deadline_s))


def test_scores_are_in_the_order_of_the_outputs_with_what_they_cost() -> None:
    rating = asked([1, 2.5])
    assert (rating.status, rating.scores, rating.fault, rating.reason) == (
        "ok",
        (1, 2.5),
        None,
        None,
    )
    assert rating.spent == Spent(1, 100, 10, 0.5)
    assert rating.milliseconds is not None


@pytest.mark.parametrize(
    ("given", "fault", "reason"),
    [
        ([1], "wrong count", "answered 1 scores for 2 outputs"),
        ("ab", "wrong count", "answered 2 scores for 2 outputs"),
        (None, "wrong count", "answered NoneType scores for 2 outputs"),
        ({"a": 1, "b": 2}, "wrong count", "answered dict scores for 2 outputs"),
        ([1, "2"], "not a number", "answered str, not a number"),
        ([1, True], "not a number", "answered bool, not a number"),
        ([1, float("nan")], "not finite", "answered the score nan"),
        ([1, float("-inf")], "not finite", "answered the score -inf"),
        ([1, 1e13], "out of scale", "answered 1e+13; 1e+12 is the limit"),
        (JudgeFailure("no JSON", "two\nlines"), "no JSON", "two lines"),
        (SystemFailure("cannot connect"), "no answer", "cannot connect"),
        (RuntimeError("a bug"), "no answer", "RuntimeError: a bug"),
        (TimeoutError(), "no answer", "TimeoutError: "),
    ],
)
def test_a_failure_is_named_and_its_cost_is_known(given: Any, fault: str, reason: str) -> None:
    rating = asked(given)
    assert (rating.status, rating.fault, rating.reason) == ("failed", fault, reason)
    assert rating.scores == ()
    assert rating.spent == Spent(1, 100, 10, 0.5)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_a_text_that_cannot_be_sent_is_not_sent(text: str) -> None:
    judge = Scripted([1, 2])
    rating = asyncio.run(JudgeClient(judge).ask("s", ("a", text), 20))
    assert (rating.status, rating.fault, judge.asked) == ("failed", "no answer", 0)


def test_time_runs_out() -> None:
    async def scenario() -> Rating:
        judge = Scripted([1, 2])
        judge.go_on.clear()
        return await JudgeClient(judge).ask("s", ("a", "b"), 0.01)

    rating = asyncio.run(scenario())
    assert (rating.status, rating.fault, rating.reason) == (
        "timeout", "timeout", "no answer within 0.01 s",
    )  # fmt: skip
    assert rating.spent.calls == 1


def test_the_same_question_is_asked_once() -> None:
    async def scenario() -> None:
        judge = Scripted([1, 2])
        client = JudgeClient(judge)
        judge.go_on.clear()
        first = asyncio.create_task(client.ask("s", ("a", "b"), 20))
        second = asyncio.create_task(client.ask("s", ("a", "b"), 20))
        await asyncio.sleep(0)
        judge.go_on.set()
        ratings = [await first, await second, await client.ask("s", ("a", "b"), 20)]
        assert [rating.scores for rating in ratings] == [(1, 2)] * 3
        assert [rating.spent.calls for rating in ratings] == [1, 0, 0]
        assert [rating.milliseconds is None for rating in ratings] == [False, True, True]
        assert judge.asked == 1
        assert client.remembers("s", ("a", "b"))
        for other in (("t", ("a", "b")), ("s", ("b", "a")), ("s", ("a", "b", "c"))):
            assert not client.remembers(*other)

    asyncio.run(scenario())


def test_a_failure_is_not_remembered() -> None:
    async def scenario() -> None:
        judge = Scripted([1])
        client = JudgeClient(judge)
        assert (await client.ask("s", ("a", "b"), 20)).status == "failed"
        judge.given = [1, 2]
        assert (await client.ask("s", ("a", "b"), 20)).status == "ok"

    asyncio.run(scenario())


def test_the_longest_unused_question_is_forgotten() -> None:
    async def scenario() -> None:
        client = JudgeClient(Scripted([1]), remembered=2)
        for source in ("one", "two", "one", "three"):
            await client.ask(source, ("a",), 20)
        await asyncio.sleep(0)
        known = [source for source in ("one", "two", "three") if client.remembers(source, ("a",))]
        assert known == ["one", "three"]

    asyncio.run(scenario())


def test_a_client_that_goes_away_does_not_stop_the_question() -> None:
    async def scenario() -> None:
        judge = Scripted([1, 2])
        client = JudgeClient(judge)
        judge.go_on.clear()
        task = asyncio.create_task(client.ask("s", ("a", "b"), 20))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        judge.go_on.set()
        assert (await client.ask("s", ("a", "b"), 20)).scores == (1, 2)
        assert judge.asked == 1

    asyncio.run(scenario())
