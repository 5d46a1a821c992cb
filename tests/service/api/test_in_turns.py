"""Long answers: they are written in turns, to the same bytes."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.combiners.registry import create
from evaluation.records import Segment
from service.api.combine_answer import json_of_outcome, shown
from service.api.in_turns import ITEMS, json_of
from service.core.query import Outcome, SystemResult

WORDS = st.lists(st.sampled_from(["a", 'b"', "candidates", "\\", '"candidates":['])).map(" ".join)
NUMBERS = [0, 1, ITEMS - 1, ITEMS, ITEMS + 1, 2 * ITEMS, 2 * ITEMS + 1]


def turns(work: Callable[[], Coroutine[Any, Any, bytes]]) -> tuple[bytes, int]:
    """Return the result of `work`, and how many turns others had before it."""

    async def both() -> tuple[bytes, int]:
        task, others = asyncio.create_task(work()), 0
        await asyncio.sleep(0)
        while not task.done():
            others += 1
            await asyncio.sleep(0)
        return task.result(), others

    return asyncio.run(both())


@given(WORDS, st.sampled_from(NUMBERS), WORDS)
def test_bytes_are_those_of_one_piece(before: str, n: int, after: str) -> None:
    document = {"x": before, before: {}, "items": [], "y": [{"items": [after]}]}
    items = [{"n": i, "items": [before]} for i in range(n)]
    written, others = turns(lambda: json_of(document, "items", iter(items)))
    assert written == to_json({**document, "items": items})
    assert others == (0 if n < ITEMS else -(-n // ITEMS))


@pytest.mark.parametrize("n", NUMBERS)
@settings(max_examples=15)  # each with hundreds of candidates
@given(WORDS, WORDS, st.booleans())
def test_answers_are_those_of_one_piece(n: int, first: str, second: str, calibrated: bool) -> None:
    source = " ".join(f"w{i}" for i in range(2 * n)) + first
    output = " ".join(f"v{i}" if i % 2 else f"w{i}" for i in range(2 * n)) + second
    segment = Segment(source or "a", {"a": output, "b": source})
    combiner = create("vote")
    combination = combine(collect(segment, "edits"), combiner)
    results = {first or "a": SystemResult("ok", 1.0, text=second)}
    outcome = Outcome(combination, results, combiner, "edits")
    assert turns(lambda: json_of_outcome(outcome))[0] == to_json(shown(outcome))
