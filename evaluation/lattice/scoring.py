"""Metrics asked about the texts of a lattice: each once, and none lost where one cannot be scored.

What a metric of edits counts on a text does not depend on which annotators it is then held
against, so it is counted once for all of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.lattice.places import Against, Item
from evaluation.metrics.base import Metric
from evaluation.metrics.fscore import Counts, EditMetric, percentages

Array = NDArray[np.float64]
Progress = Callable[[Sequence[Any], str], Iterable[Any]]
"""Returns items as they come, and shows how far that is."""

_BLOCK = 512  # texts asked about at a time


def score(
    metric: Metric, items: Sequence[Item], given: Against, progress: Progress
) -> tuple[Array, list[str]]:
    """Return a metric's scores, shape (items,), and notes on what has none.

    Where the metric raises or returns no finite number, the score is NaN; the note says how
    often, and where and why first.
    """
    faults: dict[int, str] = {}
    blocks = [range(k, min(k + _BLOCK, len(items))) for k in range(0, len(items), _BLOCK)]
    scores = np.full(len(items), np.nan)
    # By sentence, so that what is alike is asked about together.
    order = sorted(range(len(items)), key=lambda k: items[k][0])
    for block in progress(blocks, metric.name):
        places = [order[k] for k in block]
        scores[places] = _scored(metric, items, given, places, faults)
    for place in np.flatnonzero(~np.isfinite(scores)):
        faults.setdefault(int(place), f"the score is {scores[place]}")
    scores[list(faults)] = np.nan
    return scores, _notes(metric.name, items, faults)


def _scored(
    metric: Metric,
    items: Sequence[Item],
    given: Against,
    places: Sequence[int],
    faults: dict[int, str],
) -> Array:
    """Return scores of the items at `places`; where all together raise, of each half apart."""
    asked = [items[k] for k in places]
    try:
        if isinstance(metric, EditMetric):
            return _edit_scores(metric, asked, given)
        found = np.asarray(metric.segment_scores(given.texts(asked)), dtype=np.float64)
        if found.shape != (len(asked),):
            raise ValueError(f"scores of shape {found.shape} for {len(asked)} texts")
        return found
    except Exception as error:  # a metric may be anybody's, and raise anything
        if len(places) == 1:
            faults[places[0]] = f"{type(error).__name__}: {error}"
            return np.array([np.nan])
    middle = len(places) // 2
    halves = places[:middle], places[middle:]
    return np.concatenate([_scored(metric, items, given, half, faults) for half in halves])


def _edit_scores(metric: EditMetric, items: Sequence[Item], given: Against) -> Array:
    """Return F-beta of each item, from 0 to 100, by the annotator it agrees with best."""
    wanted: dict[tuple[int, str], set[int]] = defaultdict(set)
    for place, text, keys in items:
        wanted[place, text].update(keys)
    counts = {
        (place, text): metric.options(given.annotated(place, sorted(keys)), text)
        for (place, text), keys in wanted.items()
    }
    best: list[Counts] = []
    for place, text, keys in items:
        own = {key: counts[place, text][key] for key in keys}
        best.append(own[metric.choose([own])[0]])
    return percentages(np.array(best, dtype=np.float64).reshape(-1, 3), metric.beta)[:, 0]


def _notes(name: str, items: Sequence[Item], faults: dict[int, str]) -> list[str]:
    if not faults:
        return []
    first = min(faults, key=lambda k: (items[k][0], k))
    where = f"sentence {items[first][0] + 1}: {faults[first]}"
    return [f"{name}: {len(faults)} of {len(items)} texts are left out, the first of {where}"]
