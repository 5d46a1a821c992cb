"""Metrics by name: those of this package, those that others offer, and those that were trained."""

from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from pathlib import Path
from typing import cast

from evaluation.metrics.base import Metric
from evaluation.metrics.learned.artefact import read

GROUP = "consort.metrics"
"""The entry points by which a package offers metrics: name to a callable that takes nothing.

One that can use several models takes the name of one, and has a default.
"""

_OURS = {
    "accuracy": "evaluation.metrics.accuracy:Accuracy",
    "edits": "evaluation.metrics.correction:EditsF",
    "maxmatch": "evaluation.metrics.maxmatch:MaxMatch",
    "chrf": "evaluation.metrics.overlap:chrf",
    "chrf++": "evaluation.metrics.overlap:chrf_plus_plus",
    "bleu": "evaluation.metrics.overlap:bleu",
    "chrf-source": "evaluation.metrics.overlap:chrf_source",
    "chrf++-source": "evaluation.metrics.overlap:chrf_plus_plus_source",
    "bleu-source": "evaluation.metrics.overlap:bleu_source",
    "ter": "evaluation.metrics.ter:ter",
    "ter-source": "evaluation.metrics.ter:ter_source",
    "cosine-source": "evaluation.metrics.preservation:cosine_source",
    "bertscore": "evaluation.metrics.preservation:bertscore",
    "bertscore-source": "evaluation.metrics.preservation:bertscore_source",
    "fluency": "evaluation.metrics.fluency:fluency",
    "fluency-total": "evaluation.metrics.fluency:fluency_total",
    "gleu": "evaluation.metrics.gleu:Gleu",
    "ibleu": "evaluation.metrics.ibleu:IBleu",
    "sari": "evaluation.metrics.sari:sari_metric",
    "max-sari": "evaluation.metrics.sari:max_sari",
    "levenshtein": "evaluation.metrics.distance:levenshtein",
    "levenshtein-source": "evaluation.metrics.distance:levenshtein_source",
}


def load_metric(name: str, model: str | None = None) -> Metric:
    """Return the metric called `name`, of this package or of one that offers it.

    Only the module that holds it is imported.

    Args:
        name: one of `metric_names`, or what a rating was called when it was trained.
        model: the folder of that rating; or, for a metric that asks a model, which.

    Raises:
        ValueError: there is none of that name, or it takes no model.
        DataError: the rating cannot be read.
    """
    if model is not None and Path(model, "manifest.json").is_file():
        return _rating(name, Path(model))
    offers = _offers()
    if name not in offers:
        known = f"no metric {name!r}; available: {', '.join(offers)}"
        raise ValueError(f"{known}; one that was trained needs the --model it is in")
    build = offers[name].load()
    if model is None:
        return cast(Metric, build())
    if not signature(build).parameters:
        raise ValueError(f"{name} takes no model")
    return cast(Metric, build(model))


def _rating(name: str, folder: Path) -> Metric:
    rating = read(folder)
    if rating.name != name:
        raise ValueError(f"{folder} rates {rating.name}, not {name}")
    return rating


def metric_names() -> list[str]:
    """Return the names `load_metric` knows."""
    return list(_offers())


def _offers() -> dict[str, EntryPoint]:
    offers = {name: EntryPoint(name, value, GROUP) for name, value in _OURS.items()}
    return {offer.name: offer for offer in entry_points(group=GROUP)} | offers
