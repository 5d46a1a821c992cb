"""How often 95% intervals hold the true agreement, and how often noise is recommended.

A simulated system has a quality, a segment a difficulty, and an output an error of its own; a
metric sees their sum through noise, or sees nothing of it. The truth is the figure on (nearly)
endlessly many of the units that are drawn. "Before" is the plain percentile interval, with a
recommendation wherever that of the best metric lies above 0; "after" is the interval of
`evaluation.statistics.intervals`, with the recommendation of `evaluation.meta_evaluation.verdict`.
Where fewer than `FEWEST_SEGMENTS` or `FEWEST_SYSTEMS` are drawn, reports show neither: "-".

    python -m benchmarks.coverage [runs] [resamples]
"""

import sys
import warnings
from dataclasses import dataclass

import numpy as np

from evaluation.meta_evaluation.correlations import FEWEST_SEGMENTS, FEWEST_SYSTEMS
from evaluation.statistics.correlation import Statistic, pearson, segment_level, system_level
from evaluation.statistics.intervals import interval, resampled_agreement, units_drawn
from evaluation.statistics.permutation import Unit
from evaluation.types import Array

SEED = 20261130
NOISES = 3
"""The number of metrics of noise of which one may be recommended."""
SEES = 0.4
"""The weight of what people see in a metric that agrees with them; noise has the rest."""
PERCENT = (2.5, 97.5)


@dataclass(frozen=True)
class Design:
    """A statistic, the unit that is drawn, and numbers of (systems, segments) to try."""

    name: str
    statistic: Statistic
    draw: Unit
    shapes: tuple[tuple[int, int], ...]

    def endless(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Return the numbers of systems and segments, with very many of the drawn ones."""
        systems, segments = shape
        shapes = {"item": (systems, 40_000), "system": (40_000, segments), "both": (2_000, 2_000)}
        return shapes[self.draw]


DESIGNS = (
    Design(
        "segments, all together",
        segment_level(pearson, "none"),
        "item",
        ((8, 1), (8, 3), (8, 12), (8, 20), (3, 40), (30, 40), (8, 100), (8, 1000)),
    ),
    Design(
        "segments, by item",
        segment_level(pearson, "item"),
        "item",
        ((8, 3), (8, 12), (3, 20), (30, 40), (8, 100), (8, 1000)),
    ),
    Design(
        "systems by their means",
        system_level(pearson),
        "item",
        ((8, 3), (8, 12), (3, 40), (30, 40), (8, 100), (8, 1000)),
    ),
    Design(
        "systems by one score",
        system_level(pearson),
        "system",
        ((3, 1), (4, 1), (5, 1), (6, 1), (8, 1), (13, 1), (20, 1), (30, 1)),
    ),
    Design(
        "segments, all together",
        segment_level(pearson, "none"),
        "both",
        ((5, 40), (6, 40), (8, 40), (13, 100), (30, 100)),
    ),
)


def sample(
    shape: tuple[int, int], sees: Array, fixed: Array | None, generator: np.random.Generator
) -> tuple[Array, Array]:
    """Return scores of metrics, shape (metrics, systems, segments), and of people.

    A system has a quality, and is liked by a metric whatever people think of it. `fixed`, shape
    (2, systems), has both where the systems are always the same; noise likes none of them then, as
    its agreement would not be 0.
    """
    quality, error = generator.normal(size=(shape[0], 1)), generator.normal(size=shape)
    noise = generator.normal(size=(len(sees), *shape))
    if fixed is None:
        noise += generator.normal(size=(len(sees), shape[0], 1))
    else:
        quality = fixed[0][:, None]
        noise[sees > 0] += fixed[1][:, None]
    human = quality + generator.normal(size=shape[1]) + error
    weight = sees[:, None, None]
    return weight * human + (1 - weight) * noise, human


def bounds(
    design: Design, metrics: Array, human: Array, resamples: int, seed: int
) -> tuple[Array, Array, Array]:
    """Return the plain and the expanded intervals, shape (metrics, 2), and the family's bounds."""
    figures = resampled_agreement(metrics, human, design.statistic, design.draw, resamples, seed)
    plain = np.nanpercentile(figures, PERCENT, axis=1).T
    low, high, _, family_low = interval(figures, units_drawn(human, design.draw))
    return plain, np.stack([low, high], axis=1), family_low


def simulate(design: Design, shape: tuple[int, int], runs: int, resamples: int) -> list[float]:
    """Return shares of runs: coverage of noise and signal, and false recommendations.

    Each is given for the plain and for the expanded interval: six figures.
    """
    generator = np.random.default_rng([SEED, *shape])
    fixed = generator.normal(size=(2, shape[0])) if design.draw == "item" else None
    sees = np.array([*[0] * NOISES, SEES])
    endless, people = sample(design.endless(shape), sees[-1:], fixed, generator)
    truth = np.array([0, float(design.statistic(endless[0], people))])
    counts = np.zeros(6)
    for run in range(runs):
        metrics, human = sample(shape, sees, fixed, generator)
        # The family is that of the metrics of noise alone.
        noise = bounds(design, metrics[:NOISES], human, resamples, run)
        signal = bounds(design, metrics[NOISES:], human, resamples, run)
        best = int(np.argmax([design.statistic(metric, human) for metric in metrics[:NOISES]]))
        for k in (0, 1):  # plain, expanded
            pairs = np.stack([noise[k][0], signal[k][0]])
            counts[[2 * k, 2 * k + 1]] += (pairs[:, 0] <= truth) & (truth <= pairs[:, 1])
        counts[4] += noise[0][best, 0] > 0
        counts[5] += noise[2][best] > 0
    return list(counts / runs)


def main(runs: int, resamples: int) -> None:
    """Print the table; about 10 minutes."""
    print(f"{runs} runs, {resamples} resamples, {NOISES} metrics of noise, seed {SEED}\n")
    print("| figure | drawn | systems | segments | noise held, before | after "
          "| signal held, before | after | noise recommended, before | after |")  # fmt: skip
    print("| --- | --- |" + " ---: |" * 8)
    for design in DESIGNS:
        for shape in design.shapes:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of resamples that define nothing
                before, signal, after, signal_after, used, used_after = simulate(
                    design, shape, runs, resamples
                )
            shown = [f"{share:.3f}" for share in (after, signal_after, used_after)]
            if not has_interval(design.draw, shape):
                shown = ["-"] * 3
            befores = (f"{share:.3f}" for share in (before, signal, used))
            figures = [cell for pair in zip(befores, shown, strict=True) for cell in pair]
            row = [design.name, design.draw, *map(str, shape), *figures]
            print(f"| {' | '.join(row)} |", flush=True)


def has_interval(draw: Unit, shape: tuple[int, int]) -> bool:
    """Return whether reports show an interval of these numbers of systems and segments."""
    systems, segments = shape
    return (draw == "item" or systems >= FEWEST_SYSTEMS) and (
        draw == "system" or segments >= FEWEST_SEGMENTS
    )


if __name__ == "__main__":
    main(*[int(argument) for argument in [*sys.argv[1:], "400", "200"][:2]])
