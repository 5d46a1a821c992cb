"""Rewards for F-beta of single segments: the member's own, and the combined output's."""

from typing import Annotated

from pydantic import Field

from ensemble.diversity.training.rewards.registry import register
from ensemble.diversity.training.rewards.state import State, f_score
from ensemble.types import Array

Beta = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@register("quality")
def quality(state: State, target_f: float, *, beta: Beta = 0.5) -> Array:
    """Return F-beta of the member's own segment, (r,)."""
    return f_score(state.own[:, 0], state.own[:, 1], state.gold, beta)


@register("sentence marginal", target="combined")
def sentence_marginal(state: State, target_f: float, *, beta: Beta = 0.5) -> Array:
    """Return F-beta of the combined segment by itself, (r,)."""
    return f_score(state.combined[:, 0], state.combined[:, 1], state.gold, beta)
