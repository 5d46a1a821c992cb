"""Errors in OpenAI's form: every problem has a status, a type and a code that clients know."""

import json
from typing import Any

import pytest

from service.core.problem_types import PROBLEM_TYPES
from service.core.problems import Problem, fault, invalid
from service.openai import errors

TYPES = {
    "authentication_error": {401},
    "permission_error": {403},
    "rate_limit_error": {429},
    "server_error": {500, 503},
    "invalid_request_error": {400, 404, 405, 408, 409, 413, 415, 421},
}


@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_every_problem_has_a_form(code: Any) -> None:
    problem = Problem(code, "why")
    status = errors.status_of(problem)
    error = errors.error_object(problem)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"] == "why"
    assert status in TYPES[error["type"]]
    assert status == (400 if PROBLEM_TYPES[code].status == 422 else PROBLEM_TYPES[code].status)


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ([], None),
        (["model"], "model"),
        (["messages", 0, "content"], "messages[0].content"),
        (["messages", 12], "messages[12]"),
        (["stop", 0], "stop[0]"),
        (["response_format", "a", 1, 2, "b"], "response_format.a[1][2].b"),
    ],
)
def test_a_parameter_is_written_as_clients_do(path: list[str | int], param: str | None) -> None:
    problem = invalid([fault("invalid-type", path, "is wrong"), fault("invalid-type", ["n"], "x")])
    assert errors.error_object(problem)["error"]["param"] == param


def test_a_detail_may_quote_anything() -> None:
    body = errors.dump(Problem("invalid-json", "a \ud800 \x00 \u2028"))
    assert json.loads(body)["error"]["message"] == "a \ud800 \x00 \u2028"
    assert body.isascii()
