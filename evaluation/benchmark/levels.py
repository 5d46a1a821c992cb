"""Agreement with people at the level of segments and of systems: figures, intervals, tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from evaluation.benchmark.plan import COEFFICIENTS, Level, Plan
from evaluation.comparison import Agreement, bootstrap_agreement, clusters, holm
from evaluation.concordance import pairwise_accuracy, soft_pairwise_accuracy
from evaluation.correlation import (
    Coefficient,
    Grouping,
    Statistic,
    grouped,
    segment_level,
    system_level,
    system_scores,
)
from evaluation.permutation import Unit, compare, compare_pearson, compare_systems
from evaluation.report import Row
from evaluation.ties import acc_eq, accuracy_at

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


_FEWEST_DRAWN = 5
"""Of fewer systems, what is drawn again tells nothing: most draws have two or three of them."""


@dataclass(frozen=True)
class Sides:
    """Metrics and people, over the same scores: NaN where any of them has none.

    `metrics` has the shape (metrics, systems, segments), `corpora` holds each one's scores of
    corpora or None, `human` the judgements, shape (systems, segments); one segment, if not
    `judged` by segments.
    """

    names: tuple[str, ...]
    metrics: Array
    corpora: Sequence[Array | None]
    human: Array
    judged: bool

    @property
    def standing(self) -> Array:
        """People's scores of systems, shape (systems,)."""
        return system_scores(self.human)

    @property
    def by_system(self) -> Array:
        """The metrics' scores of systems, shape (metrics, systems): of corpora where given."""
        means = system_scores(self.metrics)
        given = [m if c is None else c for m, c in zip(means, self.corpora, strict=True)]
        return np.stack(given)

    @property
    def means_alone(self) -> bool:
        """Whether systems are told apart by means over segments, and nothing else."""
        return self.judged and all(corpus is None for corpus in self.corpora)


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
    cluster: Whole
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
            statistic = segment_level(coefficient, grouping)
            found.append((f"{name}, grouping {grouping}", _agreement(sides, statistic, plan)))
    rows = [row for name, one in found for row in _rows(sides, "segment", name, one, n)]
    rows += _acc_eq_rows(sides, plan)
    decisive = f"{plan.segment}, grouping {plan.groupings[0]}"
    p = _segment_p(sides, plan)
    method = f"PERM-BOTH, {plan.permutations} permutations, two-sided, Holm"
    chosen = dict(found)[decisive]
    return _comparison(sides, "segment", decisive, chosen, p, plan, method), rows


def system_comparison(sides: Sides, plan: Plan) -> tuple[Comparison, list[Row]]:
    """Return how the metrics compare on systems, and all figures."""
    if not sides.means_alone:
        one_each = Sides(
            sides.names,
            sides.by_system[:, :, None],
            [None] * len(sides.names),
            sides.standing[:, None],
            judged=False,
        )
        swap: Unit = "system"
        plan = plan.model_copy(update={"draw": "system"})
    else:
        one_each, swap = sides, "both"
    n = int((~np.isnan(sides.standing)).sum())
    found: dict[str, Agreement] = {
        name: _agreement(one_each, system_level(coefficient), plan)
        for name, coefficient in COEFFICIENTS.items()
    }
    found["pairwise accuracy"] = _accuracy(one_each, plan)
    if sides.means_alone:
        found["soft pairwise accuracy"] = _soft_accuracy(sides, plan)
    rows = [row for name, one in found.items() for row in _rows(sides, "system", name, one, n)]
    statistic = system_level(COEFFICIENTS[plan.system])
    p = _p_values(one_each, found[plan.system].value, statistic, swap, plan)
    said = {"both": "PERM-BOTH", "system": "systems swapped"}[swap]
    method = f"{said}, {plan.permutations} permutations, two-sided, Holm"
    return _comparison(sides, "system", plan.system, found[plan.system], p, plan, method), rows


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
    low, high = _bounds(np.stack(found))
    return Agreement(value, low, high, np.zeros(len(value), dtype=np.int64))


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


