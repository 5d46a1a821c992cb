"""Problem documents (RFC 9457): the format of every error that the service answers with."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NotRequired, cast, get_args

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from evaluation.errors import ConsortError
from service.core.problem_types import PROBLEM_TYPES, Code, FaultCode, uri

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1

MOST_FAULTS = 20
"""The most faults listed in one document; `detail` counts the rest."""

_LONGEST_DETAIL = 200
_DETAILS = {
    "extra_forbidden": "is not a known key",
    "missing": "is missing",
    "string_unicode": "has a lone surrogate",
    "model_type": "should be a JSON object",
    "dict_type": "should be a JSON object",
}
_LENGTH_DETAILS = {
    "too_short": "has {actual_length} entries; at least {min_length} are needed",
    "too_long": "has more than {max_length} entries, which is the limit",
    "string_too_short": "is empty",
    "string_too_long": "has more than {max_length} characters, which is the limit",
}
_CODES: Mapping[str, FaultCode] = {
    "extra_forbidden": "unknown-field",
    "missing": "missing-field",
    "union_tag_not_found": "missing-field",
    "string_unicode": "invalid-characters",
    "too_short": "too-few",
    "too_long": "too-many",
    "string_too_short": "text-empty",
    "string_too_long": "text-too-long",
}
"""Codes of pydantic's types of errors; our own validators name a `FaultCode` as the type."""

_SYSTEM_CODES: Mapping[str, FaultCode] = {
    "too_short": "too-few-systems",
    "too_long": "too-many-systems",
}
"""Codes of errors in fields with one entry for each system."""


class Fault(TypedDict):
    """One fault in a request."""

    code: FaultCode
    pointer: Annotated[str, Field(description="JSON pointer (RFC 6901) to the value at fault")]
    detail: str


_TYPES: list[Any] = [uri(code) for code in PROBLEM_TYPES]


class Document(TypedDict):
    """An error (RFC 9457)."""

    type: Annotated[
        str,
        Field(
            description="Which error it is: a relative URI with a stable code, see /problems; "
            "where `errors` has several, that of the first",
            json_schema_extra={"enum": _TYPES},
        ),
    ]
    title: str
    status: int
    detail: str
    instance: Annotated[str, Field(description="The id of this occurrence, as in the log")]
    errors: NotRequired[list[Fault]]
    line: NotRequired[Annotated[int, Field(description="In NDJSON: the line at fault, from 1")]]


class Problem(ConsortError):  # noqa: N818 - the word of RFC 9457
    """An error that is sent to the client with its details; the code decides the status."""

    def __init__(
        self,
        code: Code,
        detail: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status = PROBLEM_TYPES[code].status
        self.detail = detail
        self.faults = list(faults)
        self.headers = dict(headers or {})

    def document(self, request_id: str) -> Document:
        """Return the document to send in answer to the request with this id."""
        code = cast(Code, self.code)
        document = Document(
            type=uri(code),
            title=PROBLEM_TYPES[code].title,
            status=self.status,
            detail=self.detail,
            instance=f"urn:uuid:{request_id}",
        )
        if self.faults:
            document["errors"] = self.faults
        return document


def invalid(faults: Sequence[Fault]) -> Problem:
    """Return the problem of a request with `faults`, at least one; the first gives the code."""
    detail = f"{faults[0]['pointer'] or 'the body'}: {faults[0]['detail']}"
    if len(faults) > 1:
        detail += f"; and {len(faults) - 1} more"
    return Problem(faults[0]["code"], detail, faults[:MOST_FAULTS])


def fault(code: FaultCode, path: Iterable[str | int], detail: str) -> Fault:
    """Return the fault at `path`; long pointers and details are cut."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return Fault(
        code=code, pointer=_cut("".join(f"/{step}" for step in steps)), detail=_cut(detail)
    )


def faults_of(error: ValidationError, path: Sequence[str | int] = ()) -> list[Fault]:
    """Return the faults that `error` lists, in the part of the body at `path`."""
    details = error.errors(include_url=False)
    return [
        fault(
            code_of(_type_of(detail), detail["loc"]),
            [*path, *(step for step in detail["loc"] if step != "[key]")],
            _described(_type_of(detail), detail["msg"], detail.get("ctx", {})),
        )
        for detail in details
    ]


def _type_of(detail: ErrorDetails) -> str:
    """Return pydantic's type of an error; a length that a text breaks is always one of texts.

    Behind a validator of ours, pydantic no longer knows that the value is a text.
    """
    if detail["type"] in ("too_short", "too_long") and isinstance(detail["input"], str):
        return f"string_{detail['type']}"
    return detail["type"]


def code_of(error_type: str, location: Sequence[str | int] = ()) -> FaultCode:
    """Return the code of an error of pydantic's, given its type and its location."""
    if error_type in get_args(FaultCode):
        return cast(FaultCode, error_type)
    if location and location[-1] in ("outputs", "systems") and error_type in _SYSTEM_CODES:
        return _SYSTEM_CODES[error_type]
    if error_type in _CODES:
        return _CODES[error_type]
    return "invalid-type" if error_type.endswith(("_type", "_parsing")) else "invalid-value"


def _described(error_type: str, message: str, context: Mapping[str, Any]) -> str:
    if template := _LENGTH_DETAILS.get(error_type):
        return template.format(**context)
    return _DETAILS.get(error_type, message)


def later(code: Code, detail: str) -> Problem:
    """Return the problem of a request that may succeed when it is sent again."""
    return Problem(code, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def dump(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON in ASCII, because a detail may quote a lone surrogate."""
    return json.dumps(document).encode("ascii")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_DETAIL else f"{text[:_LONGEST_DETAIL]}…"
