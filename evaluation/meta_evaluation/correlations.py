"""Agreement with people at the level of segments and of systems: figures, intervals, tests."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from evaluation.meta_evaluation.aligned_scores import Sides
from evaluation.meta_evaluation.plan import COEFFICIENTS, Level, Plan
from evaluation.meta_evaluation.significance_tests import Tested, segment_tests, system_tests
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import (
    Coefficient,
    Grouping,
    Statistic,
    in_groups,
    segment_level,
    system_level,
)
from evaluation.statistics.intervals import (
    Agreement,
    bootstrap_agreement,
    bootstrap_items,
    interval,
)
from evaluation.statistics.kendall import pairwise_accuracy, soft_pairwise_accuracy
from evaluation.statistics.multiple_testing import clusters
from evaluation.statistics.permutation import compare_systems
from evaluation.statistics.tie_calibration import acc_eq, accuracies_at
from evaluation.types import Array, Integers

_FEWEST_DRAWN = 5
"""Of fewer systems, what is drawn again tells nothing: most draws have two or three of them."""


@dataclass(frozen=True)
class Comparison:
    """Metrics ranked by one statistic at one level.

    `values`, `low`, `high` and `cluster` have the shape (metrics,); `p`, shape (metrics,
    metrics), says how sure row is better than column: two-sided and corrected by Holm, 1 where
    it is no better. `method` says how it was tested.
    """

    level: Level
    statistic: str
    names: tuple[str, ...]
    values: Array
    low: Array
    high: Array
    p: Array
    cluster: Integers
    method: str

    @property
    def order(self) -> list[int]:
        """The metrics' places, from the best; those without a value are last."""
        return [int(i) for i in np.argsort(-self.values, kind="stable")]


def segment_comparison(sides: Sides, plan: Plan) -> tuple[Comparison, list[Row]]:
    """Return how the metrics compare on segments, and all figures."""
    n = int((~np.isnan(sides.human)).sum())
    found: list[tuple[str, Agreement]] = []
    for grouping in plan.groupings:
        for name, coefficient in COEFFICIENTS.items():
            one = _on_segments(sides, coefficient, grouping, plan)
            found.append((f"{name}, grouping {grouping}", one))
    rows = [row for name, one in found for row in _rows(sides, "segment", name, one, n)]
    rows += _acc_eq_rows(sides, plan)
    decisive = f"{plan.segment}, grouping {plan.groupings[0]}"
    tested = segment_tests(sides, plan)
    return _comparison(sides, "segment", decisive, dict(found)[decisive], tested, plan), rows


def system_comparison(sides: Sides, plan: Plan) -> tuple[Comparison, list[Row]]:
    """Return how the metrics compare on systems, and all figures."""
    one_each = sides
    if not sides.means_alone:
        one_each, plan = sides.one_each(), plan.model_copy(update={"draw": "system"})
    n = int((~np.isnan(sides.standing)).sum())
    found: dict[str, Agreement] = {
        name: _agreement(one_each, system_level(coefficient), plan)
        for name, coefficient in COEFFICIENTS.items()
    }
    found["pairwise accuracy"] = _accuracy(one_each, plan)
    if sides.means_alone:
        found["soft pairwise accuracy"] = _soft_accuracy(sides, plan)
    rows = [row for name, one in found.items() for row in _rows(sides, "system", name, one, n)]
    tested = system_tests(one_each, plan)
    return _comparison(sides, "system", plan.system, found[plan.system], tested, plan), rows


def _on_segments(
    sides: Sides, coefficient: Coefficient, grouping: Grouping, plan: Plan
) -> Agreement:
    if (grouping, plan.draw) != ("item", "item"):
        return _agreement(sides, segment_level(coefficient, grouping), plan)
    human = in_groups(sides.human, grouping)
    each = [coefficient(in_groups(one, grouping), human) for one in sides.metrics]
    return bootstrap_items(np.stack(each), plan.resamples, plan.seed)


def _agreement(sides: Sides, statistic: Statistic, plan: Plan) -> Agreement:
    found = bootstrap_agreement(
        sides.metrics, sides.human, statistic, plan.draw, plan.resamples, plan.seed
    )
    if plan.draw == "item" or len(sides.human) >= _FEWEST_DRAWN:
        return found
    unknown = np.full(len(sides.names), np.nan)
    return found._replace(low=unknown, high=unknown)


