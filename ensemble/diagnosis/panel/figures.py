"""The score, gain and cost of a way to answer, beside those of the best single model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.panel.costs import CALLS, PRICE
from ensemble.diagnosis.panel.results import Result
from ensemble.diagnosis.panel.ways import Level
from ensemble.types import Array
from evaluation.statistics.significance import Statistic

_BOUNDS = (2.5, 97.5)
_INTERVAL = 1.96  # standard errors on either side of a figure, for 95%
_POWER = 0.84  # more of them, so that four of five samples show the gain


class Estimate(NamedTuple):
    """A figure with its 95% interval over prompts."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval does not hold 0."""
        return not self.low <= 0 <= self.high

    def needed(self, size: float, n: int) -> int | None:
        """Return about how many prompts show a gain of `size`, above 0, with a power of 80%.

        The standard error is that of this one on `n` prompts, on its lower side: the upper one is
        wider where the choice of the best single model is uncertain. `None` if it is 0.
        """
        error = (self.value - self.low) / _INTERVAL
        if error <= 0:
            return None
        return int(np.ceil(n * ((_INTERVAL + _POWER) * error / size) ** 2))


@dataclass(frozen=True, eq=False)
class Figures:
    """The score of a way to answer, and its gain over the best single model, if it combines.

    `added` is the gain over the votes for the same outputs, where something else decides. `cost`
    has the means of a prompt, (4,), and `more` the extra cost over the best single model;
    `ratio` is their quotient. A price of NaN is unknown.
    """

    name: str
    level: Level
    score: Estimate
    gain: Estimate | None
    added: Estimate | None
    cost: Array
    more: Array
    ratio: Array
    n: int

    @property
    def named(self) -> str:
        """The name as in a sentence."""
        return f"the {self.name}" if self.level == "panel" else self.name

    @property
    def is_gain(self) -> bool:
        """Whether the whole interval of the gain is above 0."""
        return self.gain is not None and self.gain.low > 0

    @property
    def is_loss(self) -> bool:
        """Whether the whole interval of the gain is below 0."""
        return self.gain is not None and self.gain.high < 0

    @property
    def needed(self) -> int | None:
        """About how many prompts would show the gain, if there is one that these do not show."""
        if self.gain is None or self.gain.is_clear or self.gain.value <= 0:
            return None
        return self.gain.needed(self.gain.value, self.n)

    @property
    def price(self) -> float | None:
        """The price of a thousand prompts, if it is known."""
        return _known(1000 * self.cost[PRICE])

    @property
    def price_ratio(self) -> float | None:
        """The price by that of the best single model, if both are known."""
        return _known(self.ratio[PRICE])

    @property
    def calls_per_point(self) -> float | None:
        """How many more calls a prompt each point takes; `None` where no gain is shown."""
        return self._per_point(self.more[CALLS])

    @property
    def price_per_point(self) -> float | None:
        """How much more each point costs for a thousand prompts; `None` as for calls."""
        return self._per_point(1000 * self.more[PRICE])

    def _per_point(self, more: float) -> float | None:
        return _known(max(more, 0.0) / self.gain.value) if self.gain and self.is_gain else None

    def fields(self) -> Mapping[str, object]:
        """Return everything as a JSON object."""
        tables = {"score": self.score, "gain": self.gain, "added": self.added}
        calls, tokens_in, tokens_out, _ = self.cost.tolist()
        return {
            "name": self.name,
            "level": self.level,
            **{name: estimate and estimate._asdict() for name, estimate in tables.items()},
            "calls": calls,
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
            "price": self.price,
            "calls_ratio": float(self.ratio[CALLS]),
            "price_ratio": self.price_ratio,
            "calls_per_point": self.calls_per_point,
            "price_per_point": self.price_per_point,
            "needed": self.needed,
            "n": self.n,
        }


def figures(result: Result, best: Result, votes: Result | None, statistic: Statistic) -> Figures:
    """Return the figures of `result`, compared with the best single model, and with `votes`."""

    def over(other: Result) -> Estimate:
        delta = statistic(result.counts.sum(axis=0)) - statistic(other.counts.sum(axis=0))
        deltas = statistic(result.resampled) - statistic(other.resampled)
        return Estimate(float(delta), *np.percentile(deltas, _BOUNDS).tolist())

    value = float(statistic(result.counts.sum(axis=0)))
    bounds = np.percentile(statistic(result.resampled), _BOUNDS).tolist()
    cost, base = result.cost.mean(axis=0), best.cost.mean(axis=0)
    return Figures(
        result.name,
        result.level,
        Estimate(value, *bounds),
        None if result.level == "single" else over(best),
        None if votes is None else over(votes),
        cost,
        cost - base,
        np.divide(cost, base, out=np.full_like(cost, np.nan), where=base > 0),
        len(result.counts),
    )


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
