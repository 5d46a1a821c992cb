"""Parts shared by the tables on trained combiners: labelled ballots, and the form of figures.

Runs with several seeds are one figure: what each segment adds is summed over them, so that
the interval is over segments and the figure the mean of the runs.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np

from benchmarks.table import SETS, data
from benchmarks.yardstick import Errant
from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.majority import Majority
from ensemble.targets import Targets, from_gold
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_folder
from evaluation.records import Annotated
from evaluation.statistics.significance import Difference, Statistic, bootstrap
from evaluation.types import Array

SEEDS = (1, 2, 3)
VOTE = Majority()


@lru_cache(maxsize=1)
def bea_gold() -> list[Annotated]:
    """Return the gold edits of BEA-dev."""
    return read_m2(data("gec", "bea_dev", "gold.m2"))


@lru_cache(maxsize=1)
def bea_yardstick() -> Errant:
    """Return what scores outputs for BEA-dev, as `errant_compare` does."""
    return Errant(bea_gold())


def bea(label: str) -> tuple[list[Ballot], Targets]:
    """Return what the set of systems called `label` proposes on BEA-dev, and the targets."""
    ballots = list(collect_all(read_folder(data("gec", "bea_dev"), SETS[label]), "edits"))
    return ballots, from_gold(ballots, bea_gold())


def outputs(ballots: Sequence[Ballot], combiner: Combiner) -> list[str]:
    """Return the texts that `combiner` makes of `ballots`, agreement counted on them first."""
    return [one.text or "" for one in combine_all(ballots, combiner.fit(ballots))]


def pooled(runs: Iterable[Array]) -> Array:
    """Return what each segment adds in all runs together, shape (m, k)."""
    return np.asarray(np.sum(list(runs), axis=0))


def figure(counts: Array, statistic: Statistic) -> str:
    """Return a statistic with its 95% interval."""
    low, high = bootstrap(counts, statistic)
    return f"**{float(statistic(counts.sum(axis=0))):.2f}** ({low:.2f} to {high:.2f})"


def signed(gain: Difference) -> str:
    """Return a difference with its 95% interval."""
    return f"{float(gain.delta):+.2f} ({float(gain.low):+.2f} to {float(gain.high):+.2f})"


def spread(runs: Sequence[Array], statistic: Statistic) -> str:
    """Return the figure of each run."""
    return ", ".join(f"{float(statistic(run.sum(axis=0))):.2f}" for run in runs)


Runs = Callable[[int], Array]
"""Maps a seed to what each segment adds."""
