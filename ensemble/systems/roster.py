"""The roster: a YAML file that names the systems of an ensemble."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from ensemble.candidates.protection import Trusted
from ensemble.combiners.majority import Majority
from ensemble.systems.base import System, SystemConfig
from ensemble.systems.registry import KINDS, kind_of, kinds
from evaluation.errors import ConfigError, plain_fault


class RosterError(ConfigError):
    """A roster that cannot be used; the message names the file, the entry and the key."""


def _entry(content: object) -> SystemConfig:
    """Return an entry as the configuration of its kind, which is told by the key it has.

    The kinds are looked up here rather than listed in a type: a kind may itself read rosters.
    """
    keys = {kind.key: kind for kind in kinds()}
    present = [key for key in keys if isinstance(content, dict) and key in content]
    if len(present) != 1:
        # A plugin that cannot be loaded may be the one that knows the key.
        listed = "; ".join([", ".join(sorted(keys)), *KINDS.broken().values()])
        raise PydanticCustomError(
            "one_kind", "needs exactly one of the keys {keys}", {"keys": listed}
        )
    return keys[present[0]].config.model_validate(content)


Entry = Annotated[SystemConfig, PlainValidator(_entry)]
"""One system of a roster, of any kind that `ensemble.systems.registry` has."""


class Roster(BaseModel):
    """Up to 32 systems of any kind, in the order they are reported in.

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
        """A new system for every entry, none of them started; raises as `create_system`."""
        return list(map(create_system, self.entries))

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


def create_system(entry: SystemConfig) -> System:
    """Return the system that an entry describes, not started.

    Raises:
        RosterError: its kind raises an error or returns nothing; the message names both.
    """
    owner = f"the system {entry.name!r}"
    try:
        owner = f"{owner} of the kind {kind_of(entry).name!r}"
        system = entry.system()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RosterError(f"{owner} cannot be made: {reason}") from error
    if system is None:
        raise RosterError(f"{owner} cannot be made: {type(entry).__name__}.system() returned None")
    return system


def read_roster(path: Path) -> Roster:
    """Read a roster from a YAML file.

    Raises:
        RosterError: the file cannot be read, or something in it is unknown, missing or wrong.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Roster.model_validate(content)
    except ValidationError as error:
        # An entry that is wrong is also missing in the tuple: its own fault says more.
        errors = error.errors()
        faults = "; ".join(
            _fault(details, content)
            for details in errors
            if len(errors) == 1 or details["type"] != "too_short"
        )
        raise RosterError(f"{path}: {faults}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ImportError) as error:
        raise RosterError(f"{path}: {error}") from error


def _fault(details: ErrorDetails, content: object) -> str:
    """One validation error in the words of the YAML file."""
    match details["loc"]:
        case ("systems", int(position), *steps):
            where = [_entry_label(content, position), *steps]
        case steps:
            where = list(steps) or ["the whole file"]
    where = [step for step in where if step != "[key]"]
    message = "unknown key" if details["type"] == "extra_forbidden" else plain_fault(details["msg"])
    return f"{'.'.join(map(str, where))}: {message}"


def _entry_label(content: object, position: int) -> str:
    match content:
        case {"systems": [*entries]} if isinstance(entries[position], dict):
            return f"systems[{position}] ({entries[position].get('name', 'no name')})"
    return f"systems[{position}]"
