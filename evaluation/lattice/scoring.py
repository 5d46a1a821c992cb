"""Scores each text of a lattice once; a text that cannot be scored does not lose the others.

The counts of a metric of edits against one annotator do not depend on the other annotators, so
they are computed once for all sets of references.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.execution.workers import map_tasks
from evaluation.lattice.items import Item, ReferenceSet
from evaluation.metrics.base import Metric
from evaluation.metrics.fscore import EditMetric, Options, percentages
from evaluation.records import Annotated
from evaluation.types import Array

Value = TypeVar("Value")

_BLOCK = 512  # texts scored at a time


def score(
    metric: Metric, items: Sequence[Item], references: ReferenceSet, progress: Progress
) -> tuple[Array, list[str]]:
    """Return a metric's scores, shape (items,), and notes on texts without a score.

    Where the metric raises or does not return a finite number, the score is NaN; the note gives
    the number of such texts, and the first of them with its fault.
    """
    # By sentence, so that similar texts are scored together and caches of the metric hit.
    order = sorted(range(len(items)), key=lambda k: items[k][0])
    in_order = [items[k] for k in order]
    if isinstance(metric, EditMetric):
        results = _by_edits(metric, in_order, references, progress)
    else:
        results = _by_texts(metric, in_order, references, progress)
    scores, faults = np.full(len(items), np.nan), {}
    for k, value in zip(order, results, strict=True):
        if isinstance(value, str):
            faults[k] = value
        elif np.isfinite(value):
            scores[k] = value
        else:
            faults[k] = f"the score is {value}"
    return scores, _notes(metric.name, items, faults)


def _by_texts(
    metric: Metric, items: Sequence[Item], references: ReferenceSet, progress: Progress
) -> list[float | str]:
    results: list[float | str] = []
    for block in progress(_blocks(items), metric.name):
        results += _scored(metric, block, references)
    return results


def _scored(metric: Metric, items: Sequence[Item], references: ReferenceSet) -> list[float | str]:
    """Return the score of each item, or its fault; if the whole raises, each half is tried."""
    try:
        scores = np.asarray(metric.segment_scores(references.texts(items)), dtype=np.float64)
        if scores.shape != (len(items),):
            raise ValueError(f"scores of shape {scores.shape} for {len(items)} texts")
        return [*map(float, scores)]
    except Exception as error:  # a metric may be a plug-in and raise anything
        if len(items) == 1:
            return [_message(error)]
    middle = len(items) // 2
    return [
        *_scored(metric, items[:middle], references),
        *_scored(metric, items[middle:], references),
    ]


def _by_edits(
    metric: EditMetric, items: Sequence[Item], references: ReferenceSet, progress: Progress
) -> list[float | str]:
    """Return F-beta of each item, from 0 to 100, by the annotator it agrees with best."""
    annotators: dict[tuple[int, str], set[int]] = defaultdict(set)
    for sentence, text, keys in items:
        annotators[sentence, text].update(keys)
    pairs = [
        (references.annotated(sentence, sorted(keys)), text)
        for (sentence, text), keys in annotators.items()
    ]
    blocks = _blocks(pairs)
    counts = map_tasks(partial(_options, metric), blocks)
    options: list[Options | str] = []
    for _ in progress(blocks, metric.name):
        options += next(counts)
    by_text = dict(zip(annotators, options, strict=True))
    return [_f_beta(metric, by_text[sentence, text], keys) for sentence, text, keys in items]


def _options(metric: EditMetric, pairs: Sequence[tuple[Annotated, str]]) -> list[Options | str]:
    """Return the counts of each text by annotator, or its fault."""
    results: list[Options | str] = []
    for gold, text in pairs:
        try:
            results.append(metric.options(gold, text))
        except Exception as error:  # see `_scored`
            results.append(_message(error))
    return results


def _f_beta(metric: EditMetric, options: Options | str, keys: Iterable[int]) -> float | str:
    if isinstance(options, str):
        return options
    by_annotator = {key: options[key] for key in keys}
    best = by_annotator[metric.choose([by_annotator])[0]]
    return float(percentages(np.array(best, dtype=np.float64), metric.beta)[0])


def _blocks(items: Sequence[Value]) -> list[Sequence[Value]]:
    return [items[k : k + _BLOCK] for k in range(0, len(items), _BLOCK)]


def _message(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _notes(name: str, items: Sequence[Item], faults: Mapping[int, str]) -> list[str]:
    if not faults:
        return []
    first = min(faults, key=lambda k: (items[k][0], k))
    where = f"sentence {items[first][0] + 1}: {faults[first]}"
    return [f"{name}: {len(faults)} of {len(items)} texts are left out, the first of {where}"]
