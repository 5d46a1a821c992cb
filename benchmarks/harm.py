"""The harm that a combiner can do: its score against the vote's on every set at hand.

Texts are compared with minimum Bayes risk, as few are the same. Scores of edits are F0.5 by bounds,
of labels and of answers to questions the accuracy, of transcripts the negative word error rate, of
translations MQM. `python -m benchmarks.harm SET ...` takes the sets whose names contain a word.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from benchmarks import labelled
from benchmarks.domains import LEVELS, gmeg
from benchmarks.labelled import Labelled
from benchmarks.study import SEEDS, bea, figure, pooled, signed
from benchmarks.table import publish
from ensemble.candidates import Kind
from ensemble.combiners.base import combine_all
from ensemble.combiners.registry import COMBINERS, USUAL, create, load_trainable
from ensemble.targets import subset
from ensemble.training.baselines import Learner
from ensemble.training.cross_validation import YARDSTICKS, counts, cross_validate
from evaluation.execution.progress import quietly
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

FOLDS = 5

Load = Callable[[], Labelled]

UNTRAINED: Mapping[str, Load] = {
    **{label: partial(bea, label) for label in ("S4", "S5", "S7", "S12")},
    "S5, CoNLL-2014": labelled.shifted,
    "GMEG FCE": partial(gmeg, "fce"),
    "GMEG Wikipedia": partial(gmeg, "wiki"),
    "S7 and a random system": partial(labelled.with_more, labelled.random_system),
    "S7, the weakest three times, spaced otherwise": partial(
        labelled.with_more, labelled.respelt_twins
    ),
    "translations (WMT21)": labelled.translations,
    "answers of LLMs (GSM8K)": labelled.answers,
    "transcripts (Earnings-21)": labelled.transcripts,
    "final answers (GSM8K)": partial(labelled.final_answers, "labels"),
    "final answers, last number": partial(labelled.final_answers, "labels_last"),
    "six unequal judges": partial(labelled.judges, labelled.JUDGES, 1),
    "four judges and a weak family of three": partial(
        labelled.judges, (0.7, 0.7, 0.65, 0.6), 2, labelled.WEAK_FAMILY
    ),
}

TRANSFERS: Mapping[str, tuple[Load, Load]] = {
    "S5, BEA to CoNLL-2014": (partial(bea, "S5"), labelled.shifted),
    "FCE to Wikipedia": (partial(gmeg, "fce"), partial(gmeg, "wiki")),
    "Wikipedia to FCE": (partial(gmeg, "wiki"), partial(gmeg, "fce")),
    "final answers, last number to last answer": (
        partial(labelled.final_answers, "labels_last"),
        partial(labelled.final_answers, "labels"),
    ),
}


class Result(NamedTuple):
    """The score of a combiner on a set, and its gain over the vote."""

    labels: str
    dataset: str
    combiner: str
    score: str
    gain: str
    delta: float


def main() -> None:
    """Print every figure, then the worst of each combiner; about half an hour."""
    words = sys.argv[1:]
    results = [
        result
        for about in (_untrained, _in_domain, _elsewhere)
        for result in about(lambda name: not words or any(word in name for word in words))
    ]
    rows = [
        {
            "labels": result.labels,
            "set": result.dataset,
            "combiner": result.combiner,
            "score": result.score,
            "against the vote": result.gain,
        }
        for result in results
    ]
    command = " ".join(["python -m benchmarks.harm", *words])
    note = f"95% bootstrap over segments; trained on {FOLDS - 1} of {FOLDS} folds, or elsewhere"
    publish(command, rows, f"{note} with seeds {SEEDS}.")
    publish(command, _worst(results), "The mean is over sets.")


Wanted = Callable[[str], bool]


def _untrained(wanted: Wanted) -> Iterator[Result]:
    """Yield the results of the combiners that need no labels."""
    for name in filter(wanted, UNTRAINED):
        ballots, targets = UNTRAINED[name]()
        kind = ballots[0].kind
        runs = {
            combiner: [counts(combine_all(ballots, create(combiner).fit(ballots)), targets)]
            for combiner in _of_kind(kind)
        }
        yield from _compared("none", name, kind, runs)


def _in_domain(wanted: Wanted) -> Iterator[Result]:
    """Yield the results of trained combiners, each segment by one trained on other segments."""
    for name in filter(wanted, UNTRAINED):
        ballots, targets = UNTRAINED[name]()
        kind = ballots[0].kind
        learners = {USUAL[kind]: _usual(kind), **_trained(kind, SEEDS[0])}
        found = cross_validate(ballots, targets, learners, FOLDS, SEEDS[0], quietly)
        runs = {combiner: [counts(outputs, targets)] for combiner, outputs in found.items()}
        yield from _compared("of these", name, kind, runs)


def _elsewhere(wanted: Wanted) -> Iterator[Result]:
    """Yield the results of combiners that were trained on other texts."""
    levels = {
        f"{label}, all levels but {level} to {level}": partial(_level, label, bounds)
        for label in ("S4", "S7")
        for level, bounds in LEVELS.items()
    }
    transfers = {name: partial(_both, *pair) for name, pair in TRANSFERS.items()}
    pairs: dict[str, Callable[[], tuple[Labelled, Labelled]]] = {**transfers, **levels}
    for name, load in pairs.items():
        if wanted(name):
            known, (ballots, targets) = load()
            kind = ballots[0].kind
            runs: dict[str, list[Array]] = defaultdict(list)
            for seed in SEEDS:
                for combiner, learn in {USUAL[kind]: _usual(kind), **_trained(kind, seed)}.items():
                    outputs = combine_all(ballots, learn(*known).fit(ballots))
                    runs[combiner].append(counts(outputs, targets))
            yield from _compared("elsewhere", name, kind, runs)


def _both(known: Load, asked: Load) -> tuple[Labelled, Labelled]:
    return known(), asked()


def _level(label: str, bounds: tuple[int, int]) -> tuple[Labelled, Labelled]:
    """Return a set without one level of learners, and that level."""
    ballots, targets = bea(label)
    inside = np.zeros(len(ballots), dtype=bool)
    inside[slice(*bounds)] = True
    known, asked = (subset(ballots, targets, np.flatnonzero(m)) for m in (~inside, inside))
    return known, asked


def _of_kind(kind: Kind) -> list[str]:
    """Return the combiners that combine this kind without labels, the usual one first.

    Those that write texts of their own are measured by `benchmarks.fuse`: here the texts of systems
    have scores, and no others.
    """
    entries = COMBINERS.all().items()
    names = [n for n, e in entries if kind in e.kinds and not (e.needs_labels or e.writes)]
    return sorted(names, key=lambda name: name != USUAL[kind])


def _usual(kind: Kind) -> Learner:
    return lambda ballots, targets: create(USUAL[kind]).fit(ballots)


def _trained(kind: Kind, seed: int) -> dict[str, Learner]:
    names = [name for name, e in COMBINERS.all().items() if e.trainable and not e.second_order]
    return {
        name: partial(load_trainable(name).learn, seed=seed)
        for name in names
        if kind in COMBINERS.get(name).kinds
    }


def _compared(
    labels: str, dataset: str, kind: Kind, runs: Mapping[str, Sequence[Array]]
) -> Iterator[Result]:
    """Yield a result for each combiner, all against the usual one of the kind."""
    _, statistic = YARDSTICKS[kind]
    usual = pooled(runs[USUAL[kind]])
    for combiner, found in runs.items():
        gain = paired_difference(pooled(found), usual, statistic)
        itself = combiner == USUAL[kind]
        score = figure(pooled(found), statistic)
        print(labels, dataset, combiner, score, signed(gain), file=sys.stderr, flush=True)
        yield Result(
            labels, dataset, combiner, score, "" if itself else signed(gain), float(gain.delta)
        )


def _worst(results: Sequence[Result]) -> list[dict[str, object]]:
    """Return a row for each combiner: its worst loss, where, and its mean gain."""
    by_combiner: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        if result.gain:
            by_combiner[result.labels, result.combiner].append(result)
    rows: list[dict[str, object]] = []
    for (labels, combiner), found in by_combiner.items():
        worst = min(found, key=lambda result: result.delta)
        rows.append(
            {
                "labels": labels,
                "combiner": combiner,
                "sets": len(found),
                "mean gain over the vote": f"{np.mean([r.delta for r in found]):+.2f}",
                "worst": worst.gain,
                "on": worst.dataset,
            }
        )
    return rows


if __name__ == "__main__":
    main()
