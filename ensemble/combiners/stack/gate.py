"""How far a stack leaves its best level: as far as segments that it did not learn from support it.

The gain of the top over the best level is measured on outputs of levels that were trained on other
segments. The part that may be due to chance is taken off (James & Stein 1961).
"""

from collections.abc import Sequence

import numpy as np

from ensemble.targets import Targets
from ensemble.types import Array
from evaluation.metrics.fscore import f_half

_BETA_SQUARED = 0.25


def counted(places: Sequence[Sequence[int]], targets: Targets) -> Array:
    """Return what each segment adds to the score of the candidates taken, by their `places`.

    Edits, shape (m, 3): right, made, and gold ones. Texts and labels, shape (m, 2): the score
    of the one chosen, and 1; both 0 where it has none.
    """
    rows: list[tuple[float, ...]] = []
    for taken, values, gold in zip(places, targets.values, targets.gold, strict=True):
        scores = values[list(taken)]
        if targets.several:
            rows.append((float(scores.sum()), float(len(scores)), float(gold)))
        else:
            known = scores[np.isfinite(scores)]
            rows.append((float(known.sum()), float(len(known))))
    return np.array(rows, dtype=np.float64)


def score(counts: Array) -> float:
    """Return F0.5, or the mean score, of what `counted` returns."""
    sums = counts.sum(axis=0)
    return float(f_half(sums)) if len(sums) == 3 else float(sums[0] / max(sums[1], 1))


def best_of(counts: Sequence[Array]) -> int:
    """Return the number of the best level: the first, unless the highest is better.

    It is better if its score is higher by more than one standard error. A smaller lead is often
    due to the segments drawn: then the level named first, as the best expected, is kept.
    """
    scores = [score(table) for table in counts]
    highest = scores.index(max(scores))
    return highest if _errors(counts[highest], counts[0]) > 1 else 0


def trust(top: Array, best: Array) -> float:
    """Return how far to go from the best level to the top, from 0 to 1.

    With t standard errors between the two scores it is 1 - 1 / t**2, and 0 where the top is less
    than one standard error better. Up to a half, the best level decides everywhere.
    """
    errors = _errors(top, best)
    return float(1 - 1 / errors**2) if errors > 1 else 0.0


def _errors(one: Array, other: Array) -> float:
    """Return by how many standard errors the score of `one` is above that of `other`."""
    gain = _differences(one, other)
    error = float(gain.std() * np.sqrt(len(gain)))
    return float(gain.sum()) / max(error, 1e-12)


def _differences(top: Array, best: Array) -> Array:
    """Return what each segment adds to the gain, (m,); F0.5 is linear in it near the best level."""
    if top.shape[1] == 3:
        f = score(best) / 100
        parts = [
            (1 + _BETA_SQUARED) * right - f * (made + _BETA_SQUARED * gold)
            for right, made, gold in (top.T, best.T)
        ]
    else:
        both = (top[:, 1] > 0) & (best[:, 1] > 0)
        parts = [np.where(both, table[:, 0], 0.0) for table in (top, best)]
    return np.asarray(parts[0] - parts[1])
