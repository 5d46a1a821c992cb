"""What a study of trajectories found, as rows of figures and in words."""

from collections.abc import Iterator

import numpy as np

from ensemble.diagnosis.trajectories.comparing import fleiss
from ensemble.diagnosis.trajectories.judging import SCORES
from ensemble.diagnosis.trajectories.page import Models, Systems
from ensemble.diagnosis.trajectories.rank_one import Line
from evaluation.reporting.table import Row


def models_rows(found: Models) -> Iterator[Row]:
    """Yield how good every learner is, how alike they are, and whether all is one line."""
    for one in (*found.judged, *found.references):
        n = one.right.shape[1]
        for k, score in enumerate(SCORES):
            yield Row(one.title, "learner", f"accuracy, {score}", float(one.right[k].mean()), n=n)
        yield Row(one.title, "learner", "perplexity of a word", one.perplexity)
    if found.alike is not None:
        yield from _alike(found)
    yield Row("learners", "vectors", "ceiling of r, by halves", found.ceiling)
    for name, value in found.reference_r.items():
        yield Row(name, "reference", "mean r with the learners' last checkpoints", value)
    for name, line in (("all checkpoints", found.line), ("last checkpoints", found.last)):
        if line is not None:
            yield from _line(name, line)


def _alike(found: Models) -> Iterator[Row]:
    alike = found.alike
    assert alike is not None
    n = len(alike.pairs)
    for k, step in enumerate(alike.steps):
        at = f"step {step}"
        yield Row(at, "pairs", "mean r of vectors at equal steps", float(alike.r[:, k].mean()), n=n)
        yield Row(
            at, "pairs", "mean Cohen kappa of items", float(np.nanmean(alike.kappa[:, k])), n=n
        )
        here = [one for path in found.paths.values() for one in path if one.step == step]
        yield Row(at, "learners", "Fleiss kappa of items", fleiss(here, found.score), n=len(here))
    yield Row(
        "matched perplexity", "pairs", "mean r of vectors", float(alike.r_matched.mean()), n=n
    )
    yield Row("order of acquisition", "pairs", "mean Spearman", float(alike.order.mean()), n=n)
    for pair, r, matched, rho in zip(
        alike.pairs, alike.last_r, alike.r_matched, alike.order, strict=True
    ):
        name = f"{pair[0]} : {pair[1]}"
        yield Row(name, "pair", "r at the last step in common", float(r))
        yield Row(name, "pair", "r at matched perplexity", float(matched))
        yield Row(name, "pair", "Spearman of the order of acquisition", float(rho))


def systems_rows(found: Systems) -> Iterator[Row]:
    """Yield how much of what systems are able to do is how good they are, by facet."""
    for facet, (capabilities, line, choice) in found.facets.items():
        yield from _line(f"systems by {facet}", line, len(capabilities.systems))
        name, n = f"systems by {facet}", int(capabilities.n.sum())
        yield Row(name, "choice", "share right, best system", choice.best, n=n)
        yield Row(name, "choice", "share right, best system for each kind", choice.by_kind, n=n)


def _line(name: str, line: Line, n: int | None = None) -> Iterator[Row]:
    figures = {
        "share on the first axis": line.first,
        "share on the first axis, of what is not chance": line.beyond_chance,
        "share on the second axis": line.second,
        "share explained by the overall score": line.overall,
        "share that is chance": line.chance,
        "share that is left to combine": line.left,
        "r of the first axis and the overall score": line.r_first,
        "standard deviation between learners": line.spread,
    }
    for statistic, value in figures.items():
        yield Row(name, "line", statistic, value, n=n)


def verdicts(models: Models | None, systems: Systems | None) -> Iterator[str]:
    """Yield in words what was found."""
    if models is not None and models.alike is not None:
        alike = models.alike
        yield (
            f"learners' vectors of {len(models.paradigms)} paradigms correlate with r = "
            f"{alike.last_r.mean():.2f} at the last equal step and "
            f"{alike.r_matched.mean():.2f} at matched perplexity (ceiling {models.ceiling:.2f}); "
            f"the order in which they learn, with rho = {alike.order.mean():.2f}"
        )
        best = max(models.reference_r, key=lambda name: models.reference_r[name])
        yield f"of the references, they are most like {best} (r = {models.reference_r[best]:.2f})"
    if models is not None and models.line is not None:
        yield f"language models at all checkpoints: {_words(models.line)}"
    if systems is not None:
        for facet, (_, line, choice) in systems.facets.items():
            gain = choice.by_kind - choice.best
            yield (
                f"systems by {facet}: {_words(line)}; the best for each kind gets {gain:+.1%} more "
                "right than the best of all, on items not chosen by"
            )


def _words(line: Line) -> str:
    return (
        f"{line.verdict}: {line.first:.0%} of what differs is on the first axis "
        f"({line.beyond_chance:.0%} of what is not chance); the overall score explains "
        f"{line.overall:.0%}, chance {line.chance:.0%}, {line.left:.0%} is left to combine"
    )
