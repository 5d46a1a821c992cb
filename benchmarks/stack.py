"""Stacks: the outputs of combiners combined once more, against their best level and the vote.

Answers of language models (GSM8K) as texts and as labels, with the scores that the models gave each
other, and edits (S7 on BEA-dev), five folds; edits on CoNLL-2014 by stacks trained on BEA-dev (S5),
by MaxMatch. Each level is cross-fitted once. A stack for a fold learns from the outputs for the
other folds; only the choice of the best level and the trust could know of the fold by them.
Designs were compared on S5 and S4 of BEA-dev and on the segments of CoNLL-2014 with an even index,
from 0. `python -m benchmarks.stack SET ...` takes the sets whose names contain a word.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from benchmarks import labelled
from benchmarks.labelled import LLMS, Labelled
from benchmarks.study import SEEDS, bea, figure, pooled, signed, spread
from benchmarks.table import data, publish
from benchmarks.texts import answered
from ensemble.candidates import Ballot, Kind, collect_all
from ensemble.combiners.base import Combiner, combine_all
from ensemble.combiners.registry import USUAL
from ensemble.combiners.stack.combiner import Stack
from ensemble.combiners.stack.gate import counted
from ensemble.combiners.stack.levels import Level, taken
from ensemble.combiners.stack.saved import untrained
from ensemble.combiners.trainable import Trainable
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets, folds_of, from_references, from_scores, subset
from ensemble.training.baselines import Learner
from ensemble.training.cross_validation import YARDSTICKS, cross_validate
from evaluation.data.judge_scores import recuse
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_folder, read_lines
from evaluation.execution.progress import quietly
from evaluation.metrics.base import Texts
from evaluation.metrics.maxmatch.metric import MaxMatch
from evaluation.statistics.significance import Statistic, paired_difference
from evaluation.types import Array

FOLDS = 5
GATED, UNGATED = "stack", "vote over the levels"

Outputs = Mapping[str, Sequence[Combination]]
"""The outputs of each level and of each stack, by name, for all segments."""

Recording = Mapping[int, Combination]
"""The output of a level for each ballot, by the identity of the ballot."""

Score = Callable[[Sequence[Combination]], Array]
"""Returns what each segment adds to the score, shape (m, k)."""


def main() -> None:
    """Print the table of each set; about an hour, most of it the networks of S7."""
    words = sys.argv[1:]
    for name, table in SETS.items():
        if not words or any(word in name for word in words):
            table(name)


@dataclass(frozen=True, eq=False)
class Recorded(Combiner):
    """A level that gives the `outputs` that were recorded of it, by the identity of ballots."""

    name: str
    kind: Kind
    outputs: Mapping[int, Combination]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kind of the recorded outputs."""
        return (self.kind,)

    def combinations(self, ballots: Sequence[Ballot]) -> list[Combination]:
        """Return the recorded outputs."""
        return [self.outputs[id(ballot)] for ballot in ballots]


def _design(kind: Kind, names: Sequence[str], outputs: Mapping[str, Recording], top: str) -> Stack:
    """Return the untrained stack of levels whose outputs are recorded."""
    levels = tuple(
        Level(name, name, Recorded(name, kind, outputs[name]), is_fixed=True) for name in names
    )
    return Stack(kind, levels=levels, top_name=top)


def _held_out(
    names: Sequence[str], ballots: list[Ballot], targets: Targets, seed: int
) -> Mapping[str, Recording]:
    """Return the outputs of each level, none of which learnt from labels of the segment's fold."""
    kind = ballots[0].kind
    found: dict[str, Recording] = {}
    for name in names:
        combiner = untrained(name, kind)
        if isinstance(combiner, Trainable):
            learner: Learner = partial(type(combiner).learn, seed=seed)
            made = cross_validate(ballots, targets, {name: learner}, FOLDS, seed, quietly)[name]
        else:
            made = combine_all(ballots, combiner.fit(ballots))
        found[name] = {id(ballot): output for ballot, output in zip(ballots, made, strict=True)}
    return found


def _folded(
    names: Sequence[str], tops: Sequence[str], load: Callable[[], Labelled], title: str
) -> None:
    """Print the table of a set in five folds."""
    ballots, targets = load()
    kind = ballots[0].kind
    runs = []
    for seed in SEEDS:
        recorded = _held_out(names, ballots, targets, seed)
        fold = folds_of(ballots, FOLDS, seed)
        run = {name: [recorded[name][id(ballot)] for ballot in ballots] for name in names}
        run[UNGATED] = _design(kind, names, recorded, "vote").combinations(ballots)
        for top in tops:
            made: dict[int, Combination] = {}
            for k in range(FOLDS):
                known = subset(ballots, targets, np.flatnonzero(fold != k))
                stack = _learnt(_design(kind, names, recorded, top), *known, seed)
                asked = np.flatnonzero(fold == k).tolist()
                made |= zip(asked, stack.combinations([ballots[i] for i in asked]), strict=True)
            run[_named(top)] = [made[i] for i in range(len(ballots))]
        runs.append(run)

    def score(found: Sequence[Combination]) -> Array:
        # A fused text states the final answer of its backbone, so it has the score of that.
        places = [taken(b, c).places for b, c in zip(ballots, found, strict=True)]
        return counted(places, targets)

    _publish(title, kind, runs, score, names)


