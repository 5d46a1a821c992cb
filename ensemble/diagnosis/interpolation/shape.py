"""The shape of a loss along a line: whether it falls, its bumps, and the height of its barrier.

Values have the shape (..., p), over p points `at` (p,) from 0 to 1, both ends included.
"""

from collections.abc import Callable, Mapping

import numpy as np

from ensemble.types import Array, Booleans

TOLERANCE = 0.01
"""The rise, as a share of the range of the loss, up to which a path is called monotone."""


BARRIER_ERROR = 0.02
"""The instability of the error above which there is a barrier.

Frankle et al. (2020) take 2 points of error to be within the noise of training.
"""
BARRIER_LOSS = 0.05
"""The same for the training loss, in nats: it shows what errors are too coarse to show."""


def bump(values: Array) -> Array:
    """Return the largest rise of the loss from any point to any later one (Lucas et al. 2021).

    It is the smallest Delta for which the path is Delta-monotonic; the last interval counts too.
    """
    return np.asarray((values - np.minimum.accumulate(values, axis=-1)).max(axis=-1))


def bump_width(at: Array, values: Array) -> float:
    """Return how much of the line lies under the largest bump of one path, shape (p,).

    From the lowest point before the top to where the loss is as low again, or the end; 0 without a
    rise.
    """
    rise = values - np.minimum.accumulate(values)
    top = int(np.argmax(rise))
    if rise[top] <= 0:
        return 0.0
    bottom = int(np.argmin(values[: top + 1]))
    below = np.flatnonzero(values[top:] <= values[bottom])
    if not len(below):
        return float(at[-1] - at[bottom])
    # The crossing lies between two points: interpolate.
    k = top + int(below[0])
    back = (values[k - 1] - values[bottom]) / (values[k - 1] - values[k])
    return float(at[k - 1] + back * (at[k] - at[k - 1]) - at[bottom])


def monotone(values: Array, tolerance: float = TOLERANCE) -> Booleans:
    """Return whether the loss never rises by more than a share of its whole range."""
    span = values.max(axis=-1) - values.min(axis=-1)
    return np.asarray(bump(values) <= tolerance * span)


def above_chord(at: Array, values: Array) -> Array:
    """Return how far the loss rises above the line between its ends (Frankle 2020)."""
    chord = values[..., :1] + at * (values[..., -1:] - values[..., :1])
    return np.asarray((values - chord).max(axis=-1))


def above_ends(values: Array) -> Array:
    """Return how far the loss rises above the worse of its ends."""
    return np.asarray(values.max(axis=-1) - np.maximum(values[..., 0], values[..., -1]))


def instability(at: Array, values: Array) -> Array:
    """Return how far the middle lies above the mean of the ends (Frankle et al. 2020).

    It is meaningful only between trained models: from an initialisation, whose error is that of
    chance, a path may be monotone and still far above, or below, the mean of its ends.
    """
    middle = _between(at, values, 0.5)
    return np.asarray(middle - (values[..., 0] + values[..., -1]) / 2)


def fallen(at: Array, values: Array, where: float = 0.5) -> Array:
    """Return the share of its whole fall that the loss has done at a point; NaN if it rises."""
    here = _between(at, values, where)
    fall = values[..., 0] - values[..., -1]
    unknown = np.full_like(here, np.nan)
    return np.asarray(np.divide(values[..., 0] - here, fall, out=unknown, where=fall > 0))


def gauss_length(outputs: Array) -> float:
    """Return the total turn of the path through outputs, shape (p, d), in radians.

    0 is a straight line (Lucas et al. 2021). Steps of length 0 have no direction and are left out.
    """
    steps = np.diff(outputs, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    steps, lengths = steps[lengths > 0], lengths[lengths > 0]
    cosines = (steps[1:] * steps[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1])
    return float(np.arccos(np.clip(cosines, -1, 1)).sum())


def statistics(at: Array, trained: bool) -> Mapping[str, Callable[[Array], Array]]:
    """Return every statistic of a path by its name; `instability` only for two `trained` ends."""
    inside = at[(at >= 0) & (at <= 1)]
    by_name: dict[str, Callable[[Array], Array]] = {
        "start": lambda values: values[..., 0],
        "end": lambda values: values[..., -1],
        "largest bump": bump,
        "height above the chord": lambda values: above_chord(inside, values),
        "height above the worse end": above_ends,
    }
    if trained:
        by_name["instability"] = lambda values: instability(inside, values)
    else:
        by_name["share of the fall done half way"] = lambda values: fallen(inside, values)
    return by_name


def _between(at: Array, values: Array, where: float) -> Array:
    """Return the values at a place, interpolated between the two points around it."""
    k = int(np.clip(np.searchsorted(at, where), 1, len(at) - 1))
    share = (where - at[k - 1]) / (at[k] - at[k - 1])
    return np.asarray((1 - share) * values[..., k - 1] + share * values[..., k])
