"""Problem documents: what the client is told, and what it is not."""

import errno
import json

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from service.api.problem_responses import as_problem, problem_response
from service.core.admission import Busy
from service.core.fields import SourceText
from service.core.limits import LONGEST_TEXT, Refused
from service.core.problems import Document, Problem, dump, fault, faults_of, invalid


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Problem("body-too-large", "more than 10 bytes"), 413),
        (Refused("text-too-long", ["source"], "is too long"), 422),
        (Busy(), 503),
        (TimeoutError(), 503),
        (HTTPException(404), 404),
        (OSError(errno.ENOSPC, "No space left on device"), 503),
        (OSError(errno.EACCES, "Permission denied"), 500),
        (ValueError("secret"), 500),
    ],
)
def test_every_error_is_a_document(error: Exception, status: int) -> None:
    response = problem_response(Request({"type": "http", "path": "/", "request_id": "1"}), error)
    assert response.status_code == status
    assert response.media_type == "application/problem+json"
    document = json.loads(response.body)
    assert TypeAdapter(Document).validate_python(document) == document
    assert document["instance"] == "urn:uuid:1"
    assert ("retry-after" in response.headers) == (status == 503)


def test_nothing_is_told_of_what_was_not_foreseen() -> None:
    assert "secret" not in str(as_problem(ValueError("secret")).document("1"))


def test_headers_of_a_routing_error_are_kept() -> None:
    assert as_problem(HTTPException(405, headers={"Allow": "GET"})).headers == {"Allow": "GET"}


def test_pointers_are_escaped_and_cut() -> None:
    assert fault("invalid-value", ["a/b", "~", 3], "is wrong")["pointer"] == "/a~1b/~0/3"
    assert fault("invalid-value", [], "is wrong")["pointer"] == ""
    assert len(fault("invalid-value", ["k" * 1000], "x" * 1000)["pointer"]) < 250
    assert len(fault("invalid-value", ["k" * 1000], "x" * 1000)["detail"]) < 250


def test_first_fault_is_in_the_detail() -> None:
    faults = [
        fault("text-empty", ["a"], "is wrong"),
        fault("invalid-value", ["b"], "is wrong too"),
    ]
    assert invalid(faults[:1]).detail == "/a: is wrong"
    assert invalid(faults).detail == "/a: is wrong; and 1 more"
    assert invalid(faults).faults == faults
    assert invalid(faults).code == "text-empty"


def test_faults_of_a_validation() -> None:
    class Model(BaseModel, extra="forbid"):
        a: dict[str, int]

    with pytest.raises(ValidationError) as error:
        Model.model_validate({"a": {"x": "y", 1: 2}, "b": 1})
    faults = faults_of(error.value, [7])
    assert [f["pointer"] for f in faults] == ["/7/a/x", "/7/a/1", "/7/b"]
    assert [f["code"] for f in faults] == ["invalid-type", "invalid-type", "unknown-field"]


def test_what_is_not_unicode_can_be_quoted() -> None:
    assert json.loads(dump({"detail": "\ud800"})) == {"detail": "\ud800"}


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "text-empty"), (" \n", "text-empty"), ("x" * (LONGEST_TEXT + 1), "text-too-long")],
)
def test_the_length_of_a_text_is_told_as_that_of_a_text(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as error:
        TypeAdapter(SourceText).validate_python(text)
    (found,) = faults_of(error.value)
    assert found["code"] == code
    assert "entries" not in found["detail"]
