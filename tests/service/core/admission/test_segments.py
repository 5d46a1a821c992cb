"""The estimated work of combining a segment: what it may depend on, and what it may not."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.worst_requests import RECIPES, Recipe
from ensemble.candidates import Kind, collect_all
from ensemble.combiners.registry import create
from evaluation.records import Segment
from service.core.admission import INLINE, MOST_OFF, SECOND, check_work
from service.core.admission.segments import SHORT, work_of
from service.core.combining import size_of
from service.core.limits import Refused
from tests.raising import raises_code

KINDS: list[Kind] = ["edits", "texts", "labels"]
LEAST_OF_A_CANDIDATE = 12
"""Units: to collect and decide it takes about twice as many microseconds."""

WORDS = ["ab", "cd", "don't", "..", "语文", "well-known", "https://a.b/c", "é"]


def repeated(words: list[str]) -> str:
    """A text of these words that is not short."""
    return " ".join(words * (1 + SHORT // len("".join(words))))


texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(repeated)
outputs = st.dictionaries(st.sampled_from("abcd"), texts, min_size=1)


def work(source: str, outputs: dict[str, str], kind: Kind = "edits", combiner: str = "vote") -> int:
    segment = Segment(source, outputs)
    return asyncio.run(work_of(segment, kind, create(combiner)))


@given(source=texts, outputs=outputs, kind=st.sampled_from(KINDS))
def test_the_order_of_systems_changes_nothing(
    source: str, outputs: dict[str, str], kind: Kind
) -> None:
    turned = dict(reversed(outputs.items()))
    assert work(source, turned, kind) == pytest.approx(work(source, outputs, kind), abs=1)


@given(source=texts, outputs=outputs, more=texts, kind=st.sampled_from(KINDS))
def test_another_text_is_never_less_work(
    source: str, outputs: dict[str, str], more: str, kind: Kind
) -> None:
    assert work(source, {**outputs, "more": more}, kind) >= work(source, outputs, kind)


@given(source=texts, outputs=outputs)
def test_what_several_systems_gave_is_aligned_once(source: str, outputs: dict[str, str]) -> None:
    again = {**outputs, **{f"{name} again": text for name, text in outputs.items()}}
    characters = sum(map(len, outputs.values()))
    assert work(source, outputs) < work(source, again) <= work(source, outputs) + characters / 5


@given(st.text(max_size=SHORT // 2), st.text(max_size=SHORT // 2))
def test_short_texts_are_as_much_work_as_they_have_characters(source: str, text: str) -> None:
    segment = Segment(source, {"a": text})
    assert work(source, {"a": text}) == size_of(segment) <= INLINE


def test_a_change_costs_whatever_its_characters_are() -> None:
    source = " ".join(f"a{i} b{i}" for i in range(500))
    alone, all_of_it = source.replace("a1 ", "c "), source.replace("a", "c")
    assert work(source, {"a": alone}) < INLINE < work(source, {"a": all_of_it})
    assert work(source, {"a": alone}) < work(source, {"a": all_of_it}) / 10


@given(st.integers(2, 20))
def test_each_word_in_capitals_is_a_change(words: int) -> None:
    source = " ".join(f"a{i}" for i in range(500))
    blocks = [f"A{i}" if i % (words + 3) < words else f"a{i}" for i in range(500)]
    capitals = sum(word.isupper() for word in blocks)
    assert work(source, {"a": " ".join(blocks)}) > 20 * capitals


@given(st.integers(2, 20))
def test_each_word_of_a_small_region_is_weighed_with_each(words: int) -> None:
    source = " ".join(f"a{i}" for i in range(500))
    other = " ".join(f"b{i}" if i % (words + 3) < words else f"a{i}" for i in range(500))
    regions = 500 // (words + 3)
    assert work(source, {"a": other}) > regions * (20 * words + words**2)


@given(RECIPES, st.integers(20, 200))
def test_each_candidate_is_work(recipe: Recipe, words: int) -> None:
    segment = recipe.segment(words)
    assume(size_of(segment) > SHORT)
    (ballot,) = collect_all([segment], "edits")
    units = asyncio.run(work_of(segment, "edits", create("vote")))
    assert units >= LEAST_OF_A_CANDIDATE * len(ballot.candidates)


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("one two three " * 200, "one  two\nthree\u3000" * 200),
        ("语文" * 300, "语 文 " * 300),
        ("语 文 " * 300, "语文" * 300),
        ("ha " * 600, "ha"),
        ("ha Ha " * 300, "x"),
        ("so so la " * 200 + "end", "the end"),
        ("哈" * 1200, "哈"),
        ("哈" * 1200 + "a", "a"),
    ],
)
def test_white_space_and_repeated_words_are_changes(source: str, output: str) -> None:
    (ballot,) = collect_all([Segment(source, {"a": output, "b": output})], "edits")
    assert work(source, {"a": output, "b": output}) >= LEAST_OF_A_CANDIDATE * len(ballot.candidates)


@pytest.mark.parametrize("letters", ["语文字学", ".,!?;:"])
def test_a_text_without_spaces_is_not_one_word(letters: str) -> None:
    source = letters * 400
    changed = "".join(c if i % 3 else "x" for i, c in enumerate(source))
    assert work(source, {"a": changed}) > 10 * work(source, {"a": source + "x"})


def test_a_text_that_is_refused_for_its_length_is_not_aligned() -> None:
    words = " ".join("ab" for _ in range(5000))
    assert work(words, {"a": words.replace("a", "c")}) < INLINE


def test_a_combiner_may_cost_more() -> None:
    long = {"a": "one two " * 200, "b": "one three " * 200, "c": "two " * 300}
    assert work("", long, "texts", "fuse") > work("", long, "texts", "mbr")


def test_work_is_refused_where_no_machine_would_end_it_in_time() -> None:
    check_work(MOST_OFF * SECOND, 1, ["outputs"])
    with raises_code("too-many", Refused) as refused:
        check_work(MOST_OFF * SECOND + 1, 1, ["outputs"])
    assert refused.value.path == ("outputs",)
    assert str(refused.value) == "takes about 3 s of work; the limit is 1 s"


def test_nothing_is_hidden_in_scores_or_style() -> None:
    segment = Segment("one", {"a": "two"})
    scored = replace(segment, scores={"judge": {"a": 1.0}}, style="running")
    vote = create("vote")
    assert asyncio.run(work_of(scored, "edits", vote)) == asyncio.run(
        work_of(segment, "edits", vote)
    )
