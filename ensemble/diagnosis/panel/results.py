"""The score, gain and cost of each way to answer, beside the best single model.

Which model is best is chosen for each part of the prompts on the others: chosen on the prompts that
it is scored on, it would seem better than it is (Cawley & Talbot 2010), and the panel worse.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.panel.answers import Answers
from ensemble.diagnosis.panel.config import Plan
from ensemble.diagnosis.panel.costs import CALLS, PRICE, READ, WRITTEN
from ensemble.diagnosis.panel.measures import Measure
from ensemble.diagnosis.panel.ways import Combining, Level, Way
from ensemble.targets.targets import folds_of
from ensemble.types import Array, Integers
from evaluation.statistics.significance import (
    Difference,
    Interval,
    Statistic,
    bootstrap,
    paired_difference,
)

BEST = "best single model"
_INTERVAL = 1.96  # standard errors on either side of a figure, for 95%
_POWER = 0.84  # more of them, so that four of five samples show the gain


class Setting(NamedTuple):
    """The judges that may be asked, and the measure of the outputs."""

    judges: tuple[str, ...]
    measure: Measure


@dataclass(frozen=True, eq=False)
class Result:
    """The counts (m, k) of a way to answer, and its cost (m, 4), each a row for a prompt."""

    name: str
    level: Level
    counts: Array
    cost: Array


@dataclass(frozen=True, eq=False)
class Figures:
    """The score of a way with its interval; the gain over the best single model, if it is another.

    `added` is the gain over the votes for the same outputs, where something else decides.
    `calls`, `tokens_in` and `tokens_out` are means of a prompt, and `price` is that of a thousand
    prompts, `None` where unknown. `calls_ratio` and `price_ratio` are by those of the best single
    model. `calls_per_point` and `price_per_point` are what a point more costs; `None` without a
    gain.
    """

    name: str
    level: Level
    score: float
    interval: Interval
    gain: Difference | None
    added: Difference | None
    calls: float
    tokens_in: float
    tokens_out: float
    price: float | None
    calls_ratio: float
    price_ratio: float | None
    calls_per_point: float | None
    price_per_point: float | None
    n: int

    @property
    def is_gain(self) -> bool:
        """Whether the whole interval of the gain is above 0."""
        return self.gain is not None and float(self.gain.low) > 0

    @property
    def is_loss(self) -> bool:
        """Whether the whole interval of the gain is below 0."""
        return self.gain is not None and float(self.gain.high) < 0

    @property
    def needed(self) -> int | None:
        """About how many prompts would show the gain or the loss, if it is not shown by these."""
        if self.gain is None or self.is_gain or self.is_loss:
            return None
        return needed(self.gain, abs(float(self.gain.delta)), self.n)


def needed(gain: Difference, size: float, n: int) -> int | None:
    """Return about how many prompts show a difference of `size`, with a power of 80%.

    The standard error is that of `gain` on `n` prompts. `None` if nothing varies or `size` is 0.
    """
    error = (float(gain.high) - float(gain.low)) / (2 * _INTERVAL)
    if size < 1e-9 or error <= 0:
        return None
    return int(np.ceil(n * ((_INTERVAL + _POWER) * error / size) ** 2))


def result_of(way: Way, settings: Sequence[Setting], combining: Combining) -> Result:
    """Return the counts and the cost of `way`, means over its parts and over `settings`."""
    counts, costs = [], []
    for part in way.parts:
        for judges, measure in settings:
            outcome = combining.outcome(way, part, judges)
            counts.append(measure.count(outcome.ballots, outcome.outputs))
            costs.append(outcome.cost)
    return Result(way.name, way.level, np.mean(counts, axis=0), np.mean(costs, axis=0))


def best_single(
    singles: Sequence[Result], answers: Answers, statistic: Statistic, plan: Plan
) -> tuple[Result, Counter[str]]:
    """Return the result of the best model, chosen on other prompts, and how often each was.

    Raises:
        ValueError: there are fewer than two different prompts.
    """
    counts = np.array([result.counts for result in singles])
    costs = np.array([result.cost for result in singles])
    rows, drawn, times = np.arange(counts.shape[1]), [], Counter[str]()
    for fold in _folds(answers, plan):
        chosen = _choice(counts, fold, statistic)
        times.update(singles[i].name for i in chosen.tolist())
        drawn.append((counts[chosen, rows], costs[chosen, rows]))
    mean_counts, mean_costs = (np.mean(arrays, axis=0) for arrays in zip(*drawn, strict=True))
    return Result(BEST, "single", mean_counts, mean_costs), times


def _folds(answers: Answers, plan: Plan) -> Iterator[Integers]:
    """Yield draws of the part of each prompt, (m,); prompts of one source share theirs."""
    sources = [s.source or f"\0{i}" for i, s in enumerate(answers.segments)]
    folds = min(plan.folds, len(set(sources)))
    for draw in range(plan.seeds):
        yield folds_of((), folds, plan.seed + draw, sources)


def _choice(counts: Array, fold: Integers, statistic: Statistic) -> Integers:
    """Return which of s models is best on the other parts, for each prompt; of equals the first."""
    chosen = np.zeros(len(fold), dtype=np.int64)
    for k in np.unique(fold):
        scores = statistic(counts[:, fold != k].sum(axis=1))
        chosen[fold == k] = int(np.argmax(np.round(scores, 9)))
    return chosen


def figures(result: Result, best: Result, votes: Result | None, statistic: Statistic) -> Figures:
    """Return the figures of `result`, compared with the best single model, and with `votes`."""

    def over(other: Result) -> Difference:
        return paired_difference(result.counts, other.counts, statistic)

    gain = None if result is best else over(best)
    added = None if votes is None else over(votes)
    mean, base = result.cost.mean(axis=0), best.cost.mean(axis=0)
    more = mean - base
    points = float(gain.delta) if gain else 0.0
    price, base_price = _known(1000 * mean[PRICE]), _known(1000 * base[PRICE])
    return Figures(
        result.name,
        result.level,
        float(statistic(result.counts.sum(axis=0))),
        bootstrap(result.counts, statistic),
        gain,
        added,
        float(mean[CALLS]),
        float(mean[READ]),
        float(mean[WRITTEN]),
        price,
        float(mean[CALLS] / base[CALLS]),
        price / base_price if price is not None and base_price else None,
        float(more[CALLS]) / points if points > 0 else None,
        _known(1000 * more[PRICE] / points) if points > 0 else None,
        len(result.counts),
    )


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
