"""The Bradley-Terry model with ties, and the effects of position and length, by likelihood.

Of two outputs, of systems of strengths a and b, the first is preferred with a chance in proportion
to exp(d / 2), the second to exp(-d / 2), and neither to v, where d = a - b + position + length * z
and z is the difference of their lengths over the sum. Without ties and effects, that is the model
of Bradley & Terry (1952); v is the tie parameter of Davidson (1970); an effect of position is a
home advantage (Agresti 1990); and an effect of length is what Chatbot Arena calls style control.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit

from evaluation.statistics.comparison_design import Design
from evaluation.types import Array

_EXACT = 1e-8  # the gradient of the log likelihood at its maximum, up to the rounding of sums
_ROUNDING = 1e-12
_FLAT = 100.0  # times that gradient: less information means that estimates grow without bound


class Strengths(NamedTuple):
    """Estimates in log odds: `systems`, shape (s,), whose mean is 0, and the three effects.

    `tie` is the logarithm of Davidson's parameter, `position` what the first position adds, and
    `length` what an output that is all of the length adds; NaN where one is not estimated.
    `is_bounded` says that likelihood alone has no largest value here, so that each estimate is
    drawn to 0 by half a win and half a loss.
    """

    systems: Array
    tie: float
    position: float
    length: float
    is_bounded: bool


def fit(given: Design, counts: Array | None = None, start: Array | None = None) -> Strengths:
    """Return the estimates of largest likelihood (`Strengths.is_bounded` says when there are none).

    Args:
        given: the kinds of comparisons.
        counts: other counts of the same kinds, shape (kinds, 3).
        start: the parameters to begin at; see `parameters`.
    """
    wins = given.counts if counts is None else counts
    first = np.zeros(given.x.shape[1] + 1) if start is None else start
    found = _maximum(given, wins, first, 0.0)
    is_bounded = found is None
    if found is None:
        found = _maximum(given, wins, np.zeros(len(first)), 1.0)
    return strengths(given, np.zeros(len(first)) if found is None else found, is_bounded)


def parameters(given: Design, found: Strengths) -> Array:
    """Return estimates as one array: of systems, of `Design.effects`, and of ties."""
    effects = [getattr(found, name) for name in given.effects]
    tie = found.tie if given.has_ties else 0.0
    return np.concatenate([found.systems, effects, [tie]])


def strengths(given: Design, values: Array, is_bounded: bool = False) -> Strengths:
    """Return the estimates in an array of parameters, the mean of the systems moved to 0."""
    systems = values[: given.systems]
    named = dict(zip(given.effects, map(float, values[given.systems : -1]), strict=True))
    tie = float(values[-1]) if given.has_ties else np.nan
    effects = named.get("position", np.nan), named.get("length", np.nan)
    return Strengths(systems - systems.mean(), tie, *effects, is_bounded)


def gradient(given: Design, counts: Array, values: Array) -> Array:
    """Return the gradient of the log likelihood, shape (..., parameters).

    Args:
        given: the kinds of comparisons.
        counts: shape (..., kinds, 3).
        values: the parameters, shape (..., parameters).
    """
    first, tie, second = _chances(given, values)
    n = counts.sum(axis=-1)
    of_gap = (counts[..., 0] - counts[..., 2] - n * (first - second)) / 2
    of_tie = (counts[..., 1] - n * tie).sum(axis=-1) if given.has_ties else 0 * n.sum(axis=-1)
    return np.concatenate([of_gap @ given.x, np.asarray(of_tie)[..., None]], axis=-1)


def information(given: Design, counts: Array, values: Array) -> Array:
    """Return the negative Hessian of the log likelihood, shape (..., parameters, parameters).

    The shapes of the arguments are those of `gradient`.
    """
    first, tie, second = _chances(given, values)
    n = counts.sum(axis=-1)
    gap = first - second
    k = given.x.shape[1]
    matrix = np.zeros((*n.shape[:-1], k + 1, k + 1))
    of_gaps = n * (first + second - gap**2) / 4
    matrix[..., :k, :k] = (of_gaps @ _products(given.x)).reshape(*n.shape[:-1], k, k)
    if given.has_ties:
        matrix[..., k, :k] = matrix[..., :k, k] = -(n * gap * tie / 2) @ given.x
        matrix[..., k, k] = (n * tie * (1 - tie)).sum(axis=-1)
    else:
        matrix[..., k, k] = 1.0  # the unused parameter stays where it is
    return matrix


def win_chance(gap: Array | float) -> Array:
    """Return the chance that the first of two is preferred, if one is, for a gap in log odds."""
    return np.asarray(expit(gap))


def _products(x: csr_array) -> csr_array:
    """Return the products of each two columns, flattened: (kinds, columns * columns)."""
    n, k = x.shape
    places, entries = x.indices.reshape(n, -1).astype(np.int64), x.data.reshape(n, -1)
    pairs = (places[:, :, None] * k + places[:, None]).reshape(n, -1)
    products = (entries[:, :, None] * entries[:, None]).ravel()
    starts = np.arange(n + 1) * pairs.shape[1]
    return csr_array((products, pairs.ravel(), starts), shape=(n, k * k))


def _chances(given: Design, values: Array) -> tuple[Array, Array, Array]:
    """Return the chances of the first, neither and the second, each of shape (..., kinds)."""
    half = (given.x @ values[..., :-1].T).T / 2
    tie = values[..., -1:] if given.has_ties else np.full((1,), -np.inf)
    highest = np.maximum(np.abs(half), tie)
    first, second, neither = (np.exp(part - highest) for part in (half, -half, tie))
    total = first + second + neither
    return first / total, neither / total, second / total


def _log_likelihood(given: Design, counts: Array, values: Array) -> float:
    half = (given.x @ values[:-1]) / 2
    total = np.logaddexp(half, -half)
    if given.has_ties:
        total = np.logaddexp(total, values[-1])
    fits = (counts[:, 0] - counts[:, 2]) @ half - counts.sum(axis=-1) @ total
    return float(fits + (counts[:, 1].sum() * values[-1] if given.has_ties else 0))


def _maximum(given: Design, counts: Array, start: Array, prior: float) -> Array | None:
    """Return the parameters of largest likelihood; None where they grow without bound.

    `prior` is the number of comparisons, half won and half lost, that each parameter adds.
    """
    size = counts.sum() + 1
    centre = np.zeros((len(start), len(start)))
    s = given.systems
    centre[:s, :s] = 1 / s  # only differences of systems count: their mean stays at 0

    def loss(values: Array) -> float:
        fits = _log_likelihood(given, counts, values) - prior * _cost(values)
        return float(-fits / size + values @ centre @ values / 2)

    def slope(values: Array) -> Array:
        fits = gradient(given, counts, values) - prior * (expit(values) - 0.5)
        return np.asarray(-fits / size + centre @ values)

    def curve(values: Array) -> Array:
        bend = prior * expit(values) * expit(-values)
        fits = information(given, counts, values) + np.diag(bend)
        return np.asarray(fits / size + centre)

    close = max(_EXACT / size, _ROUNDING)
    options = {"gtol": close}
    found = minimize(loss, start, jac=slope, hess=curve, method="trust-exact", options=options).x
    least = np.linalg.eigvalsh(information(given, counts, found) + centre)[0]
    return None if prior == 0 and least < _FLAT * close * size else np.asarray(found)


def _cost(values: Array) -> float:
    """Return minus the log likelihood of half a win and half a loss against strength 0."""
    return float(np.logaddexp(values / 2, -values / 2).sum())
