"""Scores of metrics and of people of the same texts, checked, and reduced to what all have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from evaluation.data.judgements import mean_of_raters
from evaluation.data.preferences import Preferences
from evaluation.meta_evaluation.unmatched import Matching, unmatched
from evaluation.statistics.correlation import system_scores
from evaluation.types import Array, Booleans, Integers

_COVERAGE = 0.5
"""Metrics that score a smaller share of the judged texts are dropped, as all metrics are compared
on the texts that every metric scores."""


@dataclass(frozen=True)
class HumanScores:
    """Human judgements of `systems`: of each segment by each rater, or one score a system.

    `values` has the shape (raters, systems, segments), NaN where a judgement is missing. Where
    only systems were judged (by rankings), it is None and `by_system`, shape (systems,), is given;
    `preferences` then has the pairs of outputs that were compared, if their texts are known.
    `segments` and `raters` have their names, or are empty if they are numbered from 1. `matching`
    says which judgements and outputs had no partner, where they came from files of their own.
    """

    systems: tuple[str, ...]
    values: Array | None = None
    by_system: Array | None = None
    segments: tuple[str, ...] = ()
    matching: Matching | None = None
    raters: tuple[str, ...] = ()
    preferences: Preferences | None = None

    def negated(self) -> "HumanScores":
        """Return the scores with the opposite sign: of judgements of which lower is better."""
        values, by_system = (None if x is None else -x for x in (self.values, self.by_system))
        preferences = self.preferences and self.preferences.negated()
        return replace(self, values=values, by_system=by_system, preferences=preferences)

    @property
    def mean(self) -> Array:
        """The mean over raters, shape (systems, segments); scores of systems are one segment."""
        if self.values is None:
            return np.asarray(self.by_system, dtype=np.float64)[:, None]
        return mean_of_raters(self.values)


@dataclass(frozen=True)
class MetricScores:
    """A metric's scores of segments, shape (systems, segments), and of corpora, (systems,).

    Where `corpus` is given, it is the metric's score of a system; otherwise the mean is.
    `aggregation` says which score `corpus` is: `corpus` or `trueskill`.
    """

    segments: ArrayLike
    corpus: ArrayLike | None = None
    aggregation: str = "corpus"

    def of(self, systems: Integers) -> "MetricScores":
        """Return the scores of the systems at the given indices."""
        corpus = None if self.corpus is None else np.asarray(self.corpus)[systems]
        return MetricScores(np.asarray(self.segments)[systems], corpus, self.aggregation)


@dataclass(frozen=True)
class AlignedScores:
    """Scores of metrics and people of the same texts: NaN where one has none.

    `metrics` has the shape (metrics, systems, segments); `corpora` has each metric's scores of
    corpora, shape (systems,), or None; `human` are the judgements, shape (systems, segments).
    Unless `segments_judged`, there is one segment, which stands for a system.
    """

    names: tuple[str, ...]
    metrics: Array
    corpora: Sequence[Array | None]
    human: Array
    segments_judged: bool

    @property
    def common(self) -> "AlignedScores":
        """The scores of the texts that people judged and all metrics score; NaN elsewhere.

        Each metric's figures are on the texts that it scores, and tests of two metrics on these.
        """
        if self.metrics.shape[1:] != self.human.shape:
            return self  # only systems were judged
        unscored = np.isnan(self.metrics) & ~np.isnan(self.human)
        if not unscored.any():
            return self
        present = ~(np.isnan(self.human) | unscored.any(axis=0))
        metrics, human = (np.where(present, x, np.nan) for x in (self.metrics, self.human))
        return replace(self, metrics=metrics, human=human)

    def alone(self, metric: int) -> "AlignedScores":
        """Return the scores with only the metric at an index."""
        metrics, corpora = self.metrics[[metric]], [self.corpora[metric]]
        return replace(self, names=(self.names[metric],), metrics=metrics, corpora=corpora)

    @property
    def human_by_system(self) -> Array:
        """The human scores of systems, shape (systems,)."""
        return system_scores(self.human)

    @property
    def by_system(self) -> Array:
        """The metrics' scores of systems, shape (metrics, systems): of corpora where given."""
        means = system_scores(self.metrics)
        scores = [
            mean if corpus is None else corpus
            for mean, corpus in zip(means, self.corpora, strict=True)
        ]
        return np.stack(scores)

    @property
    def means_only(self) -> bool:
        """Whether every score of a system is a mean over segments."""
        return self.segments_judged and all(corpus is None for corpus in self.corpora)

    def of_systems(self) -> "AlignedScores":
        """Return the scores of systems as if each system had one segment."""
        no_corpora = [None] * len(self.names)
        metrics, human = self.by_system[:, :, None], self.human_by_system[:, None]
        return AlignedScores(self.names, metrics, no_corpora, human, False)


def align(
    scores: Mapping[str, MetricScores], human: HumanScores
) -> tuple[AlignedScores, list[str]]:
    """Return the scores of the judged texts, and notes on omissions and undefined values.

    Raises:
        ValueError: no metric is given, shapes differ, a score is infinite, or no metric scores
            half of the judged texts.
    """
    mean = human.mean
    checked = {name: _checked(name, metric, human) for name, metric in scores.items()}
    if not checked:
        raise ValueError("no metric to compare with the judgements")
    covering, notes = _covering(checked, mean)
    aligned = AlignedScores(
        tuple(covering), *_judged(list(covering.values()), mean), human.values is not None
    )
    notes += _aggregations({name: scores[name] for name in covering})
    notes += _without_partner(covering, mean, human)
    return aligned, [*notes, *_undefined(aligned)]