def _named(top: str) -> str:
    return GATED if top == "vote" else f"{GATED}, {top} on top"


def _learnt(design: Stack, ballots: list[Ballot], targets: Targets, seed: int) -> Stack:
    stack = Stack.learn(ballots, targets, seed=seed, design=design)
    gate = f"best level {stack.levels[stack.best].name}, trust {stack.trust:.2f}"
    print(design.kind, seed, design.top_name, gate, file=sys.stderr, flush=True)
    return stack


def _shifted(names: Sequence[str], tops: Sequence[str], title: str) -> None:
    """Print the tables of CoNLL-2014, by stacks trained on BEA-dev, halves apart."""
    ballots, _ = labelled.shifted()
    known, truth = bea("S5")
    runs = []
    for seed in SEEDS:
        before, after = (
            _held_out(names, known, truth, seed),
            _trained(names, known, truth, ballots, seed),
        )
        run = {name: [after[name][id(ballot)] for ballot in ballots] for name in names}
        run[UNGATED] = _design("edits", names, after, "vote").combinations(ballots)
        for top in tops:
            stack = _learnt(_design("edits", names, before, top), known, truth, seed)
            levels = _design("edits", names, after, top).levels
            run[_named(top)] = replace(stack, levels=levels).combinations(ballots)
        runs.append(run)
    gold, metric = read_m2(data("gec", "conll14_shift", "gold.m2")), MaxMatch()
    even = np.arange(len(ballots)) % 2 == 0
    for half, inside in (("even half", even), ("odd half", ~even), ("whole", even | ~even)):
        rows = np.flatnonzero(inside).tolist()

        def score(found: Sequence[Combination], rows: Sequence[int] = rows) -> Array:
            texts = [found[i].text or "" for i in rows]
            return metric.counts(Texts(texts, gold=[gold[i] for i in rows]))

        _publish(f"{title}, {half}", "edits", runs, score, names)


def _trained(
    names: Sequence[str], known: list[Ballot], truth: Targets, asked: list[Ballot], seed: int
) -> Mapping[str, Recording]:
    """Return the outputs for `asked` of levels trained on `known`."""
    found = {}
    for name in names:
        combiner = untrained(name, "edits")
        if isinstance(combiner, Trainable):
            combiner = type(combiner).learn(known, truth, seed=seed)
        made = combine_all(asked, combiner.fit(asked))
        found[name] = {id(ballot): output for ballot, output in zip(asked, made, strict=True)}
    return found


def _publish(
    name: str, kind: Kind, runs: Sequence[Outputs], score: Score, levels: Sequence[str]
) -> None:
    statistic = YARDSTICKS[kind].statistic
    scored = {output: [score(run[output]) for run in runs] for output in runs[0]}
    sums = {output: pooled(found) for output, found in scored.items()}
    best = max(levels, key=lambda level: float(statistic(sums[level].sum(axis=0))))
    usual = USUAL[kind]
    rows = [
        {
            "set": name,
            "output": output,
            "score": figure(sums[output], statistic),
            "each seed": spread(found, statistic),
            f"against {usual}": _gain(sums, output, usual, statistic),
            "against the best level": _gain(sums, output, best, statistic),
        }
        for output, found in scored.items()
    ]
    note = f"{len(sums[best])} segments, 95% bootstrap over segments, seeds {SEEDS}."
    publish(f"python -m benchmarks.stack {name!r}", rows, f"{note} The best level is {best}.")


def _gain(sums: Mapping[str, Array], output: str, other: str, statistic: Statistic) -> str:
    if output == other:
        return ""
    return signed(paired_difference(sums[output], sums[other], statistic))


def judged_texts() -> Labelled:
    """Return language models' answers with the scores of judges, 100 where one is right."""
    segments = list(map(recuse, read_folder(data("llm", "gsm8k"), LLMS)))
    ballots = list(collect_all(segments, "texts"))
    return ballots, from_scores(ballots, answered()[1])


def judged_labels() -> Labelled:
    """Return the numbers that the answers end in, with the scores of judges."""
    folder = data("llm", "gsm8k", "labels")
    pairs = zip(read_folder(folder, LLMS), read_folder(data("llm", "gsm8k"), LLMS), strict=True)
    segments = [replace(label, scores=recuse(text).scores) for label, text in pairs]
    ballots = list(collect_all(segments, "labels"))
    return ballots, from_references(ballots, [[line] for line in read_lines(folder / "target.txt")])


EDITS = ("neural", "vote", "agreement", "mbr")

SETS: Mapping[str, Callable[[str], None]] = {
    "texts (GSM8K)": partial(_folded, ("neural", "mbr", "vote", "fuse"), ("vote",), judged_texts),
    "labels (GSM8K)": partial(
        _folded, ("neural", "vote", "agreement"), ("vote", "neural"), judged_labels
    ),
    "S7 (BEA-dev)": partial(_folded, EDITS, ("vote", "logistic"), partial(bea, "S7")),
    "S5 to CoNLL-2014": partial(_shifted, EDITS, ("vote", "logistic")),
    "S5 to CoNLL-2014, other levels": partial(
        _shifted, ("neural", "vote", "logistic"), ("vote", "logistic")
    ),
}

if __name__ == "__main__":
    main()
