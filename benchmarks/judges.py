"""The worth of judges' scores on answers of language models, and the harm of judges that are bad.

Judges score each answer but their own (GSM8K, four models). Bad judges are made: one scores at
random, one always the same, one the reverse of the true judges' mean, one by length.
"""

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.labelled import LLMS, Labelled
from benchmarks.study import SEEDS, figure, pooled, signed, spread
from benchmarks.table import data, publish
from benchmarks.texts import answered
from ensemble.candidates import Ballot, collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.registry import create
from ensemble.targets import Targets, from_references, from_scores, subset
from ensemble.training.cross_validation import YARDSTICKS, counts, cross_validate
from evaluation.data.judge_scores import recuse
from evaluation.data.readers import read_folder, read_lines
from evaluation.execution.progress import quietly
from evaluation.records import Segment
from evaluation.statistics.significance import SEED, paired_difference
from evaluation.types import Array

FOLDS = 5
FEW = 200
BEST = "Qwen2.5-7B"
NOBODY, MODELS = "none", "the four models"
HEADINGS = {"free": "no labels", "few": f"{FEW} labels", "trained": "trained"}

Judge = Callable[[Segment], dict[str, float]]
Label = Callable[[Sequence[Segment]], Labelled]


def main() -> None:
    """Print the table; about ten minutes."""
    rows = [row for what in labelled_segments() for row in _rows(*what)]
    note = (
        f"Accuracy on 400 questions, 95% bootstrap over questions; {FOLDS} folds, seeds {SEEDS}; "
        f"with {FEW} labels, the other questions and five draws. The best single system is {BEST}."
    )
    publish("python -m benchmarks.judges", rows, note)


def labelled_segments() -> Iterator[tuple[str, list[Segment], Label]]:
    """Yield the kind, the segments with scores, and what labels them, of both forms of answers."""
    _, scores = answered()
    texts = list(map(recuse, read_folder(data("llm", "gsm8k"), LLMS)))
    yield "texts", texts, lambda segments: _texts(segments, scores)
    folder = data("llm", "gsm8k", "labels")
    labels = [
        replace(label, scores=text.scores)
        for label, text in zip(read_folder(folder, LLMS), texts, strict=True)
    ]
    gold = [[line] for line in read_lines(folder / "target.txt")]
    yield "labels", labels, lambda segments: _labels(segments, gold)


def _texts(segments: Sequence[Segment], scores: Mapping[tuple[str, int], float]) -> Labelled:
    ballots = list(collect_all(segments, "texts"))
    return ballots, from_scores(ballots, scores)


def _labels(segments: Sequence[Segment], gold: Sequence[Sequence[str]]) -> Labelled:
    ballots = list(collect_all(segments, "labels"))
    return ballots, from_references(ballots, gold)


def _rows(kind: str, segments: Sequence[Segment], labelled: Label) -> Iterator[dict[str, object]]:
    plain: dict[str, Array] = {}
    for name, made in _judged(segments):
        ballots, targets = labelled(made)
        _, statistic = YARDSTICKS[ballots[0].kind]
        best = [_alone(ballots, targets)] * len(SEEDS)
        # Bad judges are tried with few labels, where harm is most likely.
        seeds = SEEDS if name in (NOBODY, MODELS) else ()
        runs = {
            "free": [counts(combine_all(ballots, create("neural").fit(ballots)), targets)],
            "few": [_few(ballots, targets, seed) for seed in range(1, 6)],
            "trained": [_held_out(ballots, targets, seed) for seed in seeds],
        }
        found = {what: pooled(run) for what, run in runs.items() if run}
        plain = plain or found
        row: dict[str, object] = {"answers as": kind, "judges": name}
        for what, own in found.items():
            row[HEADINGS[what]] = figure(own, statistic)
            gain = signed(paired_difference(own, plain[what], statistic))
            row[f"gain, {HEADINGS[what]}"] = "" if found is plain else gain
        if seeds:
            row["each seed"] = spread(runs["trained"], statistic)
            over_best = paired_difference(found["trained"], pooled(best), statistic)
            row["against the best single"] = signed(over_best)
        print(row, file=sys.stderr, flush=True)
        yield row


def _judged(segments: Sequence[Segment]) -> Iterator[tuple[str, list[Segment]]]:
    """Yield the segments with each set of judges, by name; first with none."""
    bad = _bad(segments)
    yield NOBODY, [replace(segment, scores={}) for segment in segments]
    yield MODELS, list(segments)
    for name, judge in bad.items():
        yield name, [replace(segment, scores={name: judge(segment)}) for segment in segments]
    yield (
        "the four models and all bad ones",
        [
            replace(
                segment,
                scores={**segment.scores, **{n: judge(segment) for n, judge in bad.items()}},
            )
            for segment in segments
        ],
    )


def _bad(segments: Sequence[Segment]) -> dict[str, Judge]:
    chance = random.Random(SEED)
    drawn = {(s.source, name): chance.random() for s in segments for name in s.hypotheses}
    long = {s.source: s.hypotheses for s in read_folder(data("llm", "gsm8k"), LLMS)}

    def inverted(segment: Segment) -> dict[str, float]:
        given = segment.scores.values()
        return {
            name: -float(np.mean([scores[name] for scores in given if name in scores]))
            for name in segment.hypotheses
        }

    return {
        "random": lambda s: {name: drawn[s.source, name] for name in s.hypotheses},
        "constant": lambda s: dict.fromkeys(s.hypotheses, 1.0),
        "inverted": inverted,
        "longest": lambda s: {n: float(len(text or "")) for n, text in long[s.source].items()},
    }


def _alone(ballots: Sequence[Ballot], targets: Targets) -> Array:
    """Return the counts of the best single system."""
    rows = []
    for ballot, values in zip(ballots, targets.values, strict=True):
        chosen = [BEST in candidate.voters for candidate in ballot.candidates]
        rows.append((float(np.nansum(values[chosen])), 1.0))
    return np.array(rows)


def _held_out(ballots: Sequence[Ballot], targets: Targets, seed: int) -> Array:
    learners = {"neural": partial(Neural.learn, seed=seed)}
    found = cross_validate(ballots, targets, learners, FOLDS, seed, quietly)
    return counts(found["neural"], targets)


def _few(ballots: Sequence[Ballot], targets: Targets, seed: int) -> Array:
    order = np.random.default_rng(seed).permutation(len(ballots))
    combiner = Neural.learn(*subset(ballots, targets, order[:FEW]), seed=seed)
    asked, truth = subset(ballots, targets, order[FEW:])
    return counts(combine_all(asked, combiner.fit(asked)), truth)


if __name__ == "__main__":
    main()
