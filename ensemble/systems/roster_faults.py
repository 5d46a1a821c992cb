"""Describes the faults of a roster in the words of its YAML file, and what to write instead."""

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic_core import ErrorDetails

from ensemble.kinds import Kinds, keys_of, near
from evaluation.errors import plain_fault

_INTERNAL = {"[key]", "list", "skills"}
"""Steps of pydantic's paths that are not keys of the file."""

_SHOWN_WORDS = 2
"""How many words of a text are shown as a list: the others may be secret."""

_NAME = "must begin with a letter or digit and have only these, '.', '_' and '-', at most 64"

Path = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class RosterFaults:
    """The faults that pydantic found in `content`, the data of a file.

    `keys` are those of the file, `parts` the kinds of entries in those that are lists of them, and
    `blocks` the keys in those that have keys of their own.
    """

    errors: Sequence[ErrorDetails]
    content: object
    keys: Collection[str]
    parts: Mapping[str, Kinds[Any]]
    blocks: Mapping[str, Collection[str]]

    def describe(self) -> str:
        """Return all faults but those that only follow from another."""
        faults = [details for details in self.errors if not self._follows(details)]
        return "; ".join(f"{self._place(details)}: {self._message(details)}" for details in faults)

    def _follows(self, details: ErrorDetails) -> bool:
        """Whether a fault only follows from another: from a wrong entry or a misspelt key."""
        path = details["loc"]
        if details["type"] == "too_short":
            deeper = (other["loc"] for other in self.errors if len(other["loc"]) > len(path))
            return any(place[: len(path)] == path for place in deeper)
        return details["type"] == "missing" and path[-1] in self._meant(path[:-1])

    def _meant(self, parent: Path) -> set[str | None]:
        """Return the keys that the unknown keys at a place were probably meant to be."""
        unknown = [other["loc"] for other in self.errors if other["type"] == "extra_forbidden"]
        known = self._known(parent)
        return {near(place[-1], known) for place in unknown if place[:-1] == parent}

    def _known(self, parent: Path) -> Collection[str]:
        """Return the keys that there are at a place of the file."""
        match parent:
            case ():
                return self.keys
            case (str(block),) if block in self.blocks:
                return self.blocks[block]
            case (str(part), int(position)) if part in self.parts:
                entry = self._value((part, position))
                for kind in self.parts[part].kinds():
                    if isinstance(entry, dict) and kind.key in entry:
                        return keys_of(kind.config)
        return ()

    def _place(self, details: ErrorDetails) -> str:
        """Return the path of a fault, with the name of the entry."""
        where: list[object] = [*details["loc"]] or ["the whole file"]
        match details["loc"]:
            case (str(part), int(position), *steps) if part in self.parts:
                entry = self._value((part, position))
                name = f" ({entry.get('name', 'no name')})" if isinstance(entry, dict) else ""
                where = [f"{part}[{position}]{name}", *steps]
        return ".".join(str(step) for step in where if step not in _INTERNAL)

    def _message(self, details: ErrorDetails) -> str:
        """Return the fault, and what to write instead where that is known."""
        path, value = details["loc"], details["input"]
        match details["type"]:
            case "extra_forbidden":
                meant = near(path[-1], self._known(path[:-1]))
                return f"unknown key; did you mean {meant}?" if meant else "unknown key"
            case "tuple_type" | "list_type" if path[0] in self.parts and len(path) == 1:
                return "must be a list of entries, each of which begins with `- name: `"
            case "tuple_type" | "list_type":
                return _list_for(value)
            case "model_type" | "dict_type":
                return "must have keys of its own, such as {key: value}"
            case "dataclass_type":
                return "must be {precision: 0.8, recall: 0.5} or the like"
            case "string_pattern_mismatch" if path[-1] == "name":
                return _NAME
            case "string_type" if isinstance(value, bool | int | float):
                return f"must be text: put it in quotes, '{str(value).lower()}'"
            case "too_short" | "too_long":
                words = plain_fault(details["msg"]).replace(" after validation", "")
                return words.replace("Tuple should have", "must have")
        return plain_fault(details["msg"])

    def _value(self, path: Path) -> object:
        """Return what stands at a place of the file, or `None`."""
        value: Any = self.content
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def _list_for(value: object) -> str:
    """Return what to write in the place of a value that is not a list."""
    if not isinstance(value, str):
        return "must be a list"
    try:
        words = shlex.split(value)
    except ValueError:
        words = value.split()
    example = yaml.safe_dump(words[:_SHOWN_WORDS], default_flow_style=True, allow_unicode=True)
    shown = " ".join(example.split())
    if len(words) > _SHOWN_WORDS:
        shown = f"{shown[:-1]}, ...]"
    return f"must be a list of words, such as {shown}"
