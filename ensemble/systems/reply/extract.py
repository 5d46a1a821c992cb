"""Takes the answer out of a reply: in tags, at a JSON key, by a pattern, or the last number."""

import json
import re
from functools import lru_cache
from typing import Annotated, Self

import regex
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from ensemble.systems.base import SystemFailure
from ensemble.systems.reply.json_objects import last_object

_LONGEST_MATCH_S = 0.2
_SHOWN = 80  # characters of a reply that a message quotes
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])(?:(?<![A-Za-z0-9_.)\]])[-+−])?"
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)?(?:(?<=\d)\.\d+|(?<!\d)\.\d+)?(?<=\d)(?:[eE][-+]?\d+)?"
)
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)


def _compiles(pattern: str) -> str:
    try:
        _compiled(pattern)
    except regex.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


class Extract(BaseModel):
    """The place of the answer in a reply; exactly one of the keys is given.

    `tags` is the name of an XML-like tag: the answer is the text in the last such element.
    `json` is a path, keys and positions with dots between, into the last JSON object of the reply.
    `regex` is a pattern: the answer is group 1 of its last match, or the whole match where it has
    no group. `last_number` takes the last number, as it is written but for a currency sign.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    tags: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9:._-]{0,63}$")] | None = (
        None
    )
    json_key: Annotated[str | None, Field(alias="json", min_length=1)] = None
    regex: Annotated[str, Field(min_length=1), AfterValidator(_compiles)] | None = None
    last_number: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, given: object) -> object:
        return {"last_number": True} if given == "last_number" else given

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        ways = (self.tags, self.json_key, self.regex, self.last_number or None)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("it needs exactly one of tags, json, regex and last_number")
        return self

    def of(self, reply: str) -> str:
        """Return the answer in `reply`, without the white space around.

        Raises:
            SystemFailure: it is not there.
        """
        if self.tags is not None:
            return _in_tags(reply, self.tags).strip()
        if self.json_key is not None:
            return _at_key(reply, self.json_key).strip()
        if self.regex is not None:
            return _by_pattern(reply, self.regex).strip()
        return _last_number(reply)


def quoted(reply: str) -> str:
    """Return the beginning of a reply as a message quotes it, on one line."""
    line = " ".join(reply[: 4 * _SHOWN].split())
    return repr(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")


def _in_tags(reply: str, name: str) -> str:
    begin = re.compile(rf"<{re.escape(name)}(?:\s[^<>]*)?>|</{re.escape(name)}\s*>", re.IGNORECASE)
    text, opened = None, None
    for tag in begin.finditer(reply):
        if not tag[0].startswith("</"):
            opened = tag.end()
        elif opened is not None:
            text, opened = reply[opened : tag.start()], None
    if text is None:
        raise SystemFailure(f"its reply has no <{name}>…</{name}>: {quoted(reply)}")
    return text


def _at_key(reply: str, path: str) -> str:
    value = last_object(reply, _DECODER).value
    if value is None:
        raise SystemFailure(f"its reply has no JSON object: {quoted(reply)}")
    try:
        for key in path.split("."):
            value = _entry(value, key)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise SystemFailure(f"the JSON of its reply has no {path}: {quoted(reply)}") from error
    if isinstance(value, bool):
        return json.dumps(value)
    if not isinstance(value, str):
        raise SystemFailure(f"the JSON of its reply has no text at {path}: {quoted(reply)}")
    return value


def _entry(value: object, key: str) -> object:
    """Return the entry of an object or array.

    Raises:
        KeyError, IndexError, TypeError, ValueError: an entry is missing.
    """
    if isinstance(value, list):
        return value[int(key)]
    if isinstance(value, dict):
        return value[key]
    raise TypeError(key)


def _by_pattern(reply: str, pattern: str) -> str:
    compiled = _compiled(pattern)
    last: str | None = None
    try:
        for match in compiled.finditer(reply, timeout=_LONGEST_MATCH_S):
            text = match[1] if compiled.groups else match[0]
            last = last if text is None else text
    except TimeoutError as error:
        fault = f"the pattern of extract took more than {_LONGEST_MATCH_S} s on its reply"
        raise SystemFailure(fault) from error
    if last is None:
        raise SystemFailure(f"its reply does not match the pattern of extract: {quoted(reply)}")
    return last


def _last_number(reply: str) -> str:
    last = ""
    for match in _NUMBER.finditer(reply):
        last = match[0] or last
    if not last:
        raise SystemFailure(f"its reply has no number: {quoted(reply)}")
    return last
