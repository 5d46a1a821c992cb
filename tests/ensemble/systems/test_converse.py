"""A conversation put to a system: what becomes of its answers, its samples, and its failures."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from ensemble.systems import Answer
from ensemble.systems.base import Completion, SystemFailure
from ensemble.systems.converse import converse
from ensemble.systems.spending import Spent

MESSAGES: list[JsonValue] = [{"role": "user", "content": "Which city?"}]
SHORT = st.sampled_from(
    ["Paris", "paris.", "Rome", "It is a city that lies on a river, as I know."]
)


class Model:
    """Answers with the texts that it is given, or does something else."""

    def __init__(self, *texts: str, does: Callable[[], object] = lambda: None) -> None:
        self._texts = texts
        self._does = does
        self.asked: list[tuple[Sequence[JsonValue], Mapping[str, JsonValue]]] = []

    async def complete(
        self, messages: Sequence[JsonValue], options: Mapping[str, JsonValue], spent: Spent
    ) -> list[Completion]:
        self.asked.append((messages, options))
        spent.calls += len(self._texts)
        self._does()
        return [Completion(t, "length" if t.endswith("Rome") else "stop") for t in self._texts]


class Silent(Model):
    """Never answers."""

    async def complete(
        self, messages: Sequence[JsonValue], options: Mapping[str, JsonValue], spent: Spent
    ) -> list[Completion]:
        spent.calls += 1
        await asyncio.Event().wait()
        return []


def asked(model: Model, deadline_s: float = 10.0) -> Answer:
    return asyncio.run(converse(model, MESSAGES, {"seed": 1}, deadline_s))


def test_an_answer_has_its_text_its_end_and_its_cost() -> None:
    model = Model("Paris")
    answer = asked(model)
    assert (answer.text, answer.status, answer.reason, answer.finish) == (
        "Paris",
        "ok",
        None,
        "stop",
    )
    assert answer.spent == Spent(calls=1)
    assert model.asked == [(MESSAGES, {"seed": 1})]
    assert asked(Model("It is Rome")).finish == "length"


@given(st.lists(SHORT, min_size=1, max_size=5))
def test_of_several_samples_one_is_the_answer(texts: list[str]) -> None:
    answer = asked(Model(*texts))
    assert answer.text in texts
    assert answer.finish == ("length" if answer.text == "Rome" else "stop")
    assert answer.spent.calls == len(texts)


def test_samples_that_agree_in_content_outvote_another() -> None:
    assert asked(Model("Rome", "Paris", "paris.")).text == "Paris"


def raising(error: Exception) -> Callable[[], None]:
    def do() -> None:
        raise error

    return do


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SystemFailure("cannot\nconnect"), "cannot connect"),
        (RuntimeError("broken"), "RuntimeError: broken"),
        (TimeoutError(), "TimeoutError: "),
    ],
)
def test_whatever_it_raises_is_its_failure(error: Exception, reason: str) -> None:
    answer = asked(Model("Paris", does=raising(error)))
    assert (answer.text, answer.status, answer.reason) == (None, "failed", reason)
    assert answer.spent.calls == 1


def test_an_answer_that_no_encoding_can_carry_is_a_failure() -> None:
    answer = asked(Model("a\ud800"))
    assert (answer.status, answer.reason) == ("failed", "answered with a lone surrogate")


def test_it_is_left_at_the_deadline_and_its_cost_is_known() -> None:
    answer = asked(Silent(), deadline_s=0.01)
    assert (answer.status, answer.reason) == ("timeout", "no answer within 0.01 s")
    assert answer.spent.calls == 1
