"""Metrics asked about the texts of a lattice: each once, and none lost where one cannot be scored.

What a metric of edits counts on a text does not depend on which annotators it is then held
against, so it is counted once for all of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.execution.workers import on_all_cores
from evaluation.lattice.items import Against, Item
from evaluation.metrics.base import Metric
from evaluation.metrics.fscore import EditMetric, Options, percentages
from evaluation.records import Annotated
from evaluation.types import Array

Asked = TypeVar("Asked")

_BLOCK = 512  # texts asked about at a time


def score(
    metric: Metric, items: Sequence[Item], given: Against, progress: Progress
) -> tuple[Array, list[str]]:
    """Return a metric's scores, shape (items,), and notes on what has none.

    Where the metric raises or returns no finite number, the score is NaN; the note says how
    often, and where and why first.
    """
    # By sentence, so that what is alike is asked about together.
    order = sorted(range(len(items)), key=lambda k: items[k][0])
    asked = [items[k] for k in order]
    if isinstance(metric, EditMetric):
        found = _by_edits(metric, asked, given, progress)
    else:
        found = _as_asked(metric, asked, given, progress)
    scores, faults = np.full(len(items), np.nan), {}
    for k, value in zip(order, found, strict=True):
        if isinstance(value, str):
            faults[k] = value
        elif np.isfinite(value):
            scores[k] = value
        else:
            faults[k] = f"the score is {value}"
    return scores, _notes(metric.name, items, faults)


def _as_asked(
    metric: Metric, items: Sequence[Item], given: Against, progress: Progress
) -> list[float | str]:
    found: list[float | str] = []
    for block in progress(_blocks(items), metric.name):
        found += _scored(metric, block, given)
    return found


def _scored(metric: Metric, items: Sequence[Item], given: Against) -> list[float | str]:
    """Return scores, or what was wrong; where all together raise, of each half apart."""
    try:
        scores = np.asarray(metric.segment_scores(given.texts(items)), dtype=np.float64)
        if scores.shape != (len(items),):
            raise ValueError(f"scores of shape {scores.shape} for {len(items)} texts")
        return [*map(float, scores)]
    except Exception as error:  # a metric may be anybody's, and raise anything
        if len(items) == 1:
            return [_said(error)]
    middle = len(items) // 2
    return [*_scored(metric, items[:middle], given), *_scored(metric, items[middle:], given)]


def _by_edits(
    metric: EditMetric, items: Sequence[Item], given: Against, progress: Progress
) -> list[float | str]:
    """Return F-beta of each item, from 0 to 100, by the annotator it agrees with best."""
    wanted: dict[tuple[int, str], set[int]] = defaultdict(set)
    for place, text, keys in items:
        wanted[place, text].update(keys)
    pairs = [(given.annotated(place, sorted(keys)), text) for (place, text), keys in wanted.items()]
    blocks = _blocks(pairs)
    counts = on_all_cores(partial(_counted, metric), blocks)
    options: list[Options | str] = []
    for _ in progress(blocks, metric.name):
        options += next(counts)
    of = dict(zip(wanted, options, strict=True))
    return [_f(metric, of[place, text], keys) for place, text, keys in items]


def _counted(metric: EditMetric, pairs: Sequence[tuple[Annotated, str]]) -> list[Options | str]:
    found: list[Options | str] = []
    for gold, text in pairs:
        try:
            found.append(metric.options(gold, text))
        except Exception as error:  # see `_scored`
            found.append(_said(error))
    return found


def _f(metric: EditMetric, options: Options | str, keys: Iterable[int]) -> float | str:
    if isinstance(options, str):
        return options
    own = {key: options[key] for key in keys}
    best = own[metric.choose([own])[0]]
    return float(percentages(np.array(best, dtype=np.float64), metric.beta)[0])


def _blocks(items: Sequence[Asked]) -> list[Sequence[Asked]]:
    return [items[k : k + _BLOCK] for k in range(0, len(items), _BLOCK)]


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _notes(name: str, items: Sequence[Item], faults: Mapping[int, str]) -> list[str]:
    if not faults:
        return []
    first = min(faults, key=lambda k: (items[k][0], k))
    where = f"sentence {items[first][0] + 1}: {faults[first]}"
    return [f"{name}: {len(faults)} of {len(items)} texts are left out, the first of {where}"]