def _bounds(found: Array) -> tuple[Array, Array]:
    """Return the 95% interval of figures drawn, shape (metrics, resamples); NaN left out."""
    defined = [one[~np.isnan(one)] for one in found]
    both = [np.percentile(one, (2.5, 97.5)) if one.size else (np.nan, np.nan) for one in defined]
    low, high = np.array(both).T
    return low, high


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
        at = _batched(partial(accuracy_at, epsilon=found.epsilon, grouping=grouping))
        low = high = np.full(1, np.nan)
        if found.groups > 1:
            _, low, high, _ = bootstrap_agreement(
                values[None], sides.human, at, "item", plan.resamples, plan.seed
            )
        what = f"acc_eq, epsilon {found.epsilon:.4g}, grouping {grouping}"
        rows.append(_row(name, "segment", what, found.value, low[0], high[0], found.groups))
    return rows


def _batched(accuracy: Callable[..., tuple[float, float, int]]) -> Statistic:
    def each(metric: Array, human: Array) -> Array:
        shape = np.broadcast_shapes(metric.shape, human.shape)
        pairs = [np.broadcast_to(one, shape).reshape(-1, *shape[-2:]) for one in (metric, human)]
        found = [accuracy(*pair)[0] for pair in zip(*pairs, strict=True)]
        return np.array(found).reshape(shape[:-2])

    return each


def _segment_p(sides: Sides, plan: Plan) -> Array:
    grouping = plan.groupings[0]
    if plan.segment == "pearson":
        tested = compare_pearson(
            sides.metrics, sides.human, grouping, "both", plan.permutations, plan.seed
        )
        return _corrected(tested.difference, np.minimum(2 * tested.p, 1))
    coefficient: Coefficient = COEFFICIENTS[plan.segment]
    values = grouped(coefficient, sides.metrics, sides.human, grouping).value
    return _p_values(sides, values, segment_level(coefficient, grouping), "both", plan)


def _p_values(sides: Sides, values: Array, statistic: Statistic, swap: Unit, plan: Plan) -> Array:
    """Test every pair of metrics, the better one first; two-sided p, corrected."""
    k = len(values)
    p = np.full((k, k), np.nan)
    for i, j in zip(*np.triu_indices(k, 1), strict=True):
        first, second = (i, j) if values[i] >= values[j] else (j, i)
        if not np.isnan(values[[i, j]]).any():
            found = compare(
                sides.metrics[first],
                sides.metrics[second],
                sides.human,
                statistic,
                swap,
                plan.permutations,
                plan.seed,
            )
            p[first, second] = min(1.0, 2 * float(found.p))
    return _corrected(values[:, None] - values[None], p)


def _corrected(difference: Array, p: Array) -> Array:
    """Return the p-values of who is better, corrected as one family; 1 where it is no better.

    NaN where a pair was not tested.
    """
    unknown = np.isnan(difference) | np.eye(len(p), dtype=bool)
    i, j = np.triu_indices(len(p), 1)
    first, second = np.where(difference[i, j] >= 0, i, j), np.where(difference[i, j] >= 0, j, i)
    corrected = np.where(unknown, np.nan, 1.0)
    corrected[first, second] = holm(p[first, second])
    np.fill_diagonal(corrected, 1)
    return corrected


def _comparison(
    sides: Sides,
    level: Level,
    statistic: str,
    found: Agreement,
    p: Array,
    plan: Plan,
    method: str,
) -> Comparison:
    groups = clusters(found.value, p, plan.level)
    return Comparison(
        level, statistic, sides.names, found.value, found.low, found.high, p, groups, method
    )


def _rows(sides: Sides, level: Level, statistic: str, found: Agreement, n: int) -> list[Row]:
    each = zip(sides.names, found.value, found.low, found.high, strict=True)
    return [_row(name, level, statistic, value, low, high, n) for name, value, low, high in each]


def _row(
    name: str, level: Level, statistic: str, value: float, low: float, high: float, n: int
) -> Row:
    low_or_none, high_or_none = (None if np.isnan(one) else float(one) for one in (low, high))
    return Row(name, level, statistic, float(value), low_or_none, high_or_none, n)
