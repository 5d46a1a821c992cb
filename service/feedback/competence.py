"""Competence of systems for types of edits, computed from verdicts that decay over time.

Each system and type has a Beta posterior: a verdict adds to one of its two parameters, and loses
half of its weight per half-life, so that without new verdicts the posterior returns to the prior.
The order of arrival does not matter, and a retracted verdict has no effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

Cell = tuple[str, str]
"""System and type of edit."""

PRIOR = 4.0
"""Prior: the numbers of accepted and of rejected edits assumed for every system."""

MOST_SYSTEMS = 256
"""The most systems that get weights: those with the most verdicts."""

HORIZON = 20
"""Half-lives after which a verdict is ignored; its weight is a millionth by then."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of the influence of feedback.

    If one owner gives more than `per_day` votes in a day, they count as `per_day` together. The
    weight of a system is multiplied or divided by at most `bound`.
    """

    half_life_days: float = 30.0
    bound: float = 4.0
    per_day: int = 200


class Beta(NamedTuple):
    """Decayed numbers of accepted and rejected edits."""

    accepted: float = 0.0
    rejected: float = 0.0

    @property
    def mean(self) -> float:
        """Probability that an edit is right; 1/2 without verdicts."""
        return (PRIOR + self.accepted) / (2 * PRIOR + self.accepted + self.rejected)

    @property
    def judged(self) -> float:
        """Decayed number of verdicts."""
        return self.accepted + self.rejected

    def weight(self, bound: float) -> float:
        """Return the factor of a weight: the odds of being right, within [1/bound, bound].

        Log-odds are the optimal weights of independent voters (Nitzan & Paroush 1982). Odds are
        used because they are positive, so that a proposal never counts as a vote against itself.
        """
        odds = (PRIOR + self.accepted) / (PRIOR + self.rejected)
        return min(max(odds, 1 / bound), bound)


Posterior = Mapping[Cell, Beta]


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of verdicts, as arrays; `Tallies.counts` makes them.

    An owner-day is a pair of owner and day, in ascending order of day and owner; a row has the
    verdicts of an owner-day on a cell, which is a pair of system and type of edit.
    """

    cells: Sequence[Cell]
    days: Array
    """Of each owner-day, days since 1970: shape [owner-days]."""
    owner_day: Array
    """Of each row, the index of its owner-day, ascending: shape [rows]."""
    cell: Array
    """Of each row, the index of its cell: shape [rows]."""
    accepted: Array
    rejected: Array

    def sums(self, rules: Rules, factors: Floats, index: Array, n: int) -> tuple[Floats, Floats]:
        """Return weighted sums of accepted and of rejected verdicts, each of shape [n].

        A verdict counts less where its owner gave more than `rules.per_day` on its day.

        Args:
            rules: the parameters.
            factors: of each owner-day, another factor of its verdicts.
            index: of each row, the index of the sum it belongs to.
            n: sums.
        """
        votes = np.bincount(self.owner_day, self.accepted + self.rejected, len(self.days))
        shares = np.minimum(1, rules.per_day / np.maximum(votes, 1)) * factors
        weights = shares[self.owner_day]
        # Terms are added in the order of rows, so that the order of arrival has no effect.
        accepted = np.bincount(index, self.accepted * weights, n).astype(float)
        return accepted, np.bincount(index, self.rejected * weights, n).astype(float)


def posterior(counts: Counts, rules: Rules, today: int) -> dict[Cell, Beta]:
    """Return the posterior on day `today`, by system and type. Days are since 1970."""
    decay = 2.0 ** ((counts.days - today) / rules.half_life_days)
    accepted, rejected = counts.sums(rules, decay, counts.cell, len(counts.cells))
    present = sorted((counts.cells[i], i) for i in np.unique(counts.cell))
    betas = {cell: Beta(float(accepted[i]), float(rejected[i])) for cell, i in present}
    return _most_judged(betas)


def by_system(posterior: Posterior) -> dict[str, Beta]:
    """Return the posterior of each system over all types."""
    sides: dict[str, tuple[list[float], list[float]]] = {}
    for (system, _), beta in posterior.items():
        yes, no = sides.setdefault(system, ([], []))
        yes.append(beta.accepted)
        no.append(beta.rejected)
    return {system: Beta(fsum(yes), fsum(no)) for system, (yes, no) in sides.items()}


def _most_judged(posterior: dict[Cell, Beta]) -> dict[Cell, Beta]:
    judged = by_system(posterior)
    if len(judged) <= MOST_SYSTEMS:
        return posterior
    chosen = set(sorted(judged, key=lambda name: (-judged[name].judged, name))[:MOST_SYSTEMS])
    return {key: beta for key, beta in posterior.items() if key[0] in chosen}
