"""Requests that cost too much once: their work now grows about as their texts do.

Python's steps are counted instead of the time, so that a busy machine changes nothing.
"""

import json
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings

from benchmarks.worst_requests import RECIPES, ROUTES, Recipe
from ensemble.combiners.registry import create
from evaluation.records import Segment
from service.core.combining import combine_segment
from service.core.limits import Refused

WORST = json.loads(Path(__file__).with_name("worst.json").read_text("utf-8"))
WORDS = 150
TWICE_AS_MUCH = 2.7
"""Steps for twice the words: quadratic work takes four times as many."""


def steps(work: Callable[[], object]) -> int:
    """Return the calls and lines of Python that `work` takes once it has been done before."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> object:
        nonlocal count
        count += 1
        return trace

    work()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_steps_are_counted() -> None:
    assert steps(lambda: [re.escape(letter) for letter in "ab" * 50]) > 100
    assert steps(int) < 10


@pytest.mark.parametrize("row", WORST, ids=lambda row: f"{row['route']}: {row['why']}")
def test_what_was_too_much_grows_with_the_texts(row) -> None:
    content = {key: value for key, value in row.items() if key not in ("why", "route")}
    recipe, make = Recipe.of(content), ROUTES[row["route"]]
    short, long = (steps(make(recipe, words)[0]) for words in (WORDS, 2 * WORDS))
    assert long < TWICE_AS_MUCH * short


def chain(words: int) -> Segment:
    """Return texts of which two change every other word: taken back in turn, from the first on."""
    source = [f"w{i}" for i in range(words)]
    changed = range(3, words // 2, 2)

    def output(first: str, name: str, share: int) -> str:
        others = {i: f"{name}{i}" for i in changed} | {1: first}
        others |= {i: f"u{name}{i}" for i in range(words // 2, words) if i % 4 == share}
        return " ".join(others.get(i, word) for i, word in enumerate(source))

    alike = [output("q", "c", 0), output("r", "c", 1).replace("uc", "ud")]
    unlike = [output("z", "x", 2), output("z", "y", 3)]
    return Segment(
        "x", {f"s{i}": text for i, text in enumerate([" ".join(source), *alike, *unlike])}
    )


def test_changes_that_are_taken_back_one_after_another_cost_as_much_as_all_at_once() -> None:
    fuse = create("fuse")
    short, long = (
        steps(partial(combine_segment, chain(words), "texts", fuse, "keep", ()))
        for words in (WORDS, 2 * WORDS)
    )
    assert long < TWICE_AS_MUCH * short


@settings(max_examples=8)
@given(RECIPES)
def test_any_recipe_grows_with_the_texts(recipe: Recipe) -> None:
    # Four times the words, as the work of a few recipes has a step that growth has not.
    try:
        works = [ROUTES["combine"](recipe, words)[0] for words in (WORDS, 4 * WORDS)]
        short, long = map(steps, works)
    except Refused:
        return
    assert long < TWICE_AS_MUCH**2 * short + 5000


@given(RECIPES)
def test_a_recipe_is_read_back_from_json(recipe: Recipe) -> None:
    assert Recipe.of(json.loads(json.dumps(recipe.fields()))) == recipe
