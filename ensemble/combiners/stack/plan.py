"""The YAML file of a stack: which combiners are its levels, and what combines their outputs."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from ensemble.candidates import Kind
from ensemble.combiners.registry import COMBINERS, Entry, create, load_trainable
from evaluation.config import parse_yaml
from evaluation.errors import ConfigError, InputError, plain_fault

MOST_LEVELS = 8
"""Levels of a stack, at most."""

VOTE = "vote"
"""The top that is not trained: what most levels take; the first level counts for half more."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Kept = Literal["none", "all"] | Annotated[tuple[Name, ...], Field(min_length=1, max_length=32)]
"""The systems whose outputs the top sees beside those of the levels."""

_DEFAULTS: dict[Kind, tuple[str, ...]] = {
    "edits": ("neural", "vote", "agreement", "mbr"),
    "texts": ("neural", "mbr", "vote"),
    "labels": ("neural", "vote", "agreement"),
}
"""The levels by kind. The first is kept as the best where no other is clearly better: `neural` is,
where it does not find anything in the labels, the usual combiner of its kind.
"""


class LevelPlan(BaseModel):
    """A level: a `combiner`, with options or without, or the folder of a trained one, `model`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    combiner: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    model: Path | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "LevelPlan":
        if (self.combiner is None) == (self.model is None):
            raise ValueError("needs exactly one of the keys combiner, model")
        return self

    def check(self, kind: Kind) -> None:
        """Raise a `ValueError` that names the level if its combiner cannot combine this `kind`."""
        if self.combiner is None:
            return
        try:
            check_level(self.combiner, kind)
        except InputError as error:
            raise ValueError(f"the level {self.name!r}: {error}") from None


class StackPlan(BaseModel):
    """The content of the file of a stack, for one kind of output."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    kind: Kind
    levels: Annotated[tuple[LevelPlan, ...], Field(min_length=1, max_length=MOST_LEVELS)]
    systems: Kept = "none"
    top: Annotated[str, Field(max_length=64)] = VOTE

    @model_validator(mode="after")
    def _fits(self) -> "StackPlan":
        names = [level.name for level in self.levels]
        names += self.systems if isinstance(self.systems, tuple) else []
        name, count = Counter(names).most_common(1)[0]
        if count > 1:
            raise ValueError(f"the name {name!r} is used {count} times")
        for level in self.levels:
            level.check(self.kind)
        if self.top != VOTE:
            check_top(self.top, self.kind)
        return self


def default_plan(kind: Kind) -> StackPlan:
    """Return the plan of a stack that is trained by its name alone."""
    levels = tuple(LevelPlan(name=name, combiner=name) for name in _DEFAULTS[kind])
    return StackPlan(version=1, kind=kind, levels=levels)


def check_level(term: str, kind: Kind) -> Entry:
    """Return the entry of the combiner `term`, a level of a stack for this kind of output.

    Raises:
        InputError: the combiner or an option is unknown, or it cannot be a level.
    """
    entry = COMBINERS.get(term.partition(":")[0])
    if entry.second_order:
        raise InputError("invalid-option", f"a {entry.name} cannot be a level of a stack")
    if kind not in entry.kinds and not is_whole(entry, kind):
        kinds = " or ".join(entry.kinds)
        raise InputError("invalid-option", f"{entry.name} combines {kinds}, not {kind}")
    if entry.needs_labels:
        load_trainable(term, kind)
    else:
        create(term)
    return entry


def is_whole(entry: Entry, kind: Kind) -> bool:
    """Return whether a combiner of whole texts is to choose among the sets of edits."""
    chooses = "texts" in entry.kinds and not entry.writes and not entry.trainable
    return kind == "edits" and "edits" not in entry.kinds and chooses


def check_top(name: str, kind: Kind) -> None:
    """Raise an `InputError` unless `name` is a combiner that can be trained as a top."""
    known = COMBINERS.get(name.partition(":")[0])
    if not known.trainable or known.second_order:
        raise InputError("invalid-option", f"the top is {VOTE} or one that is trained, not {name}")
    load_trainable(name, kind)


def read_plan(path: Path) -> StackPlan:
    """Read the plan of a stack from a YAML file.

    Raises:
        ConfigError: the file cannot be read, or something in it is unknown, missing or wrong.
    """
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
        return StackPlan.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(_fault(details, content) for details in error.errors())
        raise ConfigError(f"{path}: {faults}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _fault(details: ErrorDetails, content: object) -> str:
    """Return one validation error in the words of the YAML file."""
    where: Sequence[object] = details["loc"] or ["the whole file"]
    if where[0] == "levels" and len(where) > 1:
        where = [_label(content, where[1]), *where[2:]]
    message = "unknown key" if details["type"] == "extra_forbidden" else plain_fault(details["msg"])
    return f"{'.'.join(map(str, where))}: {message}"


def _label(content: object, position: object) -> str:
    match content:
        case {"levels": [*levels]} if isinstance(position, int):
            level = levels[position]
            name = level.get("name", "no name") if isinstance(level, dict) else "no name"
            return f"levels[{position}] ({name})"
    return f"levels[{position}]"
