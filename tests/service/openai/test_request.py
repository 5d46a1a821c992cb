"""Requests in OpenAI's form: which are read, what is sent on, and that the JSON schema says so."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from service.openai.request import ChatRequest

SCHEMA = jsonschema.Draft202012Validator(TypeAdapter(ChatRequest).json_schema())
USUAL: dict[str, Any] = {"model": "consort", "messages": [{"role": "user", "content": "a"}]}
SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(0, 3) | st.text("ab1", max_size=3)
)
VALUES = SCALARS | st.sampled_from(["none", "auto", ["text"], [], {}, [1], {"a": 1}, ["a"], [None]])
FIELDS = sorted(set(ChatRequest.model_fields) - {"model", "messages"})
PARTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", 1])},
    optional={"text": st.text("a\n\x00", max_size=3) | st.integers(), "extra": st.integers()},
)
CONTENTS = VALUES | st.lists(PARTS, max_size=3) | st.text(max_size=3)


def is_read(body: dict[str, Any]) -> bool:
    try:
        ChatRequest.model_validate(body)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("field", FIELDS)
@settings(max_examples=40)
@given(value=VALUES)
def test_the_schema_fits_the_parameters_that_are_read(field: str, value: object) -> None:
    body = {**USUAL, field: value}
    assert SCHEMA.is_valid(body) == is_read(body)


@given(CONTENTS)
def test_the_schema_fits_the_contents_that_are_read(content: object) -> None:
    body = {**USUAL, "messages": [{"role": "user", "content": content}]}
    assert SCHEMA.is_valid(body) == is_read(body)


@given(st.lists(st.text("ab \n", max_size=5), max_size=4))
def test_the_parts_of_a_content_are_joined_by_line_breaks(texts: list[str]) -> None:
    parts = [{"type": "text", "text": text} for text in texts]
    body = {**USUAL, "messages": [{"role": "user", "content": parts}]}
    assert ChatRequest.model_validate(body).messages[0].content == "\n".join(texts)


@pytest.mark.parametrize(
    ("roles", "question"),
    [("user", "0"), ("user assistant user system", "2"), ("system", ""), ("assistant", "")],
)
def test_the_question_is_the_last_message_of_the_user(roles: str, question: str) -> None:
    messages = [{"role": role, "content": str(i)} for i, role in enumerate(roles.split())]
    assert ChatRequest.model_validate({**USUAL, "messages": messages}).question == question


def test_the_newer_name_of_the_most_tokens_counts() -> None:
    both = ChatRequest.model_validate({**USUAL, "max_tokens": 5, "max_completion_tokens": 7})
    assert both.options == {"max_tokens": 7}


def test_parameters_that_are_absent_are_not_sent() -> None:
    empty = {name: None for name in ChatRequest.model_fields if name not in USUAL}
    request = ChatRequest.model_validate({**USUAL, **empty})
    assert (request.options, request.wants_usage) == ({}, False)