def _aggregations(scores: Mapping[str, MetricScores]) -> list[str]:
    """Return a note on the metrics whose score of a system is not the mean of segments."""
    words = {"corpus": "the corpus score", "trueskill": "TrueSkill"}
    named: dict[str, list[str]] = {}
    for name, metric in scores.items():
        if metric.corpus is not None:
            named.setdefault(words[metric.aggregation], []).append(name)
    listed = [f"{what} by {', '.join(names)}" for what, names in named.items()]
    return [f"a system's score is {', '.join(listed)}, else the mean"] if listed else []


def _checked(name: str, scores: MetricScores, human: HumanScores) -> tuple[Array, Array | None]:
    values = np.asarray(scores.segments, dtype=np.float64)
    wanted = human.values.shape[1:] if human.values is not None else None
    if values.ndim != 2 or len(values) != len(human.systems) or wanted not in (None, values.shape):
        judged = wanted or f"({len(human.systems)}, any)"
        raise ValueError(f"{name}: scores of shape {values.shape} for judgements of {judged}")
    corpus = None if scores.corpus is None else np.asarray(scores.corpus, dtype=np.float64)
    if corpus is not None and corpus.shape != (len(human.systems),):
        raise ValueError(f"{name}: {corpus.shape} corpus scores of {len(human.systems)} systems")
    if np.isinf(values).any() or (corpus is not None and np.isinf(corpus).any()):
        raise ValueError(f"{name}: a score is infinite; a missing score is NaN")
    return values, corpus


def _covering(
    scores: Mapping[str, tuple[Array, Array | None]], mean: Array
) -> tuple[dict[str, tuple[Array, Array | None]], list[str]]:
    """Return the metrics that score enough of the judged texts, and a note on each other one."""
    judged = ~np.isnan(mean)
    covering, notes = {}, []
    for name, (values, corpus) in scores.items():
        share = (~np.isnan(values) & judged).sum() / max(int(judged.sum()), 1)
        # Where only systems were judged, any number of segments will do.
        if judged.any() and values.shape == mean.shape and share < _COVERAGE:
            scored = "has no score" if share == 0 else f"has scores on {share:.0%} only"
            notes.append(f"{name} is left out: it {scored} of what people judged")
        else:
            covering[name] = values, corpus
    if not covering:
        raise ValueError(f"no metric scores half of what people judged: {'; '.join(notes)}")
    return covering, notes


def _judged(
    scores: Sequence[tuple[Array, Array | None]], mean: Array
) -> tuple[Array, list[Array | None], Array]:
    """Return all metrics' scores, NaN where people did not judge, and the judgements.

    A judgement of a text that no metric scores is NaN.
    """
    stacked = np.stack([values for values, _ in scores])
    corpora = [corpus for _, corpus in scores]
    if stacked.shape[1:] != mean.shape:
        return stacked, corpora, mean
    scored = ~np.isnan(stacked).all(axis=0)
    return (
        np.where(np.isnan(mean), np.nan, stacked),
        corpora,
        np.where(scored, mean, np.nan),
    )


def _without_partner(
    scores: Mapping[str, tuple[Array, Array | None]], mean: Array, human: HumanScores
) -> list[str]:
    """Return notes on judgements without a metric's score, and on scores without a judgement."""
    if human.values is None:
        return []
    judged = ~np.isnan(mean)
    scored = {name: ~np.isnan(values) for name, (values, _) in scores.items()}
    names: dict[bytes, list[str]] = {}
    for name, known in scored.items():
        names.setdefault((judged & ~known).tobytes(), []).append(name)
    notes = []
    for alike in names.values():
        lacking = judged & ~scored[alike[0]]
        subject = f"judged outputs are without a score by {', '.join(alike)}"
        notes += _counted(lacking, judged, subject, human)
    common = judged & np.all(list(scored.values()), axis=0)
    if len(scored) > 1 and len(names) > 1:
        n = int(common.sum())
        notes.append(f"metrics are ranked and tested on the {n} outputs that all of them score")
    known = np.any(list(scored.values()), axis=0)
    return notes + _counted(known & ~judged, known, "scored outputs have no judgement", human)


def _counted(cells: Booleans, of: Booleans, fault: str, human: HumanScores) -> list[str]:
    """Return a note that counts `cells`, with examples, if there are any."""
    if not cells.any():
        return []
    segments = human.segments or tuple(map(str, range(1, cells.shape[1] + 1)))
    places = [(human.systems[row], segments[i]) for i, row in np.argwhere(cells.T)]
    return [unmatched(places, int(of.sum())).note(fault)]


def _undefined(aligned: AlignedScores) -> list[str]:
    """Return notes on the figures that these scores do not define."""
    notes = []
    judged = aligned.common.human[~np.isnan(aligned.common.human)]
    if judged.size == 0:
        notes.append("nothing was both judged and scored by all metrics")
    elif np.ptp(judged) == 0:
        notes.append("all judgements are the same: no agreement with them is defined")
    notes += [
        f"{name} scores all alike: its agreement with people is undefined"
        for name, values in zip(aligned.names, aligned.metrics, strict=True)
        if (known := values[~np.isnan(values)]).size and np.ptp(known) == 0
    ]
    systems = int((~np.isnan(aligned.human_by_system)).sum())
    if systems == 2:
        notes.append("between two systems every correlation is 1 or -1")
    if systems < 2:
        notes.append("fewer than two systems were judged: the system level is undefined")
    return notes
