"""Judges against people: agreement, biases, and how often intervals of means hold the truth.

First four judges of the answers of language models to GSM8K, with all labels of the scorer; the gap
of a system is how much higher a judge scores it than the others, beyond the labels. Then intervals
of means, on numbers from known distributions and on these answers: few labels, and the accuracy on
all 400 questions as the truth. Labels and other items are drawn with replacement from the 400, so
that this truth is that of the population drawn from.

    python -m benchmarks.certificate [draws]
"""

import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.table import data, publish
from evaluation.certificate.agreement import agreement_rows
from evaluation.certificate.bias import bias_rows
from evaluation.certificate.lengths import with_lengths
from evaluation.certificate.options import Options, compared
from evaluation.certificate.tables import read_matched
from evaluation.reporting.table import Row
from evaluation.statistics.prediction_powered import (
    IntervalKind,
    Mean,
    labels_alone,
    prediction_powered_mean,
)
from evaluation.statistics.rogan_gladen import Prevalence, corrected_prevalence
from evaluation.types import Array

DRAWS = 1000
SEED = 20261130
LABELS = (25, 50, 100)
ITEMS = 400
THRESHOLD = 2.5
"""From here on a judge's score, 1 to 3, counts as right where 0 or 1 is needed."""

# The share of 1s, and the judge's sensitivity and specificity.
BINARY = ((0.5, 0.8, 0.8), (0.64, 0.9, 0.5), (0.8, 0.9, 0.7), (0.9, 0.95, 0.9), (0.9, 0.6, 0.6))
# The correlation of labels and scores, and whether labels are skewed.
NUMBERS = ((0.0, False), (0.5, False), (0.8, False), (0.8, True))

Sample = tuple[Array, Array]
"""Labels, and scores of the judge, of the same items."""


class Hold(NamedTuple):
    """Whether an interval holds the truth, its width, and whether correcting is refused."""

    held: bool
    width: float
    refused: bool = False


Estimates = dict[str, Hold]


def main(draws: int) -> None:
    """Print the tables; under two minutes."""
    publish("python -m benchmarks.certificate", list(_certified()), "Intervals over questions.")
    note = f"{draws} draws of {ITEMS} items each, seed {SEED}; 95% intervals."
    publish("python -m benchmarks.certificate", list(_simulated(draws)), note)
    publish("python -m benchmarks.certificate", list(_measured(draws)), note)


def _certified() -> Iterator[dict[str, object]]:
    """Yield the agreement and the biases of each judge, by all labels of the scorer."""
    folder = data("llm", "gsm8k")
    given, labels = folder / "judges.csv", folder / "scores.csv"
    for judge in _tables()[1]:
        matched = read_matched(given, labels, judge, None)
        matched = replace(matched, scores=with_lengths(matched.scores, folder))
        scores = compared(matched, Options())
        row: dict[str, object] = {"judge": judge}
        row |= {f.statistic: _cell(f) for f in agreement_rows(scores, Options())}
        row["length"] = _cell(next(bias_rows(scores, Options())))
        for system in matched.scores.systems:
            *_, gap = bias_rows(scores, Options(own=(system,)))
            row[f"gap of {system}"] = _cell(gap)
        yield row


def _cell(figure: Row) -> str:
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def _simulated(draws: int) -> Iterator[dict[str, object]]:
    for share, hit, reject in BINARY:
        name = f"0 or 1: share {share}, sensitivity {hit}, specificity {reject}"
        yield from _rows(name, _binary(share, hit, reject), share, draws, True)
    for r, skewed in NUMBERS:
        name = f"numbers: correlation {r}" + (", skewed" if skewed else "")
        yield from _rows(name, _numbers(r, skewed), 0.0, draws, False)


def _binary(share: float, hit: float, reject: float) -> Callable[[np.random.Generator], Sample]:
    def draw(generator: np.random.Generator) -> Sample:
        human = generator.random(ITEMS) < share
        judge = np.where(human, generator.random(ITEMS) < hit, generator.random(ITEMS) >= reject)
        return human.astype(np.float64), judge.astype(np.float64)

    return draw


def _numbers(r: float, skewed: bool) -> Callable[[np.random.Generator], Sample]:
    def draw(generator: np.random.Generator) -> Sample:
        drawn = generator.exponential if skewed else generator.standard_normal
        judge, noise = drawn(size=(2, ITEMS)) - (1 if skewed else 0)
        return r * judge + (1 - r**2) ** 0.5 * noise, judge

    return draw


