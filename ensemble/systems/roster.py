"""The roster: a YAML file that names the systems of an ensemble."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    Tag,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails

from ensemble.candidates.protection import Trusted
from ensemble.combiners.baselines import Majority
from ensemble.systems import CallableConfig, CommandConfig, PipelineConfig, System
from ensemble.systems.chat import ChatConfig
from ensemble.systems.http import HttpConfig
from ensemble.systems.member import MemberConfig

_KINDS = {
    "command": "command",
    "callable": "callable",
    "url": "http",
    "task": "pipeline",
    "member": "member",
    "chat": "chat",
}


class RosterError(ValueError):
    """A roster that cannot be used; the message names the file, the entry and the key."""


def _kind(entry: object) -> str | None:
    """An entry's kind, by the one key that only this kind has."""
    kinds = [kind for key, kind in _KINDS.items() if isinstance(entry, dict) and key in entry]
    return kinds[0] if len(kinds) == 1 else None


Entry = Annotated[
    Annotated[CommandConfig, Tag("command")]
    | Annotated[CallableConfig, Tag("callable")]
    | Annotated[HttpConfig, Tag("http")]
    | Annotated[ChatConfig, Tag("chat")]
    | Annotated[PipelineConfig, Tag("pipeline")]
    | Annotated[MemberConfig, Tag("member")],
    Discriminator(_kind),
]


class Roster(BaseModel):
    """Up to 32 systems of any of the six kinds, in the order they are reported in.

    With `protect`, addresses, code, mark-up and other protected text are changed only by the
    systems whose competence names `PROTECTED`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    protect: StrictBool = True
    entries: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=32, alias="systems")]

    @field_validator("entries")
    @classmethod
    def _names_differ(cls, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        name, count = Counter(entry.name for entry in entries).most_common(1)[0]
        if count > 1:
            raise ValueError(f"the name {name!r} is used {count} times")
        return entries

    def systems(self) -> list[System]:
        """A new system for every entry, none of them started."""
        return [entry.system() for entry in self.entries]

    def vote(self) -> Majority:
        """The vote that the entries' weights and competences ask for."""
        weights = {entry.name: entry.weight for entry in self.entries if entry.weight != 1}
        competences = {entry.name: entry.voting_competence for entry in self.entries}
        limited = {name: types for name, types in competences.items() if types is not None}
        return Majority(weights=weights, competence=limited)

    @property
    def may_change_protected(self) -> Trusted:
        """The systems that may change protected text; `None` for all."""
        if not self.protect:
            return None
        return tuple(entry.name for entry in self.entries if entry.may_change_protected)


def read_roster(path: Path) -> Roster:
    """Read a roster from a YAML file.

    Raises:
        RosterError: the file cannot be read, or something in it is unknown, missing or wrong.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Roster.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(_fault(details, content) for details in error.errors())
        raise RosterError(f"{path}: {faults}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RosterError(f"{path}: {error}") from error


def _fault(details: ErrorDetails, content: object) -> str:
    """One validation error in the words of the YAML file."""
    match details["loc"]:
        case ("systems", int(position), *steps):
            # The first step is the kind, which the file does not spell out.
            where = [_entry_label(content, position), *steps[1:]]
        case steps:
            where = list(steps) or ["the whole file"]
    message = {
        "extra_forbidden": "unknown key",
        "union_tag_not_found": f"needs exactly one of the keys {', '.join(_KINDS)}",
    }.get(details["type"], details["msg"])
    return f"{'.'.join(map(str, where))}: {message}"


def _entry_label(content: object, position: int) -> str:
    match content:
        case {"systems": [*entries]} if isinstance(entries[position], dict):
            return f"systems[{position}] ({entries[position].get('name', 'no name')})"
    return f"systems[{position}]"
