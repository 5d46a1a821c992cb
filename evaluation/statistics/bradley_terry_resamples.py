"""Bradley-Terry estimates of many resamples of the same comparisons, by Newton's steps at once."""

import numpy as np
from scipy.special import expit

from evaluation.statistics.bradley_terry import fit, gradient, information, parameters
from evaluation.statistics.comparison_design import Design
from evaluation.types import Array, Booleans

_STEPS = 25
_CLOSE = (
    1e-7  # log odds by which the last step may move an estimate, less than strengths that are level
)
_MOST_ENTRIES = 2**23  # of the matrices of information of resamples at once: 64 MiB
_MOST_STEPS = 40
_LONGEST = 2.0  # log odds that one step may move a parameter
_EXACT = 1e-8  # log odds by which the last step may move an estimate
_FLAT = 1e-6  # the information below which estimates grow without bound
_ROUNDING = 1e-12


def resample_estimates(
    given: Design, wins: Array, start: Array, step: Array, is_bounded: bool
) -> Array:
    """Return the estimates of several resamples, shape (resamples, parameters).

    The steps are Newton's with the information of all the data, which hold for many comparisons;
    resamples that they do not bring to their maximum are maximised with their own information.

    Args:
        given: the kinds of comparisons.
        wins: the counts of each resample, shape (resamples, kinds, 3).
        start: the estimates of all the data, shape (parameters,).
        step: the inverse of the information of all the data, shape (parameters, parameters).
        is_bounded: whether likelihood has no maximum for all the data, and so for no resample.
    """
    values = np.repeat(start[None], len(wins), axis=0)
    is_open = np.ones(len(wins), dtype=bool)
    for _ in range(0 if is_bounded else _STEPS):
        moved = gradient(given, wins[is_open], values[is_open]) @ step
        values[is_open] += moved
        is_open[is_open] = np.abs(moved).max(axis=1) > _CLOSE
        if not is_open.any():
            break
    rows = np.flatnonzero(is_open)
    for part in np.array_split(rows, 1 + len(rows) * len(start) ** 2 // _MOST_ENTRIES):
        values[part] = _maxima(given, wins[part], start, is_bounded)
    values[:, : given.systems] -= values[:, : given.systems].mean(axis=1, keepdims=True)
    return values


def _maxima(given: Design, counts: Array, start: Array, is_bounded: bool) -> Array:
    """Return the estimates of several counts of the same kinds, shape (n, parameters)."""
    values = np.repeat(start[None], len(counts), axis=0)
    flat = np.ones(len(counts), dtype=bool)
    rest = np.zeros(len(counts), dtype=bool)
    if not is_bounded:
        values, is_open = _newton(given, counts, values, 0.0)
        least = np.linalg.eigvalsh(_curves(given, counts, values, 0.0))[:, 0]
        flat = least < _FLAT
        rest = is_open & ~flat
    values[flat], is_open = _newton(given, counts[flat], np.zeros((flat.sum(), len(start))), 1.0)
    rest[flat] = is_open
    for row in np.flatnonzero(rest):
        values[row] = parameters(given, fit(given, counts[row], start))
    return values


def _newton(given: Design, counts: Array, start: Array, prior: float) -> tuple[Array, Booleans]:
    """Return the parameters after Newton's steps, (n, parameters), and which still move, (n,)."""
    values, is_open = start.copy(), np.ones(len(counts), dtype=bool)
    for _ in range(_MOST_STEPS):
        if not is_open.any():
            break
        now, wins = values[is_open], counts[is_open]
        slope = gradient(given, wins, now) - prior * (expit(now) - 0.5)
        means = now[:, : given.systems].mean(axis=1, keepdims=True)
        slope[:, : given.systems] -= (wins.sum(axis=(1, 2)) + 1)[:, None] * means
        ridge = _ROUNDING * np.eye(now.shape[1])  # keeps flat directions solvable
        step = np.linalg.solve(_curves(given, wins, now, prior) + ridge, slope[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        values[is_open] += step / np.maximum(longest / _LONGEST, 1)
        is_open[is_open] = (longest[:, 0] > _EXACT) & (np.abs(slope).max(axis=1) > _ROUNDING)
    return values, is_open


def _curves(given: Design, counts: Array, values: Array, prior: float) -> Array:
    """Return the information with the prior's, the mean of the systems held; see `_maximum`."""
    s = given.systems
    matrix = information(given, counts, values)
    matrix[..., :s, :s] += (counts.sum(axis=(-2, -1)) + 1)[..., None, None] / s
    k = values.shape[-1]
    matrix[..., range(k), range(k)] += prior * expit(values) * expit(-values)
    return matrix