def _accuracy(sides: Sides, plan: Plan) -> Agreement:
    """Return the pairwise accuracy; without an interval where systems are drawn.

    A system drawn twice would be a pair that both sides tie, and so a right one.
    """
    found = _agreement(sides, system_level(pairwise_accuracy), plan)
    unknown = np.full(len(sides.names), np.nan)
    return found if plan.draw == "item" else found._replace(low=unknown, high=unknown)


def _soft_accuracy(sides: Sides, plan: Plan) -> Agreement:
    """Return the soft pairwise accuracy, its interval over segments.

    The resamples' p-values are the normal approximation of the permutation test's.
    """
    p_human = compare_systems(sides.human, plan.permutations, plan.seed).p
    p_metrics = [compare_systems(one, plan.permutations, plan.seed).p for one in sides.metrics]
    value = soft_pairwise_accuracy(np.stack(p_metrics), p_human)
    generator = np.random.default_rng(plan.seed)
    n = sides.human.shape[1]
    drawn = generator.multinomial(n, np.full(n, 1 / n), size=plan.resamples).astype(np.float64)
    human = _normal_p(sides.human, drawn)
    found = [soft_pairwise_accuracy(_normal_p(one, drawn), human) for one in sides.metrics]
    return Agreement(value, *interval(np.stack(found)))


def _normal_p(scores: Array, drawn: Array) -> Array:
    """Return one-sided p-values of systems' differences, shape (resamples, s, s).

    Segments count as often as `drawn`, shape (resamples, segments), says.
    """
    gaps = scores[:, None] - scores[None]
    known = np.nan_to_num(gaps).reshape(-1, scores.shape[1]).T
    size = np.sqrt(drawn @ known**2)
    z = np.where(size > 0, drawn @ known, 0) / np.where(size > 0, size, 1)
    p = ndtr(-z).reshape(len(drawn), len(scores), len(scores))
    return np.where((~np.isnan(gaps)).any(axis=-1), p, np.nan)


def _acc_eq_rows(sides: Sides, plan: Plan) -> list[Row]:
    """Return the accuracies with ties calibrated, which hold one segment's systems together.

    Intervals are at the epsilon of all data. With one system, the texts are one group.
    """
    grouping: Grouping = "item" if len(sides.human) > 1 else "system"
    rows = []
    judged = sides.human[~np.isnan(sides.human)]
    if judged.size and np.ptp(judged) == 0:
        return []  # whatever ties everything would be right
    for name, values in zip(sides.names, sides.metrics, strict=True):
        found = acc_eq(values, sides.human, grouping)
        low = high = np.full(1, np.nan)
        if found.groups > 1:
            each = accuracies_at(values, sides.human, found.epsilon, grouping)
            _, low, high, _ = bootstrap_items(each[None], plan.resamples, plan.seed)
        what, n = f"acc_eq, grouping {grouping}", found.groups
        rows.append(_row(name, "segment", what, found.value, low[0], high[0], n))
        rows.append(Row(name, "segment", f"{what}: its epsilon", found.epsilon, n=n))
    return rows


def _comparison(
    sides: Sides, level: Level, statistic: str, found: Agreement, tested: Tested, plan: Plan
) -> Comparison:
    groups = clusters(found.value, tested.p, plan.level)
    figures = found.value, found.low, found.high
    return Comparison(level, statistic, sides.names, *figures, tested.p, groups, tested.method)


def _rows(sides: Sides, level: Level, statistic: str, found: Agreement, n: int) -> list[Row]:
    each = zip(sides.names, found.value, found.low, found.high, strict=True)
    return [_row(name, level, statistic, value, low, high, n) for name, value, low, high in each]


def _row(
    name: str, level: Level, statistic: str, value: float, low: float, high: float, n: int
) -> Row:
    low_or_none, high_or_none = (None if np.isnan(one) else float(one) for one in (low, high))
    return Row(name, level, statistic, float(value), low_or_none, high_or_none, n)
