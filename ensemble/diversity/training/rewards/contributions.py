"""Rewards for what a segment adds to F0.5 over all segments, to first order."""

import numpy as np

from ensemble.diversity.training.rewards.registry import register
from ensemble.diversity.training.rewards.state import State
from ensemble.types import Array

_BETA_SQUARED = 0.25


@register("marginal", target="combined", additive=True)
def marginal(state: State, target_f: float) -> Array:
    """Return what the combined segment is worth to the F0.5 of all, (r,).

    F is a ratio of sums, so that what raises it is what raises (1 + b^2) right - F (made +
    b^2 gold) at the F there is (Dinkelbach 1967): the difference reward (Wolpert & Tumer 2001)
    of a step is exact to first order, which the mean of segments' F is not.
    """
    return np.asarray((1 + _BETA_SQUARED) * state.combined[:, 0] - target_f * state.combined[:, 1])


@register("correctness", additive=True)
def correctness(state: State, target_f: float) -> Array:
    """Return what the member's own segment is worth to its F0.5 over all, (r,), likewise."""
    return np.asarray((1 + _BETA_SQUARED) * state.own[:, 0] - target_f * state.own[:, 1])
