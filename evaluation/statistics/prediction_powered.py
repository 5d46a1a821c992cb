"""Prediction-powered inference: a mean from few human labels and many scores of a judge.

Angelopoulos et al. (2023, Science 382) and, with a weight tuned to the judge, Angelopoulos, Duchi &
Zrnic (2023), "PPI++". Whatever the judge is like, the estimate stays centred on the mean of the
labels that people would give; a good judge makes the interval narrower.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm
from scipy.stats import t as student

from evaluation.errors import InputError
from evaluation.types import Array

IntervalKind = Literal["t", "normal", "wilson"]
"""The interval: "normal" is that of the papers, for many labels; "t" holds for few; "wilson" is for
labels from 0 to 1, which may all be equal: Wilson's, for as many labels as would be as certain."""

FEWEST_LABELS = 3
"""Labels that an interval of a tuned estimate needs: one more than the line through them has."""

_DOUBT = 1.0  # labels


class Mean(NamedTuple):
    """An estimated mean with its 95% interval.

    `weight` is that of the judge's scores: 0 is labels alone. `labels` and `judged` count items
    with a label, and items with a score of the judge alone.
    """

    value: float
    low: float
    high: float
    weight: float
    labels: int
    judged: int

    @property
    def width(self) -> float:
        """The width of the interval."""
        return self.high - self.low


def prediction_powered_mean(
    human: ArrayLike,
    judge: ArrayLike,
    judge_only: ArrayLike,
    interval: IntervalKind = "t",
    weight: float | None = None,
    level: float = 0.95,
) -> Mean:
    """Return the mean label of all items, from the labels of some and the judge's scores of all.

    The items with labels must be a random sample of all. The judge's scale does not matter
    except with "normal", whose weight is from 0 to 1.

    Args:
        human: the labels, shape (n,).
        judge: the judge's scores of the same items, shape (n,).
        judge_only: the judge's scores of items without a label, shape (N,); may be empty.
        interval: see `IntervalKind`.
        weight: of the judge's scores: 1 is PPI, 0 labels alone. By default tuned (PPI++).
        level: the confidence level.

    Raises:
        InputError: the shapes do not match, a number is not finite, there are fewer than
            `FEWEST_LABELS` labels, or labels are outside 0 to 1 for "wilson".
    """
    labels, scores, others = _checked(human, judge, judge_only, interval)
    tuned = weight is None
    if weight is None:
        tune = tuned_weight if interval == "normal" else regression_weight
        weight = tune(labels, scores, others)
    elif not len(others):
        weight = 0.0
    # A tuned weight uses up one more degree of freedom.
    freedom = len(labels) - (2 if tuned and weight else 1)
    value = float(labels.mean() + weight * (_mean(others) - scores.mean()))
    if interval == "wilson":
        value = min(max(value, 0.0), 1.0)
        n = _effective_labels(labels, scores, others, weight, freedom)
        low, high = _wilson(value, n, level)
    else:
        half = _half_width(labels - weight * scores, weight * others, interval, freedom, level)
        low, high = value - half, value + half
    return Mean(value, low, high, weight, len(labels), len(others))


def labels_alone(human: ArrayLike, interval: IntervalKind = "t", level: float = 0.95) -> Mean:
    """Return the mean of labels without a judge; arguments as in `prediction_powered_mean`."""
    labels = np.asarray(human, dtype=np.float64)
    return prediction_powered_mean(labels, np.zeros_like(labels), (), interval, 0.0, level)


def tuned_weight(human: Array, judge: Array, judge_only: Array) -> float:
    """Return the weight of least variance by PPI++, from 0 to 1; 0 for a constant judge."""
    n, n_judged = len(human), len(judge_only)
    everything = np.concatenate([judge, judge_only])
    if not n_judged or _is_constant(everything):
        return 0.0
    shared = float(((human - human.mean()) * (judge - judge.mean())).mean())
    spread = float(np.var(everything, ddof=1))
    return float(np.clip(shared / ((1 + n / n_judged) * spread), 0, 1))


