"""Problem documents (RFC 9457): the one form of every error that a client is told about."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1

MOST_FAULTS = 20
"""How many are listed; for the rest the number has to do."""

_LONGEST_WORDS = 200
_WORDS = {
    "extra_forbidden": "is not a key that is known here",
    "missing": "is missing",
    "string_unicode": "has a lone surrogate",
    "model_type": "should be a JSON object",
    "dict_type": "should be a JSON object",
}
_TOO_MANY_OR_FEW = {
    "too_short": "has {actual_length} entries; at least {min_length} are needed",
    "too_long": "has more than {max_length} entries, which is the limit",
    "string_too_short": "is empty",
    "string_too_long": "has more than {max_length} characters, which is the limit",
}


class Fault(TypedDict):
    """One thing that is wrong in a body."""

    pointer: Annotated[str, Field(description="JSON pointer (RFC 6901) to it")]
    detail: str


class Document(TypedDict):
    """What went wrong (RFC 9457)."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    instance: Annotated[str, Field(description="This occurrence, by the id it has in the log")]
    errors: NotRequired[list[Fault]]
    line: NotRequired[Annotated[int, Field(description="In NDJSON: the line at fault, from 1")]]


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """An error that the client is told about as it is."""

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = list(faults)
        self.headers = dict(headers or {})

    def document(self, request_id: str) -> Document:
        """Return what is sent for it."""
        document = Document(
            type="about:blank",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            instance=f"urn:uuid:{request_id}",
        )
        if self.faults:
            document["errors"] = self.faults
        return document


def invalid(faults: Sequence[Fault]) -> Problem:
    """Return the problem of a body with `faults`, of which there is at least one."""
    detail = f"{faults[0]['pointer'] or 'the body'}: {faults[0]['detail']}"
    if len(faults) > 1:
        detail += f"; and {len(faults) - 1} more"
    return Problem(422, detail, faults[:MOST_FAULTS])


def fault(path: Iterable[str | int], detail: str) -> Fault:
    """Return the fault at `path`, both cut to a length that can be read."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return Fault(pointer=_cut("".join(f"/{step}" for step in steps)), detail=_cut(detail))


def faults_of(error: ValidationError, path: Sequence[str | int] = ()) -> list[Fault]:
    """Return what `error` found wrong with the part of a body that `path` leads to."""
    details = error.errors(include_url=False, include_input=False)
    return [
        fault([*path, *(step for step in detail["loc"] if step != "[key]")], _in_words(detail))
        for detail in details
    ]


def _in_words(detail: ErrorDetails) -> str:
    if counted := _TOO_MANY_OR_FEW.get(detail["type"]):
        return counted.format(**detail.get("ctx", {}))
    return _WORDS.get(detail["type"], detail["msg"])


def later(detail: str) -> Problem:
    """Return the problem of a request that may be granted a moment later."""
    return Problem(503, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def dump(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON; all of it ASCII, for a problem may quote what is not Unicode."""
    return json.dumps(document).encode("ascii")


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"
