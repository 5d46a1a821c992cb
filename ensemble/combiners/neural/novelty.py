"""The likeness of new texts to those trained on, measured without labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Self

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.neural.looks import look_of
from ensemble.types import Array

_ASSUMED = 200.0  # candidates like those of training that any texts are assumed to have
_DEPENDENT = 3.0  # candidates of one sentence are alike: means vary as those of a third as many
_RIDGE = 0.05  # of each variance
_LEAST = 0.05**2  # variance: one odd value in a column that was constant tells little


@dataclass(frozen=True)
class Looks:
    """Sums of the looks of candidates, independent of their voters; they add up over parts.

    `total` (d,) is the sum of the columns over `count` candidates.
    """

    count: float = 0.0
    total: Array | None = None

    @classmethod
    def of(cls, ballots: Sequence[Ballot]) -> Self:
        """Count over `ballots` of one kind."""
        table = look_of(ballots)
        return cls(float(len(table)), table.sum(axis=0)) if len(table) else cls()

    def __add__(self, other: "Looks") -> "Looks":
        """Return the sums over both."""
        totals = [part.total for part in (self, other) if part.total is not None]
        return Looks(self.count + other.count, np.sum(totals, axis=0) if totals else None)


@dataclass(frozen=True)
class KnownLooks:
    """The looks of the candidates trained on: `mean` (d,) and `covariance` (d, d) of the columns.

    There were `count` of them.
    """

    mean: Array
    covariance: Array
    count: float

    @classmethod
    def of(cls, ballots: Sequence[Ballot]) -> Self:
        """Measure on `ballots`, of one kind and with at least one candidate."""
        table = look_of(ballots)
        covariance = np.atleast_2d(np.cov(table.T, bias=True))
        return cls(table.mean(axis=0), covariance, float(len(table)))

    def tensors(self) -> dict[str, Array]:
        """Return the numbers, by name, as they are saved."""
        return {
            "mean": self.mean,
            "covariance": self.covariance,
            "count": np.array([self.count]),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Array], size: int) -> Self:
        """Return the looks, `size` columns, saved as `tensors`.

        Raises:
            KeyError: a part is missing.
            ValueError: the parts have other shapes, or numbers that looks cannot have.
        """
        mean, covariance, count = (tensors[name] for name in ("mean", "covariance", "count"))
        if (mean.shape, covariance.shape, count.shape) != ((size,), (size, size), (1,)):
            raise ValueError("the looks of texts have other shapes")
        if not all(np.isfinite(part).all() for part in (mean, covariance, count)) or count[0] < 1:
            raise ValueError("the looks of texts are not finite")
        return cls(mean.astype(float), covariance.astype(float), float(count[0]))

    def likeness(self, looks: Looks) -> float:
        """Return how much other candidates look like those trained on, from 0 to 1.

        It is 2 (1 - AUC) of the best linear score that tells these from those (Fisher 1936), if
        both are normal: 1 where no score tells them apart, 0 where one tells all. Few candidates
        say little, so that it stays near 1.
        """
        if looks.total is None:
            return 1.0
        share = looks.count / (looks.count + _ASSUMED)
        moved = share * (looks.total / looks.count - self.mean)
        spread = self.covariance + np.diag(_RIDGE * np.diag(self.covariance) + _LEAST)
        apart = float(moved @ np.linalg.solve(spread, moved))
        # Means of finite samples differ by chance.
        chance = share**2 * _DEPENDENT * len(moved) * (1 / looks.count + 1 / self.count)
        return erfc(sqrt(max(apart - chance, 0.0)) / 2)
