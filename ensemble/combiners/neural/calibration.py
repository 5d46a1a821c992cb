"""The probability that a text is the best of its segment, from the scores of all."""

from typing import NamedTuple, Self

import numpy as np

from ensemble.types import Array, Integers

_LEAST = 1e-3  # of a slope, so that a better text is never less probable


class Calibration(NamedTuple):
    """The log-odds that a text is the best of its segment, by its lead (Platt 1999).

    `above` and `below` are the slopes for the leading text and the others, `leads` what the leading
    one has beyond its lead, and `bias` what all have. Several texts may be the best.
    """

    above: float
    below: float
    leads: float
    bias: float

    @classmethod
    def of(cls, scores: Array, targets: Array, segment: Integers) -> Self | None:
        """Fit to the scores of texts that were not trained on, all arrays (n,).

        `None` where better scores do not mean better texts, or all labelled texts are the best.
        """
        from sklearn.linear_model import LogisticRegression

        known = np.isfinite(targets)
        leads, best = lead(scores, segment)[known], _is_best(targets[known], segment[known])
        if len(np.unique(best)) < 2 or np.cov(leads, best)[0, 1] <= 0:
            return None
        model = LogisticRegression().fit(_columns(leads), best)
        above, below, leading = np.maximum(model.coef_[0], _LEAST).tolist()
        return cls(above, below, leading, float(model.intercept_[0]))

    def probabilities(self, leads: Array) -> Array:
        """Return the probability of each text with these `leads`, (n,)."""
        log_odds = _columns(leads) @ np.array(self[:3]) + self.bias
        return np.asarray(1 / (1 + np.exp(-log_odds)))


def _columns(leads: Array) -> Array:
    return np.stack([np.maximum(leads, 0), np.minimum(leads, 0), leads > 0], axis=1)


def lead(scores: Array, segment: Integers) -> Array:
    """Return how far the score of each text is above the best other of its segment, (n,).

    0 for a text without others; negative for all but the best.
    """
    order = np.lexsort((-scores, segment))
    first = np.flatnonzero(np.diff(segment[order], prepend=-1))
    best, runner_up = order[first], order[np.minimum(first + 1, len(order) - 1)]
    alone = segment[runner_up] != segment[best]
    alone |= runner_up == best
    rival = np.zeros(segment.max(initial=-1) + 1)
    rival[segment[best]] = scores[best]
    others = rival[segment]
    others[best] = np.where(alone, scores[best], scores[runner_up])
    return np.asarray(scores - others)


def _is_best(targets: Array, segment: Integers) -> Array:
    most = np.full(segment.max() + 1, -np.inf)
    np.maximum.at(most, segment, targets)
    return np.asarray(targets >= most[segment])
