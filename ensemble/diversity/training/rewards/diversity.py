"""A reward for making other edits than the other systems make."""

import numpy as np

from ensemble.diversity.training.rewards.registry import register
from ensemble.diversity.training.rewards.state import State
from ensemble.types import Array


@register("diversity")
def jaccard(state: State, target_f: float) -> Array:
    """Return the mean Jaccard distance of the member's edits from each other system's, (r,)."""
    union = state.own[:, 1:] + state.others - state.shared
    return np.asarray((1 - np.where(union > 0, state.shared / np.maximum(union, 1), 1)).mean(1))
