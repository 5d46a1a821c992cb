"""A trained stack as it is saved: the states of its levels and of its top, one beside the other."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ensemble.candidates import Kind
from ensemble.combiners.base import Combiner, Counting
from ensemble.combiners.registry import create, load_trainable
from ensemble.combiners.stack.levels import Level
from ensemble.combiners.stack.plan import (
    MOST_LEVELS,
    VOTE,
    LevelPlan,
    Name,
    check_level,
    check_top,
    is_whole,
)
from ensemble.combiners.stack.whole import WholeOutputs
from ensemble.combiners.trainable import UNSAVED, State, Trainable, TrainedOn
from ensemble.competence import Profile
from evaluation.artefact import Names
from evaluation.errors import InputError

_TOP = "top"
_COUNTS = "shared", "made"


class _Part(BaseModel):
    """A saved combiner: a trained one has `learnt`, the facts of its state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    term: Annotated[str, Field(max_length=200)]
    systems: Names
    learnt: dict[str, Any] | None = None
    is_fixed: bool = False


class _Facts(BaseModel):
    """The saved facts of a stack."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levels: Annotated[tuple[_Part, ...], Field(min_length=1, max_length=MOST_LEVELS)]
    top: _Part | None
    beside: Names | None
    top_name: str
    best: Annotated[int, Field(ge=0)]
    trust: Annotated[float, Field(ge=0, le=1)]


def to_state(levels: Sequence[Level], top: Trainable | None, facts: Mapping[str, Any]) -> State:
    """Return the state to save of a stack with these `levels`, this `top` and other `facts`."""
    tensors: dict[str, NDArray[Any]] = {}
    parts = [_part(f"{i}", level, tensors) for i, level in enumerate(levels)]
    above = None
    if top is not None:
        above = _part(_TOP, Level(_TOP, top.name, top), tensors)
    shown = {"levels": [part.model_dump() for part in parts]}
    return State({**facts, **shown, "top": above.model_dump() if above else None}, tensors)


def read_state(trained_on: TrainedOn, state: State) -> dict[str, Any]:
    """Return the fields of the stack saved as `state`.

    Raises:
        ValueError: it is not such a state.
    """
    facts = _Facts.model_validate(state.facts)
    kind = trained_on.kind
    known = {*trained_on.profile.systems}
    for i, part in enumerate(facts.levels):
        check_level(part.term, kind)
        if not known.issuperset(part.systems):
            raise ValueError(f"level {i} knows other systems than the stack")
    if facts.best >= len(facts.levels) or (facts.top_name == VOTE) != (facts.top is None):
        raise ValueError("the best level or the top is not there")
    if facts.top is not None:
        check_top(facts.top.term, kind)
    levels = tuple(_level(f"{i}", part, trained_on, state) for i, part in enumerate(facts.levels))
    top = None if facts.top is None else _trainable(_TOP, facts.top, trained_on, state)
    rest = {name: getattr(facts, name) for name in ("beside", "top_name", "best", "trust")}
    return {"levels": levels, "top": top, **rest}


def _part(prefix: str, level: Level, tensors: dict[str, NDArray[Any]]) -> _Part:
    """Return the facts of `level`, and put its arrays among `tensors`."""
    combiner, learnt = level.combiner, None
    profile = level.counts or Profile.unknown()
    if isinstance(combiner, Trainable) and combiner.is_trained:
        profile, own = combiner.profile, combiner.state()
        learnt = dict(own.facts)
        tensors |= {f"{prefix}.learnt.{name}": array for name, array in own.tensors.items()}
    arrays = profile.shared, profile.made
    tensors |= {f"{prefix}.{n}": array for n, array in zip(_COUNTS, arrays, strict=True)}
    return _Part(
        name=level.name,
        term=level.term,
        systems=profile.systems,
        learnt=learnt,
        is_fixed=level.is_fixed,
    )


def _level(prefix: str, part: _Part, trained_on: TrainedOn, state: State) -> Level:
    if part.learnt is not None:
        combiner: Combiner = _trainable(prefix, part, trained_on, state)
        return Level(part.name, part.term, combiner, part.is_fixed)
    template, counts = untrained(part.term, trained_on.kind), _profile(prefix, part, state)
    if isinstance(template, Counting):
        template = template.from_statistics(counts)
    return Level(part.name, part.term, template, part.is_fixed, counts)


def level_of(plan: LevelPlan, kind: Kind, read: Callable[[Path], Trainable] | None) -> Level:
    """Return the level that `plan` describes: untrained, or as `read` reads it from its folder.

    Raises:
        InputError: it cannot be read, or cannot be a level.
    """
    if plan.model is None or read is None:
        term = plan.combiner or ""
        return Level(plan.name, term, untrained(term, kind))
    combiner = read(plan.model)
    where = f"the level {plan.name!r} ({plan.model})"
    check_level(combiner.name, kind)
    if combiner.kinds != (kind,):
        kinds = " or ".join(combiner.kinds)
        raise InputError("invalid-option", f"{where} was trained on {kinds}, not on {kind}")
    if combiner.context is not None:
        raise InputError("invalid-option", f"{where} needs a language model, which a stack has not")
    return Level(plan.name, combiner.name, combiner, is_fixed=True)


def untrained(term: str, kind: Kind) -> Combiner:
    """Return the untrained combiner `term` as a level of a stack for this kind of output.

    One that needs labels is returned too, though it combines nothing before it is trained.
    """
    entry = check_level(term, kind)
    combiner: Combiner = load_trainable(term)() if entry.needs_labels else create(term)
    return WholeOutputs(combiner) if is_whole(entry, kind) else combiner


def _trainable(prefix: str, part: _Part, trained_on: TrainedOn, state: State) -> Trainable:
    learner = load_trainable(part.term, trained_on.kind)
    start = f"{prefix}.learnt."
    tensors = {n.removeprefix(start): a for n, a in state.tensors.items() if n.startswith(start)}
    common = trained_on._replace(profile=_profile(prefix, part, state), mark=UNSAVED)
    return learner.from_state(common, State(part.learnt or {}, tensors))


def _profile(prefix: str, part: _Part, state: State) -> Profile:
    shared, made = (np.asarray(state.tensors[f"{prefix}.{n}"], np.float64) for n in _COUNTS)
    size = len(part.systems)
    if shared.shape != (size, size) or made.shape != (size, size):
        raise ValueError(f"the agreement of {size} systems is not a table {size} x {size}")
    if (shared < 0).any() or (made < 0).any():
        raise ValueError("a count is below 0")
    return Profile(part.systems, shared, made)
