"""How often a 95% interval of pure noise excludes 0, by the number of segments or systems.

Metric and judgements are independent normal numbers, so an interval should exclude 0 in 5% of the
runs. The smallest numbers that are resampled (`FEWEST_SEGMENTS` and `FEWEST_SYSTEMS` of
`evaluation.meta_evaluation.correlations`) are chosen by this table: below them, reports have no
interval and recommend no metric.

    python -m benchmarks.coverage [runs] [resamples]
"""

import sys
from collections.abc import Mapping

import numpy as np

from evaluation.meta_evaluation.correlations import FEWEST_SEGMENTS, FEWEST_SYSTEMS
from evaluation.statistics.correlation import (
    Statistic,
    pearson,
    segment_level,
    spearman,
    system_level,
)
from evaluation.statistics.intervals import bootstrap_agreement
from evaluation.statistics.permutation import Unit

SYSTEMS = 8
SEGMENTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 40)
DRAWN_SYSTEMS = (3, 4, 5, 6, 8, 13, 20)
SEED = 20261129

OF_SEGMENTS: Mapping[str, Statistic] = {
    "segment, pearson": segment_level(pearson, "none"),
    "segment, spearman": segment_level(spearman, "none"),
    "segment, pearson by item": segment_level(pearson, "item"),
    "system, pearson": system_level(pearson),
}
OF_SYSTEMS: Mapping[str, Statistic] = {"system, pearson": system_level(pearson)}


def excluded(
    shape: tuple[int, int], statistic: Statistic, draw: Unit, runs: int, resamples: int
) -> float:
    """Return the share of the runs on noise of a shape in which the interval excludes 0."""
    generator = np.random.default_rng([SEED, *shape])
    times = 0
    for run in range(runs):
        metric, human = generator.normal(size=(2, *shape))
        found = bootstrap_agreement(metric[None], human, statistic, draw, resamples, run)
        times += bool(found.low[0] > 0 or found.high[0] < 0)
    return times / runs


def main(runs: int, resamples: int) -> None:
    """Print both tables; about a minute."""
    print(f"{runs} runs of pure noise, {resamples} resamples, seed {SEED}\n")
    print(f"| segments drawn, of {SYSTEMS} systems | {' | '.join(OF_SEGMENTS)} | interval shown |")
    print("| ---: |" + " ---: |" * len(OF_SEGMENTS) + " --- |")
    for n in SEGMENTS:
        shares = [
            excluded((SYSTEMS, n), statistic, "item", runs, resamples)
            for statistic in OF_SEGMENTS.values()
        ]
        cells = " | ".join(f"{share:.3f}" for share in shares)
        print(f"| {n} | {cells} | {'yes' if n >= FEWEST_SEGMENTS else 'no'} |", flush=True)
    print("\n| systems drawn, with one score | system, pearson | interval shown |")
    print("| ---: | ---: | --- |")
    for n in DRAWN_SYSTEMS:
        share = excluded((n, 1), OF_SYSTEMS["system, pearson"], "system", runs, resamples)
        print(f"| {n} | {share:.3f} | {'yes' if n >= FEWEST_SYSTEMS else 'no'} |", flush=True)


if __name__ == "__main__":
    main(*[int(argument) for argument in [*sys.argv[1:], "400", "200"][:2]])
