"""How many labelled sentences it takes: trained on 0 to 2,884 of BEA-dev, measured on 1,500."""

import numpy as np

from benchmarks.study import VOTE, bea, figure, pooled, signed, spread
from benchmarks.table import publish
from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.supervised.logistic import Logistic
from ensemble.targets import Targets, subset
from ensemble.training.cross_validation import counts
from evaluation.metrics.fscore import f_half
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

SIZES = (0, 25, 50, 100, 200, 500, 1000, 2884)
SEEDS = (1, 2, 3, 4, 5)
HELD_OUT = 1500


def main() -> None:
    """Print the table; about six minutes."""
    rows = []
    for label in ("S7", "S4"):
        ballots, targets = bea(label)
        for size in SIZES:
            runs = np.array([_run(ballots, targets, size, seed) for seed in SEEDS])
            vote, logistic, neural = np.swapaxes(runs, 0, 1)
            gain = paired_difference(pooled(neural), pooled(vote), f_half)
            rows.append(
                {
                    "systems": label,
                    "labels": size,
                    "vote": spread([pooled(vote)], f_half),
                    "logistic": spread([pooled(logistic)], f_half) if size else "",
                    "neural": figure(pooled(neural), f_half),
                    "against the vote": signed(gain),
                    "each seed": _each(neural, vote),
                }
            )
    note = f"F0.5 of edits on {HELD_OUT} held-out sentences, drawn anew with each seed of {SEEDS}."
    publish("python -m benchmarks.few", rows, note + " 95% bootstrap over the draws' sentences.")


def _run(ballots: list[Ballot], targets: Targets, size: int, seed: int) -> list[Array]:
    """Return what the vote, logistic regression and the neural combiner make, (3, held out, 3)."""
    order = np.random.default_rng(seed).permutation(len(ballots))
    asked, truth = subset(ballots, targets, order[:HELD_OUT])
    known = subset(ballots, targets, order[HELD_OUT : HELD_OUT + size])
    logistic: Combiner = Logistic.learn(*known) if size else VOTE
    neural = Neural.learn(*known, seed=seed) if size else Neural()
    combiners = [VOTE, logistic, neural.fit(asked)]
    return [counts(combine_all(asked, combiner), truth) for combiner in combiners]


def _each(neural: Array, vote: Array) -> str:
    gains = [
        f_half(own.sum(axis=0)) - f_half(old.sum(axis=0))
        for own, old in zip(neural, vote, strict=True)
    ]
    return ", ".join(f"{float(gain):+.2f}" for gain in gains)


if __name__ == "__main__":
    main()
