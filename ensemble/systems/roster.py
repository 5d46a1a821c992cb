"""The roster: a YAML file that names the systems of an ensemble, and judges of their outputs."""

from collections import Counter
from collections.abc import Callable, Collection
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    StrictInt,
    ValidationError,
    field_validator,
    model_validator,
)

from ensemble.candidates import Kind
from ensemble.candidates.protection import Trusted
from ensemble.combiners.majority import Majority
from ensemble.judges.base import Judge, JudgeConfig
from ensemble.judges.registry import JUDGES
from ensemble.kinds import Kinds, keys_of
from ensemble.systems.base import Name, System, SystemConfig
from ensemble.systems.registry import KINDS
from ensemble.systems.roster_faults import RosterFaults
from ensemble.systems.roster_function import FOLDER
from ensemble.systems.roster_plan import Waiting, check_roles, make_plan
from ensemble.systems.waiting import Plan
from evaluation.config import parse_yaml
from evaluation.errors import ConfigError

T = TypeVar("T")
NamedT = TypeVar("NamedT", SystemConfig, JudgeConfig)


class RosterError(ConfigError):
    """A roster that cannot be used; the message names the file, the entry and the key."""


Entry = Annotated[SystemConfig, PlainValidator(KINDS.read_in)]
"""One system of a roster, of any kind that `ensemble.systems.registry` has."""

JudgeEntry = Annotated[JudgeConfig, PlainValidator(JUDGES.read_in)]
"""One judge of a roster, of any kind that `ensemble.judges.registry` has."""

USUAL_BUDGET = 100
"""The most questions to judges for one request, where a roster does not say."""


class PanelConfig(BaseModel):
    """How conversations are answered (`/v1/chat/completions`).

    `systems` are the members, by default all language models. With `kind: edits` the members, by
    default all systems, correct the last message of the user instead. Without a kind, short answers
    that agree in content are labels, and others texts. `combiner` is by default the usual one of
    the kind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind | None = None
    combiner: Annotated[str, Field(min_length=1)] | None = None
    systems: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None


class Roster(BaseModel):
    """Up to 32 systems of any kind, in the order they are reported in.

    With `protect`, addresses, code, mark-up and other protected text are changed only by the
    systems whose competence names `PROTECTED`. `judges`, up to 8, are asked at most `judge_budget`
    questions for a request; a question is about one segment, to one judge. `waiting` tells whether
    the answer may be given before all systems have answered, and `panel` how conversations are
    answered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    protect: StrictBool = True
    entries: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=32, alias="systems")]
    judges: Annotated[tuple[JudgeEntry, ...], Field(max_length=8)] = ()
    judge_budget: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = USUAL_BUDGET
    waiting: Waiting = Waiting()
    panel: PanelConfig = PanelConfig()

    @field_validator("entries", "judges")
    @classmethod
    def _names_differ(cls, entries: tuple[NamedT, ...]) -> tuple[NamedT, ...]:
        for name, count in Counter(entry.name for entry in entries).most_common(1):
            if count > 1:
                raise ValueError(f"the name {name!r} is used {count} times")
        return entries

    @model_validator(mode="after")
    def _panel_is_there(self) -> Self:
        names = [entry.name for entry in self.entries]
        for name in self.panel.systems or ():
            if name not in names:
                raise ValueError(f"panel.systems: {name!r} is not one of {', '.join(names)}")
        return self

    @model_validator(mode="after")
    def _roles_fit(self) -> "Roster":
        check_roles(self.entries, self.waiting)
        return self

    def plan(self, names: Collection[str] | None = None, patience_s: float = inf) -> Plan:
        """Return the plan by which its systems are asked: those in `names`, or all of them.

        No system is asked later than `patience_s` seconds after the first.
        """
        chosen = [entry.name for entry in self.entries] if names is None else names
        return make_plan(self.entries, self.waiting, chosen, patience_s)

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
    return _made("system", entry, KINDS, entry.system)


def create_judge(entry: JudgeConfig) -> Judge:
    """Return the judge that an entry describes, not started.

    Raises:
        RosterError: its kind raises an error or returns nothing; the message names both.
    """
    return _made("judge", entry, JUDGES, entry.judge)


def _made(noun: str, entry: NamedT, kinds: Kinds[NamedT], make: Callable[[], T]) -> T:
    owner = f"the {noun} {entry.name!r}"
    try:
        owner = f"{owner} of the kind {kinds.of(entry).name!r}"
        made = make()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RosterError(f"{owner} cannot be made: {reason}") from error
    if made is None:
        raise RosterError(f"{owner} cannot be made: {type(entry).__name__}.{noun}() returned None")
    return made


def read_roster(path: Path) -> Roster:
    """Read a roster from a YAML file, in whose folder its Python functions may be.

    Raises:
        RosterError: the file cannot be read, or something in it is unknown, missing or wrong.
    """
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
        return Roster.model_validate(content, context={FOLDER: path.absolute().parent})
    except ValidationError as error:
        parts: dict[str, Kinds[Any]] = {"systems": KINDS, "judges": JUDGES}
        blocks = {"panel": keys_of(PanelConfig), "waiting": keys_of(Waiting)}
        faults = RosterFaults(error.errors(), content, keys_of(Roster), parts, blocks)
        raise RosterError(f"{path}: {faults.describe()}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ImportError) as error:
        raise RosterError(f"{path}: {error}") from error
