"""Replies of language models: what is read as scores, and how each fault is named."""

import json
from math import isfinite
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.judges.base import Fault, JudgeFailure
from ensemble.judges.reply import LONGEST_REPLY, read_reply

LABELS = ("A", "B")
SCALE = (1.0, 10.0)
GOOD = '{"A": 7, "B": 4.5}'


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}```",
        f"Sure! Here are the scores: {GOOD} I hope this helps.",
        f'<think>A {{is}} better than B: {{"A": 1}}</think>\n{GOOD}',
        f'First I thought {{"A": 1, "B": 1}}, but: {GOOD}',
        f"The form is {{label: number}}. {GOOD}",
        '{"B": 4.5, " A ": 7.0}',
        '\n{\n "A" : 7,\n "B":4.5}\n',
    ],
)
def test_an_object_of_numbers_is_read_from_the_text_around_it(reply: str) -> None:
    assert read_reply(reply, LABELS, SCALE) == [7, 4.5]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("", "no JSON"),
        ("A is better.", "no JSON"),
        ("{A is better}", "no JSON"),
        ("x" * (LONGEST_REPLY + 1), "no JSON"),
        ("[7, 4]", "not an object"),
        ("7", "not an object"),
        ('```json\n"A"\n```', "not an object"),
        ('{"A": 7, "B": ', "truncated"),
        ('Here: {"A": 7', "truncated"),
        ("<think>A is", "truncated"),
        ('{"A": 7, "B": 4, "C": 1}', "unknown label"),
        ('{"scores": {"A": 7, "B": 4}}', "unknown label"),
        ("{}", "missing label"),
        ('{"A": 7}', "missing label"),
        ('{"A": 7, "A": 8, "B": 4}', "repeated label"),
        ('{"A": "7", "B": 4}', "not a number"),
        ('{"A": true, "B": 4}', "not a number"),
        ('{"A": null, "B": 4}', "not a number"),
        ('{"A": {"score": 7}, "B": 4}', "not a number"),
        ('{"A": NaN, "B": 4}', "not finite"),
        ('{"A": Infinity, "B": 4}', "not finite"),
        ('{"A": -Infinity, "B": 4}', "not finite"),
        ('{"A": 1e999, "B": 4}', "not finite"),
        ('{"A": 1' + "0" * 400 + ', "B": 4}', "not finite"),
        ('{"A": 0.9, "B": 4}', "out of scale"),
        ('{"A": 7, "B": 11}', "out of scale"),
    ],
)
def test_a_fault_is_named(reply: str, fault: str) -> None:
    with pytest.raises(JudgeFailure) as raised:
        read_reply(reply, LABELS, SCALE)
    assert raised.value.fault == fault
    assert raised.value.reason
    assert len(raised.value.reason) < 200


PIECES = st.sampled_from(
    [
        '{"A": 7',
        ', "B": 4}',
        "{",
        "}",
        "<think>",
        "</think>",
        "```json",
        "NaN",
        '"A"',
        ":",
        "[",
        "]",
    ]
)


def outcome(reply: str) -> tuple[str | None, list[float]]:
    """The fault of a reply, the reason of which can be sent, and its scores."""
    try:
        return None, read_reply(reply, LABELS, SCALE)
    except JudgeFailure as failure:
        failure.reason.encode()
        return failure.fault, []


@given(
    st.one_of(
        st.text(),
        st.lists(PIECES).map("".join),
        st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")),
        st.dictionaries(st.sampled_from("ABC"), st.floats() | st.booleans() | st.text()).map(
            json.dumps
        ),
    )
)
def test_any_reply_is_scores_or_a_named_fault(reply: str) -> None:
    fault, scores = outcome(reply)
    assert fault in (None, *get_args(Fault))
    assert len(scores) == (len(LABELS) if fault is None else 0)
    assert all(isfinite(score) and 1 <= score <= 10 for score in scores)


@given(st.lists(st.integers(1, 10), min_size=2, max_size=2), st.text(alphabet="ab \n.`"))
def test_scores_are_read_whatever_stands_before_them(scores: list[int], before: str) -> None:
    reply = before + json.dumps(dict(zip(LABELS, scores, strict=True)))
    assert read_reply(reply, LABELS, SCALE) == scores


@pytest.mark.parametrize("reply", ["{" * 60_000, '{"a":' * 12_000, "[" * 60_000])
def test_a_deep_reply_is_refused_at_once(reply: str) -> None:
    with pytest.raises(JudgeFailure):
        read_reply(reply, LABELS, SCALE)
