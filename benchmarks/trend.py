"""The trend of a process's resources over hours: straight lines with intervals."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t

from benchmarks.processes import Usage


class Sample(NamedTuple):
    """The resources of a service, `minute` minutes after its load began."""

    minute: float
    usage: Usage


def slope(minutes: Sequence[float], values: Sequence[float]) -> tuple[float, float, float]:
    """Return the slope of values an hour, and its 95% interval: ordinary least squares.

    Errors are taken to be independent of each other; those of memory that grows in steps are not,
    and their interval is too narrow.

    Raises:
        ValueError: fewer than three values, from which an interval cannot be estimated.
    """
    if len(values) < 3:
        raise ValueError(f"a slope with an interval needs 3 samples, not {len(values)}")
    (middle, _), covariance = np.polyfit(np.asarray(minutes) / 60, values, 1, cov=True)
    margin = t.ppf(0.975, len(values) - 2) * np.sqrt(covariance[0, 0])
    return float(middle), float(middle - margin), float(middle + margin)


def slopes(samples: Sequence[Sample]) -> dict[str, str]:
    """Return the hourly slopes of memory (in percent of its mean), descriptors and threads."""
    minutes = [sample.minute for sample in samples]
    memory = np.array([sample.usage.memory for sample in samples])
    columns = {
        "memory, % an hour": 100 * memory / memory.mean(),
        "descriptors an hour": [sample.usage.descriptors for sample in samples],
        "without sockets, an hour": [s.usage.descriptors - s.usage.sockets for s in samples],
        "threads an hour": [sample.usage.threads for sample in samples],
    }
    return {name: shown(*slope(minutes, values)) for name, values in columns.items()}


def shown(middle: float, low: float, high: float) -> str:
    """Return a figure with its interval."""
    return f"**{middle:+.2f}** ({low:+.2f} to {high:+.2f})"
