"""Whole texts: the mean human score (MQM) of chosen translations, the accuracy of LLM answers."""

import csv
from dataclasses import replace

import numpy as np

from benchmarks.study import SEEDS, figure, pooled, signed, spread
from benchmarks.table import data, publish
from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.targets import Targets, from_scores
from ensemble.training.baselines import Learner, baselines
from ensemble.training.cross_validation import YARDSTICKS, counts, cross_validate
from evaluation.data.readers import read_folder, read_lines
from evaluation.execution.progress import quietly
from evaluation.records import Segment
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

FOLDS = 5

Scored = tuple[list[Segment], dict[tuple[str, int], float]]


def main() -> None:
    """Print both tables; about ten minutes."""
    _publish("mean MQM", rated())
    _publish("accuracy", answered())


def _publish(unit: str, scored: Scored) -> None:
    """Print the mean score of the texts that each combiner chooses."""
    segments, scores = scored
    ballots = list(collect_all(segments, "texts"))
    targets = from_scores(ballots, scores)
    _, statistic = YARDSTICKS["texts"]
    systems = list(segments[0].hypotheses)
    alone = {
        name: np.array([(scores[name, i], 1.0) for i in range(1, len(segments) + 1)])
        for name in systems
    }
    best = max(alone, key=lambda name: float(alone[name][:, 0].sum()))
    top = np.array([(values.max(), 1.0) for values in targets.values])
    found = {best: [alone[best]], **_combined(ballots, targets), "oracle": [top]}
    rows = []
    for name, runs in found.items():
        gain = paired_difference(pooled(runs), alone[best] * len(runs), statistic)
        rows.append(
            {
                "chosen by": name,
                unit: figure(pooled(runs), statistic),
                "each seed": spread(runs, statistic) if len(runs) > 1 else "",
                f"against {best}, the best single": signed(gain)
                if name[-11:] != "best single"
                else "",
            }
        )
    note = f"{len(segments)} segments, {len(systems)} systems, 95% bootstrap over segments."
    publish("python -m benchmarks.texts", rows, f"{note} {FOLDS} folds, seeds {SEEDS}.")


def answered() -> Scored:
    """Return questions with the answers of language models, and 100 for each right one.

    The scores that the models gave as judges of each other are `benchmarks.judges`' alone.
    """
    folder = data("llm", "gsm8k")
    with (folder / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    scores = {(row["system"], int(row["segment"])): 100 * float(row["score"]) for row in rows}
    segments = read_folder(folder, sorted({system for system, _ in scores}))
    return [replace(segment, scores={}) for segment in segments], scores


def rated() -> Scored:
    """Return the segments that all rated systems were judged on, and the judgements."""
    folder = data("mt", "wmt21_zhen")
    sources = read_lines(folder / "src.zh")
    given = {}
    for line in read_lines(folder / "mqm_avg_seg_scores.tsv")[1:]:
        system, rest = line.split("\t")
        score, number = rest.split(" ")
        if score != "None":
            given[system, int(number)] = float(score)
    texts = {path.name[4:-3]: read_lines(path) for path in folder.glob("hyp.*.en")}
    systems = sorted({system for system, _ in given} & set(texts))
    rated = [i for i in range(1, len(sources) + 1) if all((s, i) in given for s in systems)]
    segments = [Segment(sources[i - 1], {s: texts[s][i - 1] for s in systems}) for i in rated]
    scores = {(s, k): given[s, i] for k, i in enumerate(rated, start=1) for s in systems}
    return segments, scores


def _combined(ballots: list[Ballot], targets: Targets) -> dict[str, list[Array]]:
    runs: dict[str, list[Array]] = {}
    for seed in SEEDS:
        learners: dict[str, Learner] = {
            **baselines("texts"),
            "neural, no labels": lambda some, truth: Neural().fit(some),
            "neural": lambda some, truth, seed=seed: Neural.learn(some, truth, seed=seed),  # type: ignore[misc]
        }
        found = cross_validate(ballots, targets, learners, FOLDS, seed, quietly)
        for name, outputs in found.items():
            runs.setdefault(name, []).append(counts(outputs, targets))
    return runs


if __name__ == "__main__":
    main()
