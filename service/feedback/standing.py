"""The competence of systems today and over days, and their drift, computed from counts."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv

from service.feedback import drift
from service.feedback.competence import (
    PRIOR,
    Array,
    Beta,
    Counts,
    Floats,
    Posterior,
    Rules,
    by_system,
)
from service.feedback.competence import posterior as posterior_of
from service.feedback.drift import Block, Drift
from service.feedback.vote import LearnedVote, Weights, weights_of

_SHOWN_DAYS = 90


class Day(NamedTuple):
    """Verdicts on a system on a day since 1970, and its competence at the end of that day."""

    day: int
    judged: int
    accepted: int
    competence: float


class Interval(NamedTuple):
    """The 95% interval of the probability that an edit is right."""

    low: float
    high: float


class Standing(NamedTuple):
    """Competence of systems today: the posterior, the development over days, and drift."""

    today: int
    posterior: Posterior
    systems: dict[str, Beta]
    """The posterior of each system over all types."""
    intervals: dict[str, Interval]
    days: dict[str, list[Day]]
    drifts: dict[str, Drift]
    weights: Weights
    mark: str
    """Identifies the weights in the signature of `learned-vote`."""


def compute(
    counts: Counts, windows: Mapping[str, Sequence[Block]], rules: Rules, today: int
) -> Standing:
    """Return the competence of systems on day `today`, from the counts until then."""
    posterior = posterior_of(counts, rules, today)
    systems = by_system(posterior)
    intervals = dict(zip(systems, intervals_of(list(systems.values())), strict=True))
    weights = weights_of(posterior, rules.bound)
    return Standing(
        today=today,
        posterior=posterior,
        systems=systems,
        intervals=intervals,
        days=over_time(counts, list(systems), rules, today),
        drifts=drift.look(windows),
        weights=weights,
        mark=LearnedVote(weights).mark,
    )


def intervals_of(betas: Sequence[Beta]) -> list[Interval]:
    """Return the interval of each posterior."""
    sides = PRIOR + np.array(betas, float).reshape(-1, 2)
    bounds = betaincinv(*sides.T, [[0.025], [0.975]])
    return [Interval(float(low), float(high)) for low, high in bounds.T]


def over_time(
    counts: Counts, systems: Sequence[str], rules: Rules, today: int
) -> dict[str, list[Day]]:
    """Return the days with verdicts of each of `systems`, within the last `_SHOWN_DAYS`.

    Takes time proportional to the rows of `counts`, and to the days times the systems.
    """
    columns = {name: i for i, name in enumerate(systems)}
    others = len(columns)  # one more column, for the other systems
    of_cell = np.array([columns.get(name, others) for name, _ in counts.cells], np.int64)
    days, of_owner_day = np.unique(counts.days, return_inverse=True)
    shape = len(days), others + 1
    index = of_owner_day[counts.owner_day] * shape[1] + of_cell[counts.cell]
    accepted, rejected = counts.sums(rules, np.ones(len(counts.days)), index, shape[0] * shape[1])
    competence = _decayed(days, accepted.reshape(shape), rejected.reshape(shape), rules)
    judged, good = (
        np.bincount(index, votes, shape[0] * shape[1]).astype(np.int64).reshape(shape)
        for votes in (counts.accepted + counts.rejected, counts.accepted)
    )
    shown = {name: list[Day]() for name in sorted(columns)}
    for i, j in np.argwhere((judged > 0) & (days > today - _SHOWN_DAYS)[:, None]):
        if j != others:
            day = Day(int(days[i]), int(judged[i, j]), int(good[i, j]), float(competence[i, j]))
            shown[systems[j]].append(day)
    return shown


def _decayed(days: Array, accepted: Floats, rejected: Floats, rules: Rules) -> Floats:
    """Return the competence at the end of each day, [days, systems], from that day's verdicts."""
    sides = np.stack([accepted, rejected])
    for i in range(1, len(days)):
        decay = 2.0 ** ((days[i - 1] - days[i]) / rules.half_life_days)
        sides[:, i] += decay * sides[:, i - 1]
    means = (PRIOR + sides[0]) / (2 * PRIOR + sides.sum(axis=0))
    return np.asarray(means, float)
