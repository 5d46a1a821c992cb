"""Metrics asked about a benchmark's texts: once for each system and group of segments."""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.meta_evaluation.analysis import Scores
from evaluation.meta_evaluation.config import MetricChoice
from evaluation.meta_evaluation.dataset import Material
from evaluation.metrics.base import Metric
from evaluation.metrics.registry import load_metric
from evaluation.types import Array


def load(choices: Sequence[MetricChoice]) -> tuple[dict[str, Metric], list[str]]:
    """Return the metrics by what the report calls them, and a note on each not to be had.

    Raises:
        ValueError: one that is not optional is not to be had.
    """
    found: dict[str, Metric] = {}
    notes = []
    for choice in choices:
        try:
            found[choice.called] = load_metric(choice.name, choice.model)
        except (ValueError, ImportError) as error:
            if not choice.optional:
                raise ValueError(f"{choice.called}: {error} (or mark it `optional`)") from error
            notes.append(f"{choice.called} is left out: {error}")
    return found, notes


def score(
    metric: Metric, choice: MetricChoice, material: Material, judged: Array, where: Sequence[int]
) -> Scores:
    """Return a metric's scores of what is `judged`, shape (systems, segments), at `where`.

    Args:
        metric: what is asked.
        choice: whether it has a say on corpora too.
        material: the texts.
        judged: whether an output is to be scored, for all segments of the material.
        where: the places of the segments in question.

    Returns:
        Scores of the shape (systems, len(where)), NaN where nothing is judged, or put out.

    Raises:
        ValueError: the texts lack what the metric needs, or cannot be scored.
    """
    values = np.full((len(material.systems), len(where)), np.nan)
    corpus = np.full(len(material.systems), np.nan)
    for row, system in enumerate(material.systems):
        wanted = [k for k, i in enumerate(where) if judged[row, i]]
        texts, places = material.texts(system, [where[k] for k in wanted])
        if texts is None:
            continue
        try:
            if choice.system == "corpus":
                corpus[row] = metric.corpus_score(texts).value
            values[row, [wanted[k] for k in places]] = metric.segment_scores(texts)
        except (ValueError, ImportError) as error:
            raise ValueError(f"{choice.called} on {system}: {error}") from error
    return Scores(values, corpus if choice.system == "corpus" else None)


def score_all(
    choices: Sequence[MetricChoice],
    material: Material,
    judged: Array,
    groups: Mapping[str, Sequence[int]],
    progress: Progress,
) -> tuple[dict[str, dict[str, Scores]], list[str]]:
    """Return all metrics' scores, by group and by what the report calls them, with notes.

    Raises:
        ValueError: a metric that is not optional cannot be had, or cannot score.
    """
    metrics, notes = load(choices)
    kept = [choice for choice in choices if choice.called in metrics]
    jobs = [(choice, group) for choice in kept for group in groups]
    found: dict[str, dict[str, Scores]] = {group: {} for group in groups}
    for choice, group in progress(jobs, "Scoring"):
        metric = metrics[choice.called]
        try:
            found[group][choice.called] = score(metric, choice, material, judged, groups[group])
        except ValueError as error:
            if not choice.optional:
                raise
            notes.append(f"left out: {error}")
    return found, list(dict.fromkeys(notes))
