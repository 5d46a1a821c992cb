"""The neural combiner on BEA-dev, five folds: the output text aligned afresh, scored by ERRANT.

Beside it the vote, the combiners that others have trained on labels, and what it learns where
a language model reads the edits too.
"""

import sys
from collections.abc import Mapping

import numpy as np

from benchmarks.study import SEEDS, bea, bea_yardstick, figure, pooled, signed, spread
from benchmarks.table import publish
from ensemble.candidates import Ballot
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.context import read_ahead
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets
from ensemble.training.baselines import Learner, baselines
from ensemble.training.comparison import beliefs
from ensemble.training.cross_validation import cross_validate
from evaluation.execution.progress import quietly
from evaluation.metrics.fscore import f_half
from evaluation.statistics.calibration import calibration_error
from evaluation.statistics.significance import paired_difference

FOLDS = 5
CONTEXT = "smollm2"
READ = ("S7",)  # the sets whose contested edits the language model reads, some minutes of a core


def main() -> None:
    """Print the table for some sets, else for all; an hour, most of it a model's and ERRANT's."""
    labels = sys.argv[1:] or ("S4", "S5", "S12", "S7")
    rows = []
    for label in labels:
        ballots, targets = bea(label)
        if label in READ:
            read_ahead(ballots, CONTEXT, quietly)
        runs = [_run(label, ballots, targets, seed) for seed in SEEDS]
        rows += _rows(label, targets, runs)
    note = f"95% bootstrap over segments, {FOLDS} folds by sentence, seeds {SEEDS}."
    publish(" ".join(["python -m benchmarks.neural", *sys.argv[1:]]), rows, note)


def _run(
    label: str, ballots: list[Ballot], targets: Targets, seed: int
) -> Mapping[str, list[Combination]]:
    learners: dict[str, Learner] = {
        "neural": lambda some, truth: Neural.learn(some, truth, seed=seed)
    }
    if label in READ:
        learners[f"neural, {CONTEXT}"] = lambda some, truth: Neural.learn(
            some, truth, seed=seed, context=CONTEXT
        )
    others = baselines("edits") if seed == SEEDS[0] else {}
    return cross_validate(ballots, targets, {**others, **learners}, FOLDS, seed, quietly)


def _rows(
    label: str, targets: Targets, runs: list[Mapping[str, list[Combination]]]
) -> list[dict[str, object]]:
    scored = {
        name: [
            bea_yardstick().counts([one.text or "" for one in run[name]])
            for run in runs
            if name in run
        ]
        for name in runs[0]
    }
    vote = scored["vote"][0]
    rows: list[dict[str, object]] = []
    for name, found in scored.items():
        gain = paired_difference(pooled(found), vote * len(found), f_half)
        rows.append(
            {
                "systems": label,
                "combiner": name,
                "F0.5": figure(pooled(found), f_half),
                "each seed": spread(found, f_half) if len(found) > 1 else "",
                "against the vote": signed(gain) if name != "vote" else "",
                "calibration error": _error(runs, name, targets) if "neural" in name else "",
            }
        )
    return rows


def _error(runs: list[Mapping[str, list[Combination]]], name: str, targets: Targets) -> str:
    errors = [calibration_error(*beliefs(run[name], targets)) for run in runs]
    return f"{np.mean(errors):.4f}"


if __name__ == "__main__":
    main()
