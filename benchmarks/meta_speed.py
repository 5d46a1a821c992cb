"""How fast metrics are compared: permutation tests against the same in a loop with scipy.

The loop is what one writes down first: for every permutation, swap, then scipy's Pearson of
each group. It is timed on a few permutations and extrapolated; both on one core, turn about.
"""

from functools import partial

import numpy as np
from scipy.stats import pearsonr
from threadpoolctl import threadpool_limits

from benchmarks.clock import ratio, seconds
from benchmarks.table import publish
from evaluation.statistics.correlation import Grouping, in_groups
from evaluation.statistics.permutation import PERMUTATIONS, compare_pearson
from evaluation.types import Array

ROUNDS = 5
SEED = 5
METRICS = 20
SYSTEMS = 15


def main() -> None:
    """Print the table; about half a minute."""
    with threadpool_limits(1):
        _publish()


def _publish() -> None:
    rows = [
        _row("PERM-BOTH, one pair, Pearson by item, 15 x 1,312", 2, 1312, "item", looped=2),
        _row("PERM-BOTH, 190 pairs, Pearson of all, 15 x 2,000", METRICS, 2000, "none", looped=400),
    ]
    note = f"Medians and ranges of {ROUNDS} rounds, processor time, {PERMUTATIONS} permutations"
    publish("python -m benchmarks.meta_speed", rows, f"{note}, simulated scores (seed {SEED}).")


def _row(what: str, metrics: int, segments: int, grouping: Grouping, looped: int) -> dict[str, str]:
    """Time both; the loop on `looped` permutations of one pair."""
    generator = np.random.default_rng(SEED)
    human = generator.normal(size=(SYSTEMS, segments))
    scores = human + 2 * generator.normal(size=(metrics, *human.shape))
    pairs = metrics * (metrics - 1) // 2
    loop = partial(_loop, scores[0], scores[1], human, grouping, looped)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: compare_pearson(scores, human, grouping)))
        theirs.append(seconds(loop) * pairs * PERMUTATIONS / looped)
    return {
        "what": what,
        "Consort, s": _spread(ours, 2),
        "scipy in a loop, s, extrapolated": _spread(theirs, 0),
        "from": f"{looped} of {pairs * PERMUTATIONS:,} permutations",
        "times as fast": ratio(ours, theirs),
    }


def _loop(first: Array, second: Array, human: Array, grouping: Grouping, times: int) -> float:
    """Return the p-value of a pair of metrics, as one writes it down."""
    generator = np.random.default_rng(SEED)
    first, second = ((x - x.mean()) / x.std() for x in (first, second))
    observed = _mean_r(first, human, grouping) - _mean_r(second, human, grouping)
    found = 0
    for _ in range(times):
        kept = generator.random(human.shape) < 0.5
        one, other = np.where(kept, first, second), np.where(kept, second, first)
        found += _mean_r(one, human, grouping) - _mean_r(other, human, grouping) >= observed
    return (found + 1) / (times + 1)


def _mean_r(metric: Array, human: Array, grouping: Grouping) -> float:
    pairs = zip(in_groups(metric, grouping), in_groups(human, grouping), strict=True)
    return float(np.mean([pearsonr(*pair).statistic for pair in pairs]))


def _spread(taken: list[float], digits: int) -> str:
    return f"{np.median(taken):,.{digits}f} ({min(taken):,.{digits}f} to {max(taken):,.{digits}f})"


if __name__ == "__main__":
    main()
