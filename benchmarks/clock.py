"""How fast something is, in rounds: these machines are shared, and one round says little."""

import time
from collections.abc import Callable, Sequence

import numpy as np

RESAMPLES = 1000


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time that `work` takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def speed(taken: Sequence[float], digits: int = 0) -> str:
    """Return how many a second, where each takes `taken` seconds: median and range of rounds."""
    speeds = 1 / np.array(taken)
    low, middle, high = np.min(speeds), np.median(speeds), np.max(speeds)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def ratio(faster: Sequence[float], slower: Sequence[float], digits: int = 0) -> str:
    """Return how many times as fast one is as the other, round by round."""
    ratios = np.array(slower) / np.array(faster)
    middle = f"**{np.median(ratios):.{digits}f}**"
    return f"{middle} ({ratios.min():.{digits}f} to {ratios.max():.{digits}f})"


def quantile(values: Sequence[float], percent: float, seed: int, digits: int = 1) -> str:
    """Return a percentile of measurements, with its 95% bootstrap interval."""
    drawn = np.random.default_rng(seed).choice(values, (RESAMPLES, len(values)))
    low, high = np.percentile(np.percentile(drawn, percent, axis=1), [2.5, 97.5])
    middle = np.percentile(values, percent)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