def _measured(draws: int) -> Iterator[dict[str, object]]:
    """Yield the rows of each judge, over all systems."""
    human, judges = _tables()
    judges["mean of the four"] = np.mean(list(judges.values()), axis=0)
    for judge, scores in judges.items():
        for kind, threshold in (("scores 1 to 3", None), (f"{THRESHOLD} or more", THRESHOLD)):
            for labels in LABELS:
                estimates = [
                    estimate
                    for i, truth in enumerate(human.mean(axis=1))
                    for estimate in _estimates(
                        _resampled(human[i], scores[i], threshold), truth, labels, draws // 4, True
                    )
                ]
                yield _row(f"{judge}, {kind}", labels, estimates)


def _tables() -> tuple[Array, dict[str, Array]]:
    """Return the labels and each judge's scores, shape (systems, questions)."""
    human: dict[tuple[str, int], float] = {}
    with data("llm", "gsm8k", "scores.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            human[row["system"], int(row["segment"])] = float(row["score"])
    given: dict[str, dict[tuple[str, int], float]] = {}
    with data("llm", "gsm8k", "judges.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            item = row["system"], int(row["segment"])
            given.setdefault(row["judge"], {})[item] = float(row["score"])
    systems = sorted({system for system, _ in human})
    return _array(human, systems), {judge: _array(of, systems) for judge, of in given.items()}


def _array(scores: dict[tuple[str, int], float], systems: list[str]) -> Array:
    return np.array([[scores[system, k] for k in range(1, ITEMS + 1)] for system in systems])


def _resampled(
    human: Array, judge: Array, threshold: float | None
) -> Callable[[np.random.Generator], Sample]:
    scores = judge if threshold is None else (judge >= threshold).astype(np.float64)

    def draw(generator: np.random.Generator) -> Sample:
        drawn = generator.integers(ITEMS, size=ITEMS)
        return human[drawn], scores[drawn]

    return draw


def _rows(
    name: str,
    draw: Callable[[np.random.Generator], Sample],
    truth: float,
    draws: int,
    is_binary: bool,
) -> Iterator[dict[str, object]]:
    for labels in LABELS:
        yield _row(name, labels, list(_estimates(draw, truth, labels, draws, is_binary)))


def _estimates(
    draw: Callable[[np.random.Generator], Sample],
    truth: float,
    labels: int,
    draws: int,
    is_binary: bool,
) -> Iterator[Estimates]:
    generator = np.random.default_rng([SEED, labels])
    kind: IntervalKind = "wilson" if is_binary else "t"
    for _ in range(draws):
        human, judge = draw(generator)
        known = human[:labels], judge[:labels], judge[labels:]
        alone, corrected = labels_alone(known[0], kind), prediction_powered_mean(*known, kind)
        refused = corrected.width >= alone.width
        estimates = {
            "alone": _hold(alone, truth),
            "corrected": _hold(corrected, truth, refused),
            "used": _hold(alone if refused else corrected, truth),
        }
        if is_binary and np.isin(judge, (0, 1)).all():
            share = corrected_prevalence(*known)
            estimates["Rogan-Gladen"] = _hold(share, truth, share.refusal is not None)
        yield estimates


def _hold(estimate: Mean | Prevalence, truth: float, refused: bool = False) -> Hold:
    return Hold(estimate.low <= truth <= estimate.high, estimate.width, refused)


def _row(name: str, labels: int, estimates: list[Estimates]) -> dict[str, object]:
    shown = {kind: _summary(estimates, kind) for kind in ("corrected", "used", "Rogan-Gladen")}
    held, width, _ = np.mean([estimate["alone"] for estimate in estimates], axis=0)
    row: dict[str, object] = {
        "judge": name,
        "labels": labels,
        "labels alone: holds": f"{held:.1%}",
        "width": f"{width:.3f}",
    }
    for kind, (holds, narrower, refused) in shown.items():
        row[f"{kind}: holds"] = holds
        row[f"{kind}: narrower by"] = narrower
        if kind != "used":
            row[f"{kind}: refused"] = refused
    return row


def _summary(estimates: list[Estimates], kind: str) -> tuple[str, str, str]:
    """Return how often an interval holds, how much narrower it is, and how often it is refused."""
    if kind not in estimates[0]:
        return "", "", ""
    held, width, refused = np.mean([estimate[kind] for estimate in estimates], axis=0)
    alone = np.mean([estimate["alone"].width for estimate in estimates])
    return f"{held:.1%}", f"{1 - width / alone:.0%}", f"{refused:.0%}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS)
