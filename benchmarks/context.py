"""The gain from a language model that reads contested edits, in domain and abroad, and its cost.

In domain: each fifth of BEA-dev by combiners trained on the others, scored as by `benchmarks.harm`.
Abroad: the systems of S5, trained on BEA-dev and applied to CoNLL-2014, where domain and annotators
are others; MaxMatch stands beside it, and both halves of the sentences. The design was chosen on
BEA-dev and on the even sentences. `python -m benchmarks.context NAME ...` takes other models.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import torch

from benchmarks.clock import ratio, seconds
from benchmarks.labelled import Labelled, shifted
from benchmarks.study import SEEDS, bea, figure, pooled, signed
from benchmarks.table import data, publish
from ensemble.candidates import Ballot
from ensemble.combiners.base import combine_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.context import contested, pairs_of
from ensemble.combiners.neural.evidence import gather
from ensemble.competence import Profile
from ensemble.decoding.decode import Combination
from ensemble.targets import subset
from ensemble.training.baselines import Learner
from ensemble.training.cross_validation import counts, cross_validate
from evaluation.data.m2 import read_m2
from evaluation.execution.progress import quietly
from evaluation.metrics.base import Texts
from evaluation.metrics.fscore import f_half
from evaluation.metrics.maxmatch import MaxMatch
from evaluation.models import edit_lm
from evaluation.models.causal_lm import load_language_model
from evaluation.statistics.significance import paired_difference
from evaluation.types import Array

FOLDS = 5
MODELS = ("smollm2",)
READ = 60  # segments whose reading is timed
ROUNDS = 3
_WHOLE = 10_000  # tokens after a change: all of them

Runs = Mapping[str, list[Array]]
"""The counts of each segment in each run, without the model and with it."""


def main() -> None:
    """Print the tables; an hour, most of it training."""
    models = sys.argv[1:] or list(MODELS)
    command = " ".join(["python -m benchmarks.context", *sys.argv[1:]])
    note = f"95% bootstrap over segments, {FOLDS} folds, seeds {SEEDS}."
    publish(command, [row for name in models for row in _gains(name)], note)
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as fresh:
        costs = [fresh.submit(_cost, name).result() for name in models]
    note = f"{READ} segments of S7, one core; medians and ranges of {ROUNDS} rounds."
    publish(command, costs, note)


def _gains(model: str) -> Iterator[dict[str, object]]:
    abroad = shifted()
    known = bea("S7")
    yield _row("S7, in domain", model, _in_domain(known, model), known[0])
    outputs = _abroad(bea("S5"), abroad, model)
    own = _scored(outputs, lambda found: counts(found, abroad[1]))
    gold = read_m2(data("gec", "conll14_shift", "gold.m2"))
    maxmatch = _scored(
        outputs,
        lambda found: MaxMatch().counts(Texts([one.text or "" for one in found], gold=gold)),
    )
    for score, runs in (("", own), (", MaxMatch", maxmatch)):
        for half, start, step in (("", 0, 1), (", even half", 0, 2), (", odd half", 1, 2)):
            part = {name: [run[start::step] for run in found] for name, found in runs.items()}
            yield _row(f"S5, BEA to CoNLL-2014{score}{half}", model, part, abroad[0][start::step])


def _learners(model: str, seed: int) -> dict[str, Learner]:
    return {
        "without": partial(Neural.learn, seed=seed),
        "with": partial(Neural.learn, seed=seed, context=model),
    }


def _in_domain(labelled: Labelled, model: str) -> Runs:
    outputs = [
        cross_validate(*labelled, _learners(model, seed), FOLDS, seed, quietly) for seed in SEEDS
    ]
    return _scored(outputs, lambda found: counts(found, labelled[1]))


def _abroad(
    known: Labelled, asked: Labelled, model: str
) -> list[Mapping[str, Sequence[Combination]]]:
    return [
        {
            name: combine_all(asked[0], learn(*known).fit(asked[0]))
            for name, learn in _learners(model, seed).items()
        }
        for seed in SEEDS
    ]


def _scored(
    outputs: Sequence[Mapping[str, Sequence[Combination]]],
    count: Callable[[Sequence[Combination]], Array],
) -> Runs:
    return {name: [count(run[name]) for run in outputs] for name in outputs[0]}


def _row(name: str, model: str, runs: Runs, ballots: Sequence[Ballot]) -> dict[str, object]:
    without, found = pooled(runs["without"]), pooled(runs["with"])
    each = [
        float(f_half(a.sum(axis=0)) - f_half(b.sum(axis=0)))
        for a, b in zip(runs["with"], runs["without"], strict=True)
    ]
    asked = contested(gather(ballots, Profile.of(ballots), None).prior)
    return {
        "set": name,
        "model": model,
        "without": figure(without, f_half),
        "with": figure(found, f_half),
        "gain": signed(paired_difference(found, without, f_half)),
        "each seed": ", ".join(f"{gain:+.2f}" for gain in each),
        "edits read": f"{asked.mean():.0%}",
    }


def _cost(name: str) -> dict[str, object]:
    """Return what a model costs; in a process of its own, for its peak of memory."""
    torch.set_num_threads(1)
    ballots, _ = subset(*bea("S7"), np.arange(READ))
    asked = contested(gather(ballots, Profile.of(ballots), None).prior)
    began = time.process_time()
    model = load_language_model(name)
    loaded = time.process_time() - began
    few, every = pairs_of(ballots, asked), pairs_of(ballots, np.ones_like(asked))
    edit_lm.changes(model, few[:1])  # the first call prepares
    taken, whole = [], []
    for _ in range(ROUNDS):
        taken.append(seconds(lambda: edit_lm.changes(model, few)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    window, edit_lm.WINDOW = edit_lm.WINDOW, _WHOLE
    whole = [seconds(lambda: edit_lm.changes(model, every)) for _ in range(ROUNDS)]
    edit_lm.WINDOW = window
    return {
        "model": name,
        "loading, s": f"{loaded:.1f}",
        "edits read": f"{len(few)} of {len(every)}",
        "an edit, ms": _milliseconds(taken, len(few)),
        "a segment, ms": _milliseconds(taken, READ),
        "a segment, all edits and whole sentences, ms": _milliseconds(whole, READ),
        "times as cheap": ratio(taken, whole, 1),
        "peak memory, MiB": f"{peak:,.0f}",
    }


def _milliseconds(taken: Sequence[float], number: int) -> str:
    low, middle, high = 1000 * np.quantile(taken, [0, 0.5, 1]) / number
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


if __name__ == "__main__":
    main()
