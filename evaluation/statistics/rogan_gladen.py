"""The share of 1s that people would give, from a judge's 0s and 1s and its errors on few labels.

Rogan & Gladen (1978) correct the share by the judge's sensitivity and specificity; the interval is
that of Lang & Reiczigel (2014), which counts that both are estimates.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from evaluation.errors import InputError
from evaluation.statistics.prediction_powered import Mean, labels_alone
from evaluation.types import Array, Booleans


class Counts(NamedTuple):
    """`positive` of `total` items that a judge scored 1, or that it scored as people do."""

    positive: int
    total: int

    @property
    def share(self) -> float:
        """The share of the items; NaN if there are none."""
        return self.positive / self.total if self.total else float("nan")


class Prevalence(NamedTuple):
    """The corrected share of 1s with its 95% interval.

    `refusal` says why correcting makes it worse, if it does; then the labels are better alone.
    """

    value: float
    low: float
    high: float
    sensitivity: Counts
    specificity: Counts
    refusal: str | None

    @property
    def width(self) -> float:
        """The width of the interval."""
        return self.high - self.low


def corrected_prevalence(
    human: ArrayLike, judge: ArrayLike, judge_only: ArrayLike, level: float = 0.95
) -> Prevalence:
    """Return the share of 1s among all items, from labels of some and a judge's scores of others.

    Sensitivity is the share of the 1s of people that the judge scores 1, specificity the share
    of their 0s that it scores 0. The judge's own share is of the items without a label.

    Args:
        human: the labels, shape (n,), 0 or 1.
        judge: the judge's scores of the same items, shape (n,), 0 or 1.
        judge_only: the judge's scores of items without a label, shape (N,), 0 or 1.
        level: the confidence level.

    Raises:
        InputError: the shapes do not match, a number is not 0 or 1, or there are no items without
            a label.
    """
    labels, scores, others = map(_binary, (human, judge, judge_only))
    if labels.shape != scores.shape or not others.size:
        shapes = f"{labels.shape}, {scores.shape} and {others.shape}"
        raise InputError("invalid-data", f"shapes {shapes}; they must be (n,), (n,) and (N,)")
    sensitivity = Counts(int((labels & scores).sum()), int(labels.sum()))
    specificity = Counts(int((~labels & ~scores).sum()), int((~labels).sum()))
    observed = Counts(int(others.sum()), len(others))
    value, low, high = prevalence_interval(observed, sensitivity, specificity, level)
    alone = labels_alone(labels.astype(np.float64), "wilson", level)
    refusal = _refusal(sensitivity, specificity, high - low, alone, level)
    return Prevalence(value, low, high, sensitivity, specificity, refusal)


def prevalence_interval(
    observed: Counts, sensitivity: Counts, specificity: Counts, level: float = 0.95
) -> tuple[float, float, float]:
    """Return the corrected share and its bounds, each from 0 to 1.

    The three are independent samples: of the items, of 1s and of 0s by people. Where the judge
    does no better than chance, the share is NaN and the bounds are 0 and 1.
    """
    z = float(norm.ppf((1 + level) / 2))
    rate = (observed.positive + z**2 / 2) / (observed.total + z**2)
    hit, hit_n = _plus_two(sensitivity)
    reject, reject_n = _plus_two(specificity)
    youden = hit + reject - 1
    if youden <= 0 or not sensitivity.share + specificity.share > 1:
        return float("nan"), 0.0, 1.0
    centre = (rate + reject - 1) / youden
    of_hits = hit * (1 - hit) / hit_n
    of_rejections = reject * (1 - reject) / reject_n
    shift = 2 * z**2 * (centre * of_hits - (1 - centre) * of_rejections)
    variance = rate * (1 - rate) / (observed.total + z**2)
    variance += centre**2 * of_hits + (1 - centre) ** 2 * of_rejections
    half = z * variance**0.5 / youden
    low, high = np.clip([centre + shift - half, centre + shift + half], 0, 1)
    share = observed.share + specificity.share - 1
    value = np.clip(share / (sensitivity.share + specificity.share - 1), 0, 1)
    return float(value), float(low), float(high)


def _binary(values: ArrayLike) -> Booleans:
    given: Array = np.asarray(values, dtype=np.float64)
    if given.ndim != 1 or not np.isin(given, (0, 1)).all():
        raise InputError("invalid-data", "labels and scores must be 0 or 1, of shape (n,)")
    return np.asarray(given == 1)


def _plus_two(counts: Counts) -> tuple[float, int]:
    """Return a share with one hit and one miss more, and the number of items with both."""
    return (counts.positive + 1) / (counts.total + 2), counts.total + 2


def _refusal(
    sensitivity: Counts, specificity: Counts, width: float, alone: Mean, level: float
) -> str | None:
    if not sensitivity.total or not specificity.total:
        return "all labels are equal, so that the judge's errors are unknown"
    (hit, hit_n), (reject, reject_n) = _plus_two(sensitivity), _plus_two(specificity)
    error = (hit * (1 - hit) / hit_n + reject * (1 - reject) / reject_n) ** 0.5
    least = hit + reject - 1 - float(norm.ppf((1 + level) / 2)) * error
    if least <= 0:
        shares = f"sensitivity {sensitivity.share:.2f} and specificity {specificity.share:.2f}"
        return f"the judge may be no better than chance: {shares} on {alone.labels} labels"
    if width >= alone.width:
        return f"its interval is {width:.3f} wide, that of labels alone {alone.width:.3f}"
    return None
