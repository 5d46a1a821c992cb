"""Answers at the place that `extract` names, and what it accepts."""

import pytest
import yaml
from pydantic import ValidationError

from ensemble.systems.base import SystemFailure
from ensemble.systems.reply import Extract, answer_in


def extracted(reply: str, extract: str) -> str:
    """The answer in a reply by the YAML of `extract`."""
    return answer_in(reply, None, extract=Extract.model_validate(yaml.safe_load(extract)))


@pytest.mark.parametrize(
    ("extract", "reply", "answer"),
    [
        ("{tags: answer}", "Hm. <answer>\n one\n</answer> Bye.", "one"),
        ("{tags: answer}", "<answer>one</answer><answer>two</answer>", "two"),
        ("{tags: answer}", "<answer>one</answer><answer>tw", "one"),
        ("{tags: answer}", "</answer><answer>one</answer></answer>", "one"),
        ("{tags: answer}", '<Answer lang="en">one</ANSWER >', "one"),
        ("{tags: answer}", "<answers>one</answers><answer>two</answer>", "two"),
        ("{json: text}", '{"text": "one"}', "one"),
        ("{json: text}", 'So {x}: {"text": "one"}\n```json\n{"text": "two"}\n```\n', "two"),
        ("{json: result.text}", '{"result": {"text": "a\nb"}}', "a\nb"),
        ("{json: choices.1.text}", '{"choices": [{}, {"text": "one"}]}', "one"),
        ("{json: answer}", '{"answer": 18.50}', "18.50"),
        ("{json: answer}", '{"answer": true}', "true"),
        ("{json: answer}", r"\frac{1}{2} " * 200 + '{"answer": 12}', "12"),
        ("{json: answer}", '{"answer": 1}' * 200 + '{"answer": 12}', "12"),
        ('{regex: "Answer: (.*)"}', "Answer: one\nAnswer: two", "two"),
        (r'{regex: "\\d+"}', "1, 2 and 3", "3"),
        ('{regex: "a(b)?"}', "ab a", "b"),
        ("last_number", "It is 12, so 13.", "13"),
        ("last_number", "#### 1,234", "1,234"),
        ("last_number", "x = -3.5.", "-3.5"),
        ("last_number", "10-3", "3"),
        ("last_number", "It costs $18", "18"),
        ("last_number", r"\boxed{12}", "12"),
        ("last_number", "**50%**", "50"),
        ("last_number", "12 with GPT4", "12"),
        ("last_number", "共18个", "18"),
        ("last_number", "1.5e-3", "1.5e-3"),
        ("last_number", ".5", ".5"),
        ("{last_number: true}", "1", "1"),
    ],
)
def test_an_answer_is_extracted(extract: str, reply: str, answer: str) -> None:
    assert extracted(reply, extract) == answer


@pytest.mark.parametrize(
    ("extract", "reply", "reason"),
    [
        ("{tags: answer}", "one", "no <answer>"),
        ("{tags: answer}", "<answer>one", "no <answer>"),
        ("{tags: answer}", "one</answer>", "no <answer>"),
        ("{tags: answer}", "<answer> </answer>", "answered with nothing"),
        ("{json: text}", "one", "no JSON object"),
        ("{json: text}", '{"text": "on', "no JSON object"),
        ("{json: text}", "{" * 60_000, "no JSON object"),
        ("{json: text}", '{"text":' * 12_000, "no JSON object"),
        ("{json: text}", '{"answer": 1}', "has no text"),
        ("{json: a.b.c}", '{"a": {"b": "c"}}', "has no a.b.c"),
        ("{json: a.3}", '{"a": [1]}', "has no a.3"),
        ("{json: text}", '{"text": {"en": "one"}}', "no text at text"),
        ("{json: text}", '{"text": null}', "no text at text"),
        ("{regex: x}", "one", "does not match"),
        ("last_number", "none", "no number"),
        ("last_number", "GPT4", "no number"),
    ],
)
def test_a_reply_without_it_has_no_answer(extract: str, reply: str, reason: str) -> None:
    with pytest.raises(SystemFailure, match=reason) as raised:
        extracted(reply, extract)
    assert len(raised.value.reason) < 200


@pytest.mark.parametrize(
    ("extract", "reason"),
    [
        ("{}", "exactly one"),
        ("{tags: a, json: b}", "exactly one"),
        ("{last_number: false}", "exactly one"),
        ('{regex: "("}', "not a regular expression"),
        ("{tags: a b}", "tags"),
        ("{tag: a}", "tag"),
        ("first_number", "Extract"),
    ],
)
def test_a_wrong_extract_is_refused(extract: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Extract.model_validate(yaml.safe_load(extract))


def test_a_pattern_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ensemble.systems.reply.extract._LONGEST_MATCH_S", 1e-9)
    with pytest.raises(SystemFailure, match="pattern of extract took more than"):
        extracted("ab" * 50_000, '{regex: "(?:(?:a|b|ab)*)+c"}')
