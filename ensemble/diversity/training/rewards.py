"""What a member is rewarded for, each term apart: quality, difference, and what the two are for.

All are values of a segment in some state, so that the reward of a step is the value after it less
the value before: the sum over steps is the value of what was chosen, less that of the source.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ensemble.diversity.policy.decisions import Decisions
from ensemble.types import Array, Booleans, Integers
from evaluation.config import Part

Term = Literal["quality", "metric", "diversity", "marginal", "correctness", "sentence marginal"]

Finite = Annotated[float, Field(allow_inf_nan=False)]

_BETA_SQUARED = 0.25


class State(NamedTuple):
    """Where r segments stand: sums so far, and what does not change.

    `own` (r, 2) right and made, `shared` (r, s) with each other system, `combined` (r, 2) right
    and made, `metric` (r,) what was asked of the text; `gold` (r,), `others` (r, s) edits of each
    other system.
    """

    own: Array
    shared: Array
    combined: Array
    metric: Array
    gold: Array
    others: Array

    def plus(self, decisions: Decisions, options: Integers, sign: float = 1.0) -> "State":
        """Return the states with one option taken in each (or with `sign` -1, taken back)."""
        return self._replace(
            own=self.own + sign * decisions.own[options],
            shared=self.shared + sign * decisions.shared[options],
            combined=self.combined + sign * decisions.combined[options],
            metric=self.metric + sign * decisions.metric[options],
        )


def start(decisions: Decisions, segments: Integers) -> State:
    """Return the states of `segments` (r,) in which nothing is chosen yet."""
    r, s = len(segments), decisions.others.shape[1]
    return State(
        np.zeros((r, 2)),
        np.zeros((r, s)),
        decisions.source_kept[segments],
        np.zeros(r),
        decisions.gold[segments],
        decisions.others[segments],
    )


def chosen_states(decisions: Decisions, chosen: Integers) -> State:
    """Return the states of all segments, given the option `chosen` (d,) at each decision."""
    state = start(decisions, np.arange(len(decisions.gold)))
    for now, added in (
        (state.own, decisions.own),
        (state.shared, decisions.shared),
        (state.combined, decisions.combined),
        (state.metric, decisions.metric),
    ):
        np.add.at(now, decisions.segment, added[chosen])
    return state


def f_half(right: Array, made: Array, gold: Array) -> Array:
    """Return F0.5 from 0 to 1; nothing to find and nothing made is 1."""
    below = made + _BETA_SQUARED * gold
    f = (1 + _BETA_SQUARED) * right / np.maximum(below, 1e-9)
    return np.where(below == 0, 1.0, f)


def quality(state: State, bar: float) -> Array:
    """Return F0.5 of the member's own segment, (r,)."""
    return f_half(state.own[:, 0], state.own[:, 1], state.gold)


def metric(state: State, bar: float) -> Array:
    """Return by how much a metric of the member's own segment was raised, (r,)."""
    return state.metric


def jaccard(state: State, bar: float) -> Array:
    """Return the mean Jaccard distance of the member's edits from each other system's, (r,)."""
    union = state.own[:, 1:] + state.others - state.shared
    return np.asarray((1 - np.where(union > 0, state.shared / np.maximum(union, 1), 1)).mean(1))


def marginal(state: State, bar: float) -> Array:
    """Return what the combined segment is worth to the F0.5 of all, (r,).

    F is a ratio of sums, so that what raises it is what raises (1 + b^2) right - F (made +
    b^2 gold) at the F there is (Dinkelbach 1967): the difference reward (Wolpert & Tumer 2001)
    of a step is exact to first order, which the mean of segments' F is not.
    """
    return np.asarray((1 + _BETA_SQUARED) * state.combined[:, 0] - bar * state.combined[:, 1])


def correctness(state: State, bar: float) -> Array:
    """Return what the member's own segment is worth to its F0.5 over all, (r,), likewise."""
    return np.asarray((1 + _BETA_SQUARED) * state.own[:, 0] - bar * state.own[:, 1])


def sentence_marginal(state: State, bar: float) -> Array:
    """Return F0.5 of the combined segment by itself, (r,)."""
    return f_half(state.combined[:, 0], state.combined[:, 1], state.gold)


VALUES: Mapping[Term, Callable[[State, float], Array]] = {
    "quality": quality,
    "metric": metric,
    "diversity": jaccard,
    "marginal": marginal,
    "correctness": correctness,
    "sentence marginal": sentence_marginal,
}
"""What each term says of segments in some state, given the F0.5 reached so far."""


class Coefficient(Part):
    """How much a term counts: `first` when training begins, `last` when it ends."""

    first: Finite
    last: Finite

    def at(self, progress: float) -> float:
        """Return it when the part `progress` of the training, from 0 to 1, is done."""
        return self.first + (self.last - self.first) * min(max(progress, 0.0), 1.0)


class Floor(Part):
    """An F0.5 of the member's own segment, from 0 to 1, that no edit may bring it below.

    Where one does, the segment ends there, and `penalty` is taken off.
    """

    quality: Annotated[float, Field(ge=0, le=1)]
    penalty: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0


class Reward(Part):
    """A weighed sum of terms, each with a number or a `Coefficient`, and a floor if any."""

    terms: Annotated[dict[Term, Finite | Coefficient], Field(min_length=1)]
    floor: Floor | None = None

    def coefficients(self, progress: float) -> dict[Term, float]:
        """Return what each term counts at `progress`, from 0 to 1."""
        return {
            name: one.at(progress) if isinstance(one, Coefficient) else one
            for name, one in self.terms.items()
        }

    def values(self, state: State, bar: float) -> dict[Term, Array]:
        """Return each term's value of r segments, (r,) each.

        Raises:
            ValueError: one is no number.
        """
        found = {name: VALUES[name](state, bar) for name in self.terms}
        for name, values in found.items():
            if not np.isfinite(values).all():
                raise ValueError(f"the reward {name!r} is no finite number somewhere")
        return found

    def broken(self, state: State) -> Booleans:
        """Return whether the floor is broken, (r,); what makes no edit breaks none."""
        if self.floor is None:
            return np.zeros(len(state.gold), dtype=bool)
        return np.asarray((state.own[:, 1] > 0) & (quality(state, 0.0) < self.floor.quality))

    def total(self, state: State, bar: float, progress: float) -> Array:
        """Return the weighed sum for r segments, (r,), less the penalty where it is due."""
        values, weights = self.values(state, bar), self.coefficients(progress)
        total = np.sum([weights[name] * values[name] for name in values], axis=0)
        penalty = self.floor.penalty if self.floor else 0.0
        return np.asarray(total - penalty * self.broken(state))
