"""A reward as a configuration writes it: a weighted sum of terms, a product, a gate, a floor."""

from functools import cached_property
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from ensemble.diversity.training.rewards.gates import Gate, is_open
from ensemble.diversity.training.rewards.registry import Term, Value, registered, value_of
from ensemble.diversity.training.rewards.state import State, f_score
from ensemble.types import Array, Booleans
from evaluation.config import Part

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Coefficient(Part):
    """How much a term counts: `first` when training begins, `last` when it ends."""

    first: Finite
    last: Finite

    def at(self, progress: float) -> float:
        """Return it when the part `progress` of the training, from 0 to 1, is done."""
        return self.first + (self.last - self.first) * min(max(progress, 0.0), 1.0)


class Floor(Part):
    """An F0.5 of the member's own segment, from 0 to 1, that no edit may bring it below.

    Where an edit does, the segment ends there, and `penalty` is subtracted.
    """

    quality: Annotated[float, Field(ge=0, le=1)]
    penalty: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0


class Reward(Part):
    """A weighted sum of terms, each with a number or a `Coefficient`, plus the product of others.

    In a product of quality and diversity an edit that is wrong earns nothing by being unlike those
    of others (Li et al. 2025). A `gate` lets only some segments earn anything. With `best_of` k,
    what counts is the best of k samples of the policy, not each sample; with `together` k, the
    output combined of the other systems and k samples, each of which has the member's votes.
    """

    terms: dict[Term, Finite | Coefficient] = Field(default_factory=dict)
    multiply: tuple[Term, ...] = ()
    gate: Gate | None = None
    best_of: Annotated[int, Field(ge=1, le=64)] = 1
    together: Annotated[int, Field(ge=1, le=8)] = 1
    floor: Floor | None = None

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        if not self.terms and not self.multiply:
            raise ValueError("a reward needs `terms`, or terms to `multiply`")
        if len(self.multiply) == 1:
            raise ValueError("to multiply takes two terms or more; one belongs to `terms`")
        if self.together > 1:
            self._check_together()
        return self

    def _check_together(self) -> None:
        if self.best_of > 1:
            raise ValueError("a set is scored by best_of or by together, not by both")
        if self.floor or self.whole:
            fault = "a floor" if self.floor else f"the term {min(self.whole)}: use best_of"
            raise ValueError(f"samples that vote together cannot have {fault}")
        if of_member := [t for t in self._all if registered(t).target != "combined"]:
            fault = f"but {of_member[0]} is about the member's own: use best_of"
            raise ValueError(f"together rewards the combined output, {fault}")

    @property
    def samples(self) -> int:
        """How many samples make a set: 1 where each is rewarded by itself."""
        return max(self.best_of, self.together)

    @property
    def needs_metric(self) -> bool:
        """Whether a term is about the metric that the configuration names."""
        return any(registered(term).needs_metric for term in self._all)

    @property
    def quantities(self) -> set[str]:
        """The rewards among the terms that count a quantity of their own."""
        rewards = [registered(term) for term in self._all]
        return {reward.name for reward in rewards if reward.quantity is not None}

    @property
    def whole(self) -> set[str]:
        """The rewards among the terms that judge whole combined outputs."""
        rewards = [registered(term) for term in self._all]
        return {reward.name for reward in rewards if reward.whole is not None}

    @property
    def is_additive(self) -> bool:
        """Whether the value of a segment is a sum over the options chosen in it."""
        terms = all(registered(term).additive for term in self._all)
        return terms and not self.multiply and self.floor is None and self.best_of == 1

    @property
    def is_combined(self) -> bool:
        """Whether a term is measured by the F0.5 of the combined output, not the member's own."""
        return any(registered(term).target == "combined" for term in self._all)

    def coefficients(self, progress: float) -> dict[str, float]:
        """Return what each term counts at `progress`, from 0 to 1."""
        return {
            term: weight.at(progress) if isinstance(weight, Coefficient) else weight
            for term, weight in self.terms.items()
        }

    def values(self, state: State, target_f: float) -> dict[str, Array]:
        """Return the value of each term of the sum and of the product for r segments, (r,) each.

        Raises:
            ValueError: a value is not a finite number.
        """
        values = {term: value(state, target_f) for term, value in self._functions.items()}
        for term, value in values.items():
            if not np.isfinite(value).all():
                raise ValueError(f"the reward {term!r} is not a finite number somewhere")
        return values

    def broken(self, state: State) -> Booleans:
        """Return whether the floor is broken, (r,); a segment without edits does not break it."""
        if self.floor is None:
            return np.zeros(len(state.gold), dtype=bool)
        quality = f_score(state.own[:, 0], state.own[:, 1], state.gold)
        return np.asarray((state.own[:, 1] > 0) & (quality < self.floor.quality))

    def total(self, state: State, target_f: float, progress: float) -> Array:
        """Return the value of r segments, (r,), less the penalty where it is due."""
        values, weights = self.values(state, target_f), self.coefficients(progress)
        total = np.zeros(len(state.gold))
        for term in self.terms:
            total += weights[term] * values[term]
        if self.multiply:
            total += np.prod([values[term] for term in self.multiply], axis=0)
        if self.gate:
            total *= is_open(self.gate, state)
        penalty = self.floor.penalty if self.floor else 0.0
        return np.asarray(total - penalty * self.broken(state))

    @property
    def _all(self) -> tuple[Term, ...]:
        return tuple(dict.fromkeys([*self.terms, *self.multiply]))

    @cached_property
    def _functions(self) -> dict[str, Value]:
        return {term: value_of(term) for term in self._all}
