"""The results of a study of trajectories, as rows of figures and in words."""

from collections.abc import Iterator

import numpy as np

from ensemble.diagnosis.trajectories.comparison import fleiss
from ensemble.diagnosis.trajectories.minimal_pairs import SCORES
from ensemble.diagnosis.trajectories.page import ModelResults, SystemResults
from ensemble.diagnosis.trajectories.rank_one import VarianceShares
from evaluation.reporting.table import Row


def models_rows(models: ModelResults) -> Iterator[Row]:
    """Yield each learner's scores, their similarity, and the shares of the variance."""
    for learner in (*models.judged, *models.references):
        n = learner.right.shape[1]
        for k, score in enumerate(SCORES):
            yield Row(
                learner.title, "learner", f"accuracy, {score}", float(learner.right[k].mean()), n=n
            )
        yield Row(learner.title, "learner", "perplexity of a word", learner.perplexity)
    if models.similarity is not None:
        yield from _similarity(models)
    yield Row("learners", "vectors", "ceiling of r, by halves", models.ceiling)
    for name, value in models.reference_r.items():
        yield Row(name, "reference", "mean r with the learners' last checkpoints", value)
    for name, shares in (
        ("all checkpoints", models.shares),
        ("last checkpoints", models.last_shares),
    ):
        if shares is not None:
            yield from _shares(name, shares)


def _similarity(models: ModelResults) -> Iterator[Row]:
    similarity = models.similarity
    assert similarity is not None
    n = len(similarity.pairs)
    for k, step in enumerate(similarity.steps):
        at = f"step {step}"
        yield Row(
            at, "pairs", "mean r of vectors at equal steps", float(similarity.r[:, k].mean()), n=n
        )
        yield Row(
            at, "pairs", "mean Cohen kappa of items", float(np.nanmean(similarity.kappa[:, k])), n=n
        )
        here = [result for path in models.paths.values() for result in path if result.step == step]
        yield Row(at, "learners", "Fleiss kappa of items", fleiss(here, models.score), n=len(here))
    yield Row(
        "matched perplexity", "pairs", "mean r of vectors", float(similarity.r_matched.mean()), n=n
    )
    yield Row("order of acquisition", "pairs", "mean Spearman", float(similarity.order.mean()), n=n)
    for pair, r, matched, rho in zip(
        similarity.pairs, similarity.last_r, similarity.r_matched, similarity.order, strict=True
    ):
        name = f"{pair[0]} : {pair[1]}"
        yield Row(name, "pair", "r at the last step in common", float(r))
        yield Row(name, "pair", "r at matched perplexity", float(matched))
        yield Row(name, "pair", "Spearman of the order of acquisition", float(rho))


def systems_rows(systems: SystemResults) -> Iterator[Row]:
    """Yield the variance shares of systems' capabilities, and the gain of choosing, by facet."""
    for facet, (capabilities, shares, gain) in systems.facets.items():
        yield from _shares(f"systems by {facet}", shares, len(capabilities.systems))
        name, n = f"systems by {facet}", int(capabilities.n.sum())
        yield Row(name, "choice", "share right, best system", gain.best, n=n)
        yield Row(name, "choice", "share right, best system for each kind", gain.by_kind, n=n)


def _shares(name: str, shares: VarianceShares, n: int | None = None) -> Iterator[Row]:
    figures = {
        "share on the first axis": shares.first,
        "share on the first axis, beyond chance": shares.beyond_chance,
        "share on the second axis": shares.second,
        "share explained by the overall score": shares.overall,
        "share that is chance": shares.chance,
        "share that is left to combine": shares.left,
        "r of the first axis and the overall score": shares.r_first,
        "standard deviation between learners": shares.spread,
    }
    for statistic, value in figures.items():
        yield Row(name, "line", statistic, value, n=n)


def verdicts(models: ModelResults | None, systems: SystemResults | None) -> Iterator[str]:
    """Yield sentences on the results."""
    if models is not None and models.similarity is not None:
        similarity = models.similarity
        yield (
            f"learners' vectors of {len(models.paradigms)} paradigms correlate with r = "
            f"{similarity.last_r.mean():.2f} at the last equal step and "
            f"{similarity.r_matched.mean():.2f} at matched perplexity (ceiling "
            f"{models.ceiling:.2f}); the order in which they learn, with rho = "
            f"{similarity.order.mean():.2f}"
        )
        best = max(models.reference_r, key=lambda name: models.reference_r[name])
        yield f"of the references, they are most like {best} (r = {models.reference_r[best]:.2f})"
    if models is not None and models.shares is not None:
        yield f"language models at all checkpoints: {_words(models.shares)}"
    if systems is not None:
        for facet, (_, shares, gains) in systems.facets.items():
            gain = gains.by_kind - gains.best
            yield (
                f"systems by {facet}: {_words(shares)}; the best for each kind gets "
                f"{gain:+.1%} more right than the best of all, on items not used to choose"
            )


def _words(shares: VarianceShares) -> str:
    return (
        f"{shares.verdict}: {shares.first:.0%} of what differs is on the first axis "
        f"({shares.beyond_chance:.0%} beyond chance); the overall score explains "
        f"{shares.overall:.0%}, chance {shares.chance:.0%}, {shares.left:.0%} is left to combine"
    )
