"""The page on trajectories: learning curves, similarities, principal axes, profiles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.diagnosis.capabilities import Capabilities
from ensemble.diagnosis.trajectories.blimp import Paradigm
from ensemble.diagnosis.trajectories.comparison import Similarity, acquired
from ensemble.diagnosis.trajectories.minimal_pairs import PairResults, vectors
from ensemble.diagnosis.trajectories.rank_one import SelectionGain, VarianceShares
from evaluation.reporting.page import Section
from evaluation.statistics.correlation import pearson

_MOST_KINDS = 16
_KAPPA = "Agreement on the pairs they get right (kappa)"


@dataclass(frozen=True, eq=False)
class ModelResults:
    """Results of language models on minimal pairs, and of comparing them.

    `shares` are over all checkpoints, `last_shares` over the last ones; `ceiling` is the highest
    correlation to expect between vectors of this few pairs.
    """

    paradigms: Sequence[Paradigm]
    judged: tuple[PairResults, ...]
    references: tuple[PairResults, ...]
    paths: Mapping[str, Sequence[PairResults]]
    similarity: Similarity | None
    shares: VarianceShares | None
    last_shares: VarianceShares | None
    ceiling: float
    score: int

    @property
    def reference_r(self) -> dict[str, float]:
        """The mean correlation of each reference with the learners' last checkpoints."""
        last = [path[-1] for path in self.paths.values()] or list(self.judged)
        table = vectors(last, self.paradigms, self.score)
        return {
            learner.name: float(
                np.mean(pearson(table, vectors([learner], self.paradigms, self.score)))
            )
            for learner in self.references
        }

    @property
    def acquired(self) -> dict[str, list[int | None]]:
        """The step at which each learner acquires each paradigm."""
        return {
            name: acquired(path, self.paradigms, self.score) for name, path in self.paths.items()
        }


@dataclass(frozen=True, eq=False)
class SystemResults:
    """Capabilities of systems by facet, with their variance shares and the gain of choosing."""

    facets: Mapping[str, tuple[Capabilities, VarianceShares, SelectionGain]]


def sections(models: ModelResults | None, systems: SystemResults | None) -> Iterator[Section]:
    """Yield the figures.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    if models is not None:
        if models.paths:
            yield _curves(models)
        if models.similarity is not None:
            yield from _matrices(models, models.similarity)
        yield _axes(models)
        yield _terms(models)
    if systems is not None:
        for facet, (capabilities, shares, _) in systems.facets.items():
            yield _profile(facet, capabilities, shares)


def _curves(models: ModelResults) -> Section:
    from evaluation.reporting.plots import Series, curves

    path = next(iter(models.paths.values()))
    steps = [result.step or 0 for result in path]
    series = {
        name: Series([result.right[models.score].mean() for result in results])
        for name, results in models.paths.items()
        if [result.step for result in results] == steps
    }
    return Section(
        "Learning",
        ("The share of pairs that each gets right during training; half is chance.",),
        curves(steps, series, "step", "share of pairs", log_x=True),
    )


def _matrices(models: ModelResults, similarity: Similarity) -> Iterator[Section]:
    from evaluation.reporting.plots import heat_map

    names = list(models.paths)
    for title, values in (
        ("Similarity of abilities at the last common step", similarity.last_r),
        ("Similarity of abilities at matched perplexity", similarity.r_matched),
        ("Similarity of the order of learning", similarity.order),
        *([(_KAPPA, similarity.kappa[:, -1])] if similarity.steps else []),
    ):
        if np.isnan(values).all():
            continue
        table = np.full((len(names), len(names)), np.nan)
        for (first, second), value in zip(similarity.pairs, values, strict=True):
            i, j = names.index(first), names.index(second)
            table[i, j] = table[j, i] = value
        yield Section(title, (), heat_map(table, names, names, "r, rho or kappa"))


def _axes(models: ModelResults) -> Section:
    from evaluation.reporting.plots import scatter

    everyone = [*models.judged, *models.references]
    table = vectors(everyone, models.paradigms, models.score)
    of_learners = table[: len(models.judged)]
    _, _, axes = np.linalg.svd(of_learners - of_learners.mean(axis=0), full_matrices=False)
    places = (table - of_learners.mean(axis=0)) @ axes[:2].T
    words = "Each learner at each checkpoint, and the references, on the learners' two main axes."
    names = [learner.title for learner in everyone]
    return Section(
        "The learners on their main axes",
        (words,),
        scatter(places[:, 0], places[:, 1], names, "first axis", "second axis"),
    )


def _terms(models: ModelResults) -> Section:
    from evaluation.reporting.plots import heat_map

    last = [path[-1] for path in models.paths.values()]
    last += [learner for learner in models.judged if learner.step is None] + list(models.references)
    table = vectors(last, models.paradigms, models.score)
    terms = sorted({paradigm.term for paradigm in models.paradigms})
    columns = [
        table[:, [paradigm.term == term for paradigm in models.paradigms]].mean(axis=1)
        for term in terms
    ]
    drawing = heat_map(
        np.stack(columns, axis=1),
        [learner.name for learner in last],
        terms,
        "share of pairs",
        centre=0.5,
    )
    return Section("Abilities at the end of training", (), drawing)


def _profile(facet: str, capabilities: Capabilities, shares: VarianceShares) -> Section:
    from evaluation.reporting.plots import heat_map

    share = capabilities.share[:, :_MOST_KINDS]
    overall = capabilities.share @ (capabilities.n / capabilities.n.sum())
    order = np.argsort(-overall)
    names = [f"{capabilities.systems[i]} ({overall[i]:.0%})" for i in order]
    slopes = (
        (overall - overall.mean())
        @ (share - share.mean(axis=0))
        / max(float(overall.var()) * len(overall), 1e-12)
    )
    residual = 100 * (share - share.mean(axis=0) - np.outer(overall - overall.mean(), slopes))
    words = (
        f"Percentage points above the prediction from the overall score (in brackets). It explains "
        f"{shares.overall:.0%} of the variance; chance makes {shares.chance:.0%}; "
        f"{shares.left:.0%} is left to combine."
    )
    return Section(
        f"Beyond the overall score: {facet}",
        (words,),
        heat_map(
            residual[order],
            names,
            capabilities.names[:_MOST_KINDS],
            "percentage points",
            centre=0.0,
        ),
    )
