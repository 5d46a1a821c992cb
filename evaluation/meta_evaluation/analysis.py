"""One question answered: of some metrics, which agrees best with one kind of judgement?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.data.judgements import mean_of_raters
from evaluation.meta_evaluation.aligned_scores import Sides
from evaluation.meta_evaluation.correlations import (
    Comparison,
    segment_comparison,
    system_comparison,
)
from evaluation.meta_evaluation.plan import COEFFICIENTS, Level, Plan
from evaluation.meta_evaluation.verdict import conclusion, permutations_note, power_note, verdict
from evaluation.reporting.table import Row
from evaluation.statistics.rater_agreement import Ceiling, ceiling
from evaluation.types import Array, Integers

_COVERAGE = 0.5
"""A metric that scores less of what people judged is left out, lest it cut the others' data."""


@dataclass(frozen=True)
class Human:
    """What people said of `systems`: each segment by each rater, or a score a system.

    `values` has the shape (raters, systems, segments), NaN where nobody judged; where only
    systems were judged (by rankings), it is None and `standing`, shape (systems,), is given.
    """

    systems: tuple[str, ...]
    values: Array | None = None
    standing: Array | None = None

    @property
    def mean(self) -> Array:
        """The raters' mean, shape (systems, segments); standings are one segment."""
        if self.values is None:
            return np.asarray(self.standing, dtype=np.float64)[:, None]
        return mean_of_raters(self.values)


@dataclass(frozen=True)
class Scores:
    """A metric's scores: of segments, shape (systems, segments), and of corpora, (systems,).

    Where `corpus` is given, it is what the metric says of systems; else the mean is.
    """

    segments: ArrayLike
    corpus: ArrayLike | None = None

    def of(self, systems: Integers) -> "Scores":
        """Return the scores of the systems at some places."""
        corpus = None if self.corpus is None else np.asarray(self.corpus)[systems]
        return Scores(np.asarray(self.segments)[systems], corpus)


