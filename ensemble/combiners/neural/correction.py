"""The correction that a language model makes to the scores of contested edits.

It has one weight a column and no hidden layer, and is learnt after the network: without it, scores
are those of a combiner that was trained without a language model.
"""

from typing import NamedTuple, Self

import numpy as np

from ensemble.combiners.neural.context import InContext
from ensemble.types import Array

_PENALTY = 5.0  # L2 strength of the weights
_STEPS = 15


class Correction(NamedTuple):
    """A sum added to the log-odds of an edit: `weights` times its features beyond their `means`.

    Both have a number for each column of `context.CONTEXT`. Edits that the model was not asked
    about are as the mean: nothing is added.
    """

    weights: tuple[float, ...]
    means: tuple[float, ...]

    @classmethod
    def fit(cls, context: InContext, scores: Array, targets: Array) -> Self:
        """Fit to edits with these `scores`, log-odds, and `targets`, NaN where unlabelled: (n,).

        Logistic regression in which the scores have the weight 1, by Newton's method.
        """
        known = context.asked & np.isfinite(targets)
        values, start, right = context.values[known], scores[known], targets[known]
        means = values.mean(axis=0) if len(values) else np.zeros(values.shape[1])
        values = values - means
        weights = np.zeros(values.shape[1])
        for _ in range(_STEPS):
            belief = 1 / (1 + np.exp(-start - values @ weights))
            slope = values.T @ (belief - right) + 2 * _PENALTY * weights
            bend = (values.T * (belief * (1 - belief))) @ values
            weights -= np.linalg.solve(bend + 2 * _PENALTY * np.eye(len(weights)), slope)
        return cls(tuple(weights.tolist()), tuple(means.tolist()))

    def scaled(self, share: float) -> "Correction":
        """Return this correction, of which only a `share` is added."""
        return self._replace(weights=tuple(share * weight for weight in self.weights))

    def shift(self, context: InContext) -> Array:
        """Return the sum added to the log-odds of each edit: (n,)."""
        added = (context.values - np.array(self.means)) @ np.array(self.weights)
        return np.where(context.asked, added, 0.0)
