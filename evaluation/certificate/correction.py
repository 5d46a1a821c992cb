"""The mean score of each system: by labels alone, and corrected with a judge's scores."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from evaluation.certificate.options import Compared, Options
from evaluation.statistics.correlation import pearson
from evaluation.statistics.labels_needed import labels_needed
from evaluation.statistics.prediction_powered import (
    IntervalKind,
    Mean,
    labels_alone,
    prediction_powered_mean,
)
from evaluation.statistics.rogan_gladen import Prevalence, corrected_prevalence
from evaluation.types import Array

FEWEST_LABELS = 10
"""Labels of a system below which its mean has no interval."""

SURE_LABELS = 25
"""Labels from which intervals hold as often as they should (`python -m benchmarks.certificate`)."""


class SystemMean(NamedTuple):
    """The mean of a system's human scores over all items that the judge scored.

    `alone` is of its labels, `corrected` by prediction-powered inference, `prevalence` by Rogan &
    Gladen where all scores are 0 or 1. `refusal` says why the corrected mean is worse, if it is.
    `needed` is the number of labels for an interval of plus or minus `half_width`, `None` if the
    judge scored too few items.
    """

    system: str
    alone: Mean
    corrected: Mean
    prevalence: Prevalence | None
    refusal: str | None
    half_width: float
    needed: int | None

    @property
    def is_complete(self) -> bool:
        """Whether every item that the judge scored has a label, so that nothing is corrected."""
        return not self.corrected.judged

    @property
    def best(self) -> Mean:
        """The corrected mean, or that of labels alone where correcting is refused."""
        return self.alone if self.refusal else self.corrected


def system_means(scores: Compared, options: Options) -> Iterator[SystemMean]:
    """Yield the mean of each system that has `FEWEST_LABELS` labels."""
    for i, system in enumerate(scores.matched.scores.systems):
        human, judge = scores.consensus[i], scores.mean[i]
        labelled = ~np.isnan(human) & ~np.isnan(judge)
        if labelled.sum() >= FEWEST_LABELS:
            rest = np.isnan(human) & ~np.isnan(judge)
            kind: IntervalKind = "wilson" if _is_binary(scores.consensus) else "t"
            alone = labels_alone(human[labelled], kind)
            corrected = prediction_powered_mean(human[labelled], judge[labelled], judge[rest], kind)
            width = options.half_width or corrected.width / 4
            yield SystemMean(
                system,
                alone,
                corrected,
                _prevalence(scores, i),
                _refusal(corrected, alone, judge[labelled]),
                width,
                _needed(human[labelled], judge[labelled], corrected, width),
            )


def _is_binary(values: Array) -> bool:
    return bool(np.isin(values[~np.isnan(values)], (0, 1)).all())


def _prevalence(scores: Compared, system: int) -> Prevalence | None:
    human, judge = scores.consensus[system], scores.judge[system]
    labelled, rest = ~np.isnan(human + judge), np.isnan(human) & ~np.isnan(judge)
    if not scores.binary or not rest.any():
        return None
    return corrected_prevalence(human[labelled], judge[labelled], judge[rest])


def _refusal(corrected: Mean, alone: Mean, judge: Array) -> str | None:
    if not corrected.judged:
        return "every item that the judge scored has a label"
    if np.ptp(judge) == 0:
        return "the judge scores all labelled items alike"
    if corrected.width >= alone.width:
        widths = f"the corrected interval is {corrected.width:.3f} wide"
        return f"{widths}, that of labels alone {alone.width:.3f}"
    return None


def _needed(human: Array, judge: Array, corrected: Mean, half_width: float) -> int | None:
    r = float(pearson(human, judge))
    items = corrected.labels + corrected.judged
    if half_width <= 0:
        return None
    return labels_needed(float(np.var(human, ddof=1)), 0 if np.isnan(r) else r, items, half_width)