@dataclass(frozen=True)
class Finding:
    """What was found for one group of segments and one dimension of judgements.

    `comparisons` holds, by level, the ranking of the metrics, its p-values and clusters;
    `scores` each metric's scores of systems and `standing` people's, shape (systems,);
    `decisive` is the comparison that `conclusion`, what to use, follows from; `verdict` is the
    same with figures, and `notes` are what to know beside it.
    """

    group: str
    dimension: str
    systems: tuple[str, ...]
    rows: tuple[Row, ...]
    comparisons: Mapping[Level, Comparison]
    scores: Mapping[str, Array]
    standing: Array
    decisive: Comparison
    conclusion: str
    verdict: str
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the question was."""
        return f"{self.dimension}, {self.group}" if self.group else self.dimension


def find(
    scores: Mapping[str, Scores],
    human: Human,
    plan: Plan,
    group: str = "",
    dimension: str = "quality",
    prefer: Level | None = None,
) -> Finding:
    """Hold metrics against people.

    Args:
        scores: by metric.
        human: the judgements of the same systems and segments.
        plan: what is computed.
        group: which segments these are.
        dimension: what was judged.
        prefer: the level that decides; by default that of segments where those were judged.

    Raises:
        ValueError: there is no metric, shapes differ, or a score is infinite.
    """
    mean = human.mean
    checked = {name: _checked(name, one, human) for name, one in scores.items()}
    if not checked:
        raise ValueError("no metric to hold against people")
    kept, notes = _covering(checked, mean)
    sides = Sides(tuple(kept), *_common(list(kept.values()), mean), human.values is not None)
    comparisons: dict[Level, Comparison] = {}
    rows: list[Row] = []
    if human.values is not None:
        comparisons["segment"], found = segment_comparison(sides, plan)
        rows += found
    comparisons["system"], found = system_comparison(sides, plan)
    rows += [*found, *_ceiling_rows(human, plan)]
    if corpora := [name for name, (_, corpus) in kept.items() if corpus is not None]:
        notes.append(f"a system's score is the corpus score by {', '.join(corpora)}, else the mean")
    notes += [*_undefined(sides), *power_note(sides)]
    notes += permutations_note(len(sides.names), plan.permutations, plan.level)
    decisive = comparisons[prefer if prefer in comparisons else next(iter(comparisons))]
    return Finding(
        group,
        dimension,
        human.systems,
        tuple(rows),
        comparisons,
        dict(zip(sides.names, sides.by_system, strict=True)),
        sides.standing,
        decisive,
        conclusion(decisive, plan.level),
        verdict(decisive, plan.level),
        tuple(notes),
    )


def _checked(name: str, scores: Scores, human: Human) -> tuple[Array, Array | None]:
    values = np.asarray(scores.segments, dtype=np.float64)
    wanted = human.values.shape[1:] if human.values is not None else None
    if values.ndim != 2 or len(values) != len(human.systems) or wanted not in (None, values.shape):
        judged = wanted or f"({len(human.systems)}, any)"
        raise ValueError(f"{name}: scores of shape {values.shape} for judgements of {judged}")
    corpus = None if scores.corpus is None else np.asarray(scores.corpus, dtype=np.float64)
    if corpus is not None and corpus.shape != (len(human.systems),):
        raise ValueError(f"{name}: {corpus.shape} corpus scores of {len(human.systems)} systems")
    if np.isinf(values).any() or (corpus is not None and np.isinf(corpus).any()):
        raise ValueError(f"{name}: a score is infinite; NaN is for missing ones")
    return values, corpus


def _covering(
    scores: Mapping[str, tuple[Array, Array | None]], mean: Array
) -> tuple[dict[str, tuple[Array, Array | None]], list[str]]:
    """Return the metrics that score enough of what was judged, and a note on each other."""
    judged = ~np.isnan(mean)
    kept, notes = {}, []
    for name, (values, corpus) in scores.items():
        share = (~np.isnan(values) & judged).sum() / max(int(judged.sum()), 1)
        if judged.any() and values.shape == mean.shape and share < _COVERAGE:
            what = "has no score" if share == 0 else f"has scores on {share:.0%} only"
            notes.append(f"{name} is left out: it {what} of what people judged")
        else:
            kept[name] = values, corpus
    if not kept:
        raise ValueError(f"no metric scores half of what people judged: {'; '.join(notes)}")
    return kept, notes


def _common(
    scores: Sequence[tuple[Array, Array | None]], mean: Array
) -> tuple[Array, list[Array | None], Array]:
    """Return all metrics' scores and the judgements, NaN where any of them is missing."""
    stacked = np.stack([values for values, _ in scores])
    corpora = [corpus for _, corpus in scores]
    if stacked.shape[1:] != mean.shape:
        return stacked, corpora, mean
    present = ~(np.isnan(stacked).any(axis=0) | np.isnan(mean))
    return np.where(present, stacked, np.nan), corpora, np.where(present, mean, np.nan)


def _ceiling_rows(human: Human, plan: Plan) -> list[Row]:
    """Return what the raters' agreement leaves to reach, if there are several."""
    if human.values is None or len(human.values) < 2:
        return []
    found: Ceiling = ceiling(
        human.values.reshape(len(human.values), -1), COEFFICIENTS[plan.segment]
    )
    level = "raters"
    return [
        Row("a rater in a metric's place", level, plan.segment, found.left_out, n=found.raters),
        Row("the raters' mean", level, "reliability", found.reliability, n=found.raters),
        Row("the most any metric can reach", level, "root of the reliability", found.root),
    ]


def _undefined(sides: Sides) -> list[str]:
    notes = []
    judged = sides.human[~np.isnan(sides.human)]
    if judged.size == 0:
        notes.append("nothing was both judged and scored by all metrics")
    elif np.ptp(judged) == 0:
        notes.append("all judgements are the same: no agreement with them is defined")
    notes += [
        f"{name} scores all alike: its agreement with people is undefined"
        for name, values in zip(sides.names, sides.metrics, strict=True)
        if (known := values[~np.isnan(values)]).size and np.ptp(known) == 0
    ]
    systems = int((~np.isnan(sides.standing)).sum())
    if systems == 2:
        notes.append("between two systems every correlation is 1 or -1")
    if systems < 2:
        notes.append("fewer than two systems were judged: the system level is undefined")
    return notes
