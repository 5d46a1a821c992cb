"""Selection by type of edit: which of two systems to believe (IBM, Kantor et al. 2019)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ensemble.candidates import Ballot, Candidate
from ensemble.combiners.base import Verdict
from ensemble.combiners.registry import register
from ensemble.combiners.trainable import UNSAVED, State, Trainable, TrainedOn, refuse_context
from ensemble.competence import Profile
from ensemble.targets import Targets
from ensemble.types import Array, Booleans
from evaluation.reporting.table import sign
from evaluation.statistics.significance import SEED

_Strings = NDArray[np.str_]

Choices = tuple[tuple[str, Mapping[str, tuple[bool, bool, bool]]], ...]
"""For each system, in the order they are merged, the selection for each type of edit.

The three are what only those before proposed, what only this one did, and what both did.
"""

_BETA_SQUARED = 0.25
_FEW = 5  # edits; fewer do not support a choice


class _Facts(BaseModel):
    """The facts to save."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    choices: Choices


@register("type-selection", kinds=("edits",), needs_labels=True)
@dataclass(frozen=True)
class TypeSelection(Trainable):
    """Two systems at a time: per type, whose edits to take (IBM, Kantor et al. 2019).

    `choices` has, for each system in the order they are merged, the selection for each type:
    what only those before proposed, only this one, and both.
    """

    choices: Choices = ()

    @property
    def is_trained(self) -> bool:
        """Whether it has chosen."""
        return bool(self.choices)

    @classmethod
    def learn(
        cls,
        ballots: Sequence[Ballot],
        targets: Targets,
        *,
        seed: int = SEED,
        context: str | None = None,
    ) -> Self:
        """Merge systems, the best first, each time choosing what gives the highest F0.5."""
        refuse_context(cls.name, context)
        profile = Profile.of(ballots)
        if not profile.systems:
            raise ValueError("no system gave an answer: there is nothing to learn from")
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        right, gold = targets.flat, float(targets.gold.sum())
        proposed = {name: _proposed(candidates, name) for name in profile.systems}
        order = sorted(proposed, key=lambda name: (-f_half(right[proposed[name]], gold), name))
        types = np.array([candidate.type for candidate in candidates])
        taken, choices = proposed[order[0]], []
        for name in order[1:]:
            chosen = _choose(taken, proposed[name], types, right, gold)
            choices.append((name, chosen))
            taken = _merge(taken, proposed[name], types, chosen)
        return cls("edits", profile, UNSAVED, choices=((order[0], {}), *choices))

    @property
    def signature(self) -> str:
        """The artefact, and the order in which systems are merged."""
        order = ",".join(name for name, _ in self.choices)
        return sign(self.name, {"artefact": self.mark, "order": order})

    def state(self) -> State:
        """Return the choices, in the order in which systems are merged."""
        return State({"choices": [[name, dict(types)] for name, types in self.choices]}, {})

    @classmethod
    def from_state(cls, trained_on: TrainedOn, state: State) -> Self:
        """Return the combiner with these choices."""
        facts = _Facts.model_validate(state.facts)
        if not {name for name, _ in facts.choices} <= set(trained_on.profile.systems):
            raise ValueError("it chooses between systems that it was not trained on")
        return cls(*trained_on, choices=facts.choices)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return 1 for selected edits, else 0."""
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        types = np.array([candidate.type for candidate in candidates], dtype=object)
        (first, _), *rest = self.choices or (("", {}),)
        taken = _proposed(candidates, first)
        for name, chosen in rest:
            taken = _merge(taken, _proposed(candidates, name), types, chosen)
        accepted = iter(taken.astype(float).tolist())
        return [Verdict([next(accepted) for _ in ballot.candidates], 0.5) for ballot in ballots]


def _proposed(candidates: Sequence[Candidate], system: str) -> Booleans:
    return np.array([system in candidate.voters for candidate in candidates], dtype=bool)


def _parts(taken: Booleans, added: Booleans) -> list[Booleans]:
    return [taken & ~added, added & ~taken, taken & added]


def _choose(
    taken: Booleans, added: Booleans, types: _Strings, right: Array, gold: float
) -> dict[str, tuple[bool, bool, bool]]:
    """Return the choice of parts whose union has the highest F0.5.

    A part belongs to the best union if its precision is above F / (1 + beta^2) of that union.
    """
    parts = {
        str(type_): [right[part & (types == type_)] for part in _parts(taken, added)]
        for type_ in np.unique(types)
    }
    needed = 0.5
    for _ in range(20):
        chosen = {
            type_: tuple(len(part) >= _FEW and part.mean() > needed for part in of_type)
            for type_, of_type in parts.items()
        }
        union = [
            part
            for type_, of_type in parts.items()
            for part, is_taken in zip(of_type, chosen[type_], strict=True)
            if is_taken
        ]
        needed = f_half(np.concatenate([*union, np.zeros(0)]), gold) / (1 + _BETA_SQUARED)
    return {type_: (bool(a), bool(b), bool(c)) for type_, (a, b, c) in chosen.items()}


def _merge(
    taken: Booleans,
    added: Booleans,
    types: _Strings,
    chosen: Mapping[str, tuple[bool, bool, bool]],
) -> Booleans:
    """Return the selection from both; of a type never seen, the edits that both proposed."""
    is_taken = np.array([chosen.get(str(type_), (False, False, True)) for type_ in types])
    parts = np.stack(_parts(taken, added), axis=1)
    return np.asarray((parts & is_taken.astype(bool).reshape(-1, 3)).any(axis=1))


def f_half(right: Array, gold: float) -> float:
    """Return F0.5 of edits that are `right` (1) or not (0), where `gold` should be made."""
    return float((1 + _BETA_SQUARED) * right.sum() / max(len(right) + _BETA_SQUARED * gold, 1e-9))
