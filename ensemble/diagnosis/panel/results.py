"""The counts and the cost of each way to answer, and of the best single model.

Which model is best is chosen for each part of the prompts on the others: chosen on the prompts that
it is scored on, it would seem better than it is (Cawley & Talbot 2010), and the panel worse. The
choice is made anew in every resample, as chance decides it too: with the choice taken as given,
intervals are too narrow where models are nearly equal.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ensemble.diagnosis.panel.answers import Answers
from ensemble.diagnosis.panel.config import Plan
from ensemble.diagnosis.panel.measures import Measure
from ensemble.diagnosis.panel.ways import Combining, Level, Way
from ensemble.targets.targets import folds_of
from ensemble.types import Array, Integers
from evaluation.statistics.significance import RESAMPLES, SEED, Statistic, resampled_sums

BEST = "best single model"


class Setting(NamedTuple):
    """The judges that may be asked, and the measure of the outputs."""

    judges: tuple[str, ...]
    measure: Measure


@dataclass(frozen=True, eq=False)
class Result:
    """The counts (m, k) of a way to answer, and its cost (m, 4), each a row for a prompt.

    `resampled` (resamples, k) are the sums of the counts over resamples of the prompts.
    """

    name: str
    level: Level
    counts: Array
    cost: Array
    resampled: Array


def result_of(way: Way, settings: Sequence[Setting], combining: Combining) -> Result:
    """Return the counts and the cost of `way`, means over its parts and over `settings`."""
    counts, costs = [], []
    for part in way.parts:
        for judges, measure in settings:
            outcome = combining.outcome(way, part, judges)
            counts.append(measure.count(outcome.ballots, outcome.outputs))
            costs.append(outcome.cost)
    mean_counts, mean_costs = np.mean(counts, axis=0), np.mean(costs, axis=0)
    return Result(way.name, way.level, mean_counts, mean_costs, _resampled(mean_counts))


def best_single(
    singles: Sequence[Result], answers: Answers, statistic: Statistic, plan: Plan
) -> tuple[Result, Counter[str]]:
    """Return the result of the best model, chosen on other prompts, and how often each was."""
    counts = np.array([result.counts for result in singles])
    costs = np.array([result.cost for result in singles])
    rows, drawn, times = np.arange(counts.shape[1]), [], Counter[str]()
    for fold in _folds(answers, plan):
        chosen = _choice(_by_fold(counts, fold).sum(axis=0)[None], statistic)[0, fold]
        times.update(singles[i].name for i in chosen.tolist())
        drawn.append((counts[chosen, rows], costs[chosen, rows], _again(counts, fold, statistic)))
    means = [np.mean(arrays, axis=0) for arrays in zip(*drawn, strict=True)]
    return Result(BEST, "single", *means), times


def _folds(answers: Answers, plan: Plan) -> Iterator[Integers]:
    """Yield draws of the part of each prompt, (m,), from 0; prompts of one source share theirs."""
    sources = [s.source or f"\0{i}" for i, s in enumerate(answers.segments)]
    folds = min(plan.folds, len(set(sources)))
    for draw in range(plan.seeds):
        # The sources are the groups: of these, none is divided.
        yield folds_of((), folds, plan.seed + draw, sources)


def _by_fold(counts: Array, fold: Integers) -> Array:
    """Return the counts of s models, (s, m, k), in the column of their fold, (m, s, folds, k)."""
    apart = np.eye(int(fold.max()) + 1)[fold]
    return np.asarray(np.einsum("smk,mf->msfk", counts, apart))


def _choice(sums: Array, statistic: Statistic) -> Integers:
    """Return which model is best outside each fold, (r, folds), by sums of shape (r, s, folds, k).

    Of equals it is the first.
    """
    others = sums.sum(axis=2, keepdims=True) - sums
    # Rounded, so that the order of additions does not settle a tie.
    return np.asarray(np.argmax(np.round(statistic(others), 9), axis=1))


def _again(counts: Array, fold: Integers, statistic: Statistic) -> Array:
    """Return the sums of the best model, chosen anew in each resample, (resamples, k)."""
    by_fold = _by_fold(counts, fold)
    flat = by_fold.reshape(len(fold), -1)
    sums = _resampled(flat).reshape(RESAMPLES, *by_fold.shape[1:])
    choice = _choice(sums, statistic)[:, None, :, None]
    return np.asarray(np.take_along_axis(sums, choice, axis=1)[:, 0].sum(axis=1))


def _resampled(counts: Array) -> Array:
    """Return the sums of `counts`, (m, k), over the same resamples for all, (resamples, k)."""
    return np.concatenate(list(resampled_sums(counts, RESAMPLES, SEED)))
