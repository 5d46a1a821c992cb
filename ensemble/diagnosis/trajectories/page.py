"""The page on trajectories: curves, matrices, the axes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.diagnosis.capabilities import Capabilities
from ensemble.diagnosis.trajectories.blimp import Paradigm
from ensemble.diagnosis.trajectories.comparing import Alike, acquired
from ensemble.diagnosis.trajectories.judging import Judged, vectors
from ensemble.diagnosis.trajectories.rank_one import Choice, Line
from evaluation.reporting.page import Section
from evaluation.statistics.correlation import pearson

_MOST_KINDS = 16
_KAPPA = "Whether they get the same pairs right (kappa)"


@dataclass(frozen=True, eq=False)
class Models:
    """Language models as they were judged, and what came of comparing them.

    `line` is of all checkpoints, `last` of the last ones; `ceiling` is the most that vectors of
    so few pairs can correlate.
    """

    paradigms: Sequence[Paradigm]
    judged: tuple[Judged, ...]
    references: tuple[Judged, ...]
    paths: Mapping[str, Sequence[Judged]]
    alike: Alike | None
    line: Line | None
    last: Line | None
    ceiling: float
    score: int

    @property
    def reference_r(self) -> dict[str, float]:
        """The mean correlation of each reference with the learners' last checkpoints."""
        last = [path[-1] for path in self.paths.values()] or list(self.judged)
        own = vectors(last, self.paradigms, self.score)
        return {
            one.name: float(np.mean(pearson(own, vectors([one], self.paradigms, self.score))))
            for one in self.references
        }

    @property
    def acquired(self) -> dict[str, list[int | None]]:
        """The step at which each learner acquires each paradigm."""
        return {name: acquired(path, self.paradigms, self.score)
                for name, path in self.paths.items()}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Systems:
    """What systems are able to do, by facet, whether that is one line, and what choosing gains."""

    facets: Mapping[str, tuple[Capabilities, Line, Choice]]


def sections(models: Models | None, systems: Systems | None) -> Iterator[Section]:
    """Yield the figures.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    if models is not None:
        if models.paths:
            yield _curves(models)
        if models.alike is not None:
            yield from _matrices(models, models.alike)
        yield _axes(models)
        yield _terms(models)
    if systems is not None:
        for facet, (found, line, _) in systems.facets.items():
            yield _profile(facet, found, line)


def _curves(found: Models) -> Section:
    from evaluation.reporting.plots import Series, curves

    path = next(iter(found.paths.values()))
    steps = [one.step or 0 for one in path]
    series = {
        name: Series([one.right[found.score].mean() for one in own])
        for name, own in found.paths.items()
        if [one.step for one in own] == steps
    }
    return Section(
        "Learning",
        ("How many pairs each gets right on the way; half is chance.",),
        curves(steps, series, "step", "share of pairs", log_x=True),
    )


def _matrices(found: Models, alike: Alike) -> Iterator[Section]:
    from evaluation.reporting.plots import heat_map

    names = list(found.paths)
    for title, values in (
        ("How alike what they are able to do is, at the last equal step", alike.last_r),
        ("How alike it is at matched perplexity", alike.r_matched),
        ("How alike the order is in which they learn", alike.order),
        *([(_KAPPA, alike.kappa[:, -1])] if alike.steps else []),
    ):
        if np.isnan(values).all():
            continue
        table = np.full((len(names), len(names)), np.nan)
        for (one, other), value in zip(alike.pairs, values, strict=True):
            i, j = names.index(one), names.index(other)
            table[i, j] = table[j, i] = value
        yield Section(title, (), heat_map(table, names, names, "r, rho or kappa"))


def _axes(found: Models) -> Section:
    from evaluation.reporting.scatter import scatter

    everyone = [*found.judged, *found.references]
    table = vectors(everyone, found.paradigms, found.score)
    own = table[: len(found.judged)]
    _, _, axes = np.linalg.svd(own - own.mean(axis=0), full_matrices=False)
    places = (table - own.mean(axis=0)) @ axes[:2].T
    words = "Each learner at each checkpoint, and the references, on the learners' two main axes."
    names = [one.title for one in everyone]
    return Section(
        "Where they are",
        (words,),
        scatter(places[:, 0], places[:, 1], names, "first axis", "second axis"),
    )


def _terms(found: Models) -> Section:
    from evaluation.reporting.plots import heat_map

    last = [path[-1] for path in found.paths.values()]
    last += [one for one in found.judged if one.step is None] + list(found.references)
    table = vectors(last, found.paradigms, found.score)
    terms = sorted({paradigm.term for paradigm in found.paradigms})
    columns = [
        table[:, [paradigm.term == term for paradigm in found.paradigms]].mean(axis=1)
        for term in terms
    ]
    drawing = heat_map(
        np.stack(columns, axis=1), [one.name for one in last], terms, "share of pairs", centre=0.5
    )
    return Section("What each is able to do in the end", (), drawing)


def _profile(facet: str, found: Capabilities, line: Line) -> Section:
    from evaluation.reporting.plots import heat_map

    share = found.share[:, :_MOST_KINDS]
    own = found.share @ (found.n / found.n.sum())
    order = np.argsort(-own)
    names = [f"{found.systems[i]} ({own[i]:.0%})" for i in order]
    slopes = (
        (own - own.mean()) @ (share - share.mean(axis=0)) / max(float(own.var()) * len(own), 1e-12)
    )
    left = 100 * (share - share.mean(axis=0) - np.outer(own - own.mean(), slopes))
    words = (
        f"Percentage points above what the overall score (in brackets) foretells. It explains "
        f"{line.overall:.0%} of all that differs; chance makes {line.chance:.0%}; "
        f"{line.left:.0%} is left to combine."
    )
    return Section(
        f"Beside being good: {facet}",
        (words,),
        heat_map(left[order], names, found.names[:_MOST_KINDS], "percentage points", centre=0.0),
    )
