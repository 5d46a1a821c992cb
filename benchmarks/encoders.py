"""The worth of encoders as judges of whole texts: training with and without their scores.

A judge is the cosine to the source (`cosine-source`), or the mean BERTScore against the other
outputs (`bertscore`), both by the packaged multilingual encoder.
"""

import sys
import time
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.study import SEEDS, figure, pooled, signed, spread
from benchmarks.table import publish
from benchmarks.texts import FOLDS, Scored, answered, rated
from ensemble.candidates import collect_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.targets import Targets, from_scores
from ensemble.training.cross_validation import YARDSTICKS, counts, cross_validate
from evaluation.execution.progress import quietly
from evaluation.metrics.judging import judged
from evaluation.metrics.registry import load_metric
from evaluation.records import Segment
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

JUDGES = ("cosine-source", "bertscore")
SETS = {"wmt21": ("WMT21, mean MQM", rated), "gsm8k": ("GSM8K answers, accuracy", answered)}


def main(wanted: list[str]) -> None:
    """Print the table of the `wanted` sets, by default all; half an hour."""
    rows = []
    for name in wanted or SETS:
        title, read = SETS[name]
        rows += _rows(title, read())
    note = (
        f"95% bootstrap over segments; {FOLDS} folds, seeds {SEEDS}. The combiner is `neural`. "
        "Seconds are those of one core for all outputs."
    )
    publish("python -m benchmarks.encoders", rows, note)


def _rows(title: str, scored: Scored) -> list[dict[str, str]]:
    segments, scores = scored
    _, statistic = YARDSTICKS["texts"]
    systems = list(segments[0].hypotheses)
    alone = {
        n: np.array([(scores[n, i], 1.0) for i in range(1, len(segments) + 1)]) for n in systems
    }
    best = max(alone, key=lambda name: float(alone[name][:, 0].sum()))
    without = _trained(segments, scores)
    rows = []
    for judge in ("none", *JUDGES):
        seconds, runs = 0.0, without
        if judge != "none":
            seconds, given = _given(judge, segments)
            runs = _trained(given, scores)
        against_best = paired_difference(pooled(runs), alone[best] * len(runs), statistic)
        against_none = paired_difference(pooled(runs), pooled(without), statistic)
        rows.append({
            "texts": title,
            "judge": judge,
            "score": figure(pooled(runs), statistic),
            "each seed": spread(runs, statistic),
            "against the best single": signed(against_best),
            "against no judge": "" if judge == "none" else signed(against_none),
            "seconds": f"{seconds:.0f}" if seconds else "",
        })  # fmt: skip
    return rows


def _given(judge: str, segments: list[Segment]) -> tuple[float, list[Segment]]:
    """Return the seconds that `judge` takes, and the segments with its scores."""
    began = time.process_time()
    found = judged(load_metric(judge), segments)
    given = [replace(s, scores={judge: row}) for s, row in zip(segments, found, strict=True)]
    return time.process_time() - began, given


def _trained(segments: list[Segment], scores: dict[tuple[str, int], float]) -> list[Array]:
    """Return what each segment adds to the score of the trained combiner, for each seed."""
    ballots = list(collect_all(segments, "texts"))
    targets: Targets = from_scores(ballots, scores)
    runs = []
    for seed in SEEDS:
        learners = {"neural": partial(Neural.learn, seed=seed)}
        found = cross_validate(ballots, targets, learners, FOLDS, seed, quietly)
        runs.append(counts(found["neural"], targets))
    return runs


if __name__ == "__main__":
    main(sys.argv[1:])
