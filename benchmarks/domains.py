"""Trained in one place, used in another: other levels of learners, other texts, other systems.

On BEA-dev the output is aligned afresh and scored by ERRANT; on GMEG, whose six systems the
one trained on BEA-dev has never seen, the chosen edits are compared with four annotators'.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.study import (
    SEEDS,
    VOTE,
    bea,
    bea_yardstick,
    figure,
    outputs,
    pooled,
    signed,
)
from benchmarks.table import data, publish
from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.supervised.logistic import Logistic
from ensemble.targets import Targets, from_references, subset
from ensemble.training.cross_validation import counts
from evaluation.data.readers import read_lines
from evaluation.metrics.fscore import f_half
from evaluation.records import Segment
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

LEVELS = {"A": (0, 1037), "B": (1037, 2327), "C": (2327, 3396), "N": (3396, 4384)}
TEAMS = ("amu", "lstm", "lstm-r", "marian", "nus", "transformer")

Data = tuple[list[Ballot], Targets]


def main() -> None:
    """Print the table; about ten minutes."""
    rows = [row for label in ("S7", "S4") for row in _levels(label)]
    fce, wiki = gmeg("fce"), gmeg("wiki")
    for source, known in {
        "BEA S7": bea("S7"),
        "BEA S12": bea("S12"),
        "FCE": fce,
        "Wikipedia": wiki,
    }.items():
        for target, asked in {"FCE": fce, "Wikipedia": wiki}.items():
            if source != target:
                runs = {seed: _gmeg_counts(known, asked, seed) for seed in SEEDS}
                rows.append(_row(f"{source} to {target}", runs))
    note = f"F0.5, 95% bootstrap over segments, seeds {SEEDS}."
    publish("python -m benchmarks.domains", rows, note)


def _levels(label: str) -> list[dict[str, object]]:
    ballots, targets = bea(label)
    rows = []
    for level, bounds in LEVELS.items():
        inside = np.zeros(len(ballots), dtype=bool)
        inside[slice(*bounds)] = True
        runs = {seed: _level_counts((ballots, targets), inside, seed) for seed in SEEDS}
        rows.append(_row(f"{label}: all but {level} to {level}", runs))
    return rows


def _level_counts(known: Data, inside: NDArray[np.bool_], seed: int) -> dict[str, Array]:
    ballots, targets = known
    asked = subset(ballots, targets, np.flatnonzero(inside))[0]
    learnt = _learn(subset(ballots, targets, np.flatnonzero(~inside)), seed)
    places = np.flatnonzero(inside).tolist()
    texts = list(bea_yardstick().sources)
    found = {}
    for name, combiner in learnt.items():
        for place, text in zip(places, outputs(asked, combiner), strict=True):
            texts[place] = text
        found[name] = bea_yardstick().counts(texts)[inside]
    return found


def gmeg(part: str) -> Data:
    """Return six systems' edits of one part of GMEG, right where one of four annotators made it."""
    folder = data("gec", "gmeg", part)
    columns = [read_lines(folder / name) for name in ("source", *TEAMS)]
    rows = zip(*columns, strict=True)
    segments = [Segment(source, dict(zip(TEAMS, texts, strict=True))) for source, *texts in rows]
    references = [read_lines(folder / f"ref{i}") for i in range(4)]
    ballots = list(collect_all(segments, "edits"))
    return ballots, from_references(ballots, list(zip(*references, strict=True)))


def _gmeg_counts(known: Data, asked: Data, seed: int) -> dict[str, Array]:
    ballots, targets = asked
    learnt = _learn(known, seed)
    return {
        name: counts(combine_all(ballots, combiner.fit(ballots)), targets)
        for name, combiner in learnt.items()
    }


def _learn(known: Data, seed: int) -> dict[str, Combiner]:
    return {
        "vote": VOTE,
        "logistic": Logistic.learn(*known),
        "neural": Neural.learn(*known, seed=seed),
    }


def _row(change: str, runs: Mapping[int, Mapping[str, Array]]) -> dict[str, object]:
    vote, logistic, neural = (
        pooled(run[name] for run in runs.values()) for name in ("vote", "logistic", "neural")
    )
    return {
        "from, to": change,
        "vote": figure(vote, f_half),
        "logistic": figure(logistic, f_half),
        "neural": figure(neural, f_half),
        "neural against the vote": signed(paired_difference(neural, vote, f_half)),
    }


if __name__ == "__main__":
    main()