def regression_weight(human: Array, judge: Array, judge_only: Array) -> float:
    """Return the weight by regression on the labelled items alone; 0 for a constant judge.

    It is the slope of labels on scores, times the share of items without a label. A judge that
    equals people gives the mean over all items, and one that is reversed serves as well.
    """
    if not len(judge_only) or _is_constant(judge):
        return 0.0
    centred = judge - judge.mean()
    share = len(judge_only) / (len(human) + len(judge_only))
    return share * float((human - human.mean()) @ centred) / float(centred @ centred)


def _checked(
    human: ArrayLike, judge: ArrayLike, judge_only: ArrayLike, interval: IntervalKind
) -> tuple[Array, Array, Array]:
    labels, scores, others = (
        np.asarray(values, dtype=np.float64) for values in (human, judge, judge_only)
    )
    if labels.ndim != 1 or labels.shape != scores.shape or others.ndim != 1:
        shapes = f"{labels.shape}, {scores.shape} and {others.shape}"
        raise InputError("invalid-data", f"shapes {shapes}; they must be (n,), (n,) and (N,)")
    if not all(np.isfinite(values).all() for values in (labels, scores, others)):
        raise InputError("invalid-data", "a label or score is not a finite number")
    if len(labels) < FEWEST_LABELS:
        raise InputError("out-of-range", f"{len(labels)} labels; at least {FEWEST_LABELS}")
    if interval == "wilson" and not ((labels >= 0) & (labels <= 1)).all():
        raise InputError("out-of-range", "a label is outside 0 to 1, as Wilson's interval needs")
    return labels, scores, others


def _is_constant(values: Array) -> bool:
    """Return whether values differ by no more than rounding error."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def _mean(values: Array) -> float:
    return float(values.mean()) if values.size else 0.0


def _half_width(
    rest: Array, weighted: Array, interval: IntervalKind, freedom: int, level: float
) -> float:
    """Return half the width, from labels less weighted scores, and the weighted scores alone."""
    # The papers divide by n and use the normal distribution, which is too narrow for few labels.
    is_normal = interval == "normal"
    divisor = len(rest) if is_normal else freedom
    variance = float(((rest - rest.mean()) ** 2).sum()) / divisor / len(rest)
    if len(weighted) > 1:
        variance += float(np.var(weighted, ddof=0 if is_normal else 1)) / len(weighted)
    share = (1 + level) / 2
    quantile = float(norm.ppf(share) if is_normal else student.ppf(share, freedom))
    return quantile * float(variance**0.5)


def _effective_labels(
    labels: Array, scores: Array, others: Array, weight: float, freedom: int
) -> float:
    """Return the number of labels that alone would be as certain as they are with the judge.

    As for designs of surveys (Kish 1965), it is n times the ratio of both variances. One label
    more is counted, a quarter each for 0 and 1 with a low and with a high score: a few labels
    on which a judge makes no mistake do not show that it makes none.
    """
    n = len(labels)
    everything = np.concatenate([scores, others])
    low, high = everything.mean() - everything.std(), everything.mean() + everything.std()
    counts = np.array([1.0] * n + [_DOUBT / 4] * 4)
    doubted = np.append(labels, [0, 0, 1, 1])
    rest = doubted - weight * np.append(scores, [low, high, low, high])
    alone = _weighted_variance(doubted, counts)
    with_judge = _weighted_variance(rest, counts) * (n - 1) / freedom
    if len(others) > 1:
        with_judge += weight**2 * float(np.var(others, ddof=1)) * n / len(others)
    return n * alone / with_judge


def _weighted_variance(values: Array, counts: Array) -> float:
    mean = np.average(values, weights=counts)
    return float(np.average((values - mean) ** 2, weights=counts))


def _wilson(rate: float, n: float, level: float) -> tuple[float, float]:
    """Return Wilson's score interval (1927) of a rate over n labels."""
    z = float(norm.ppf((1 + level) / 2))
    centre = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * (rate * (1 - rate) / n + z**2 / (4 * n**2)) ** 0.5 / (1 + z**2 / n)
    # The rate bounds rounding errors at 0 and 1.
    return max(min(centre - half, rate), 0.0), min(max(centre + half, rate), 1.0)
