"""Precision, recall and F1 of predicted error spans against those that people marked.

By characters that overlap, as the error span tasks of WMT QE and WMT25 score them; or by spans that
are the same. A span of the right place and the wrong severity counts in part.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import numpy as np

from evaluation.data.error_spans import ErrorSpan
from evaluation.metrics.fscore import percentages
from evaluation.reporting.table import Row
from evaluation.statistics.significance import bootstrap
from evaluation.types import Array

CREDIT = 0.5
"""The share of a match that is left where the severity is wrong (WMT25)."""

Matching = Literal["overlap", "exact"]
"""By characters, or by spans with the same start and end."""

Spans = Sequence[ErrorSpan]


def overlap_counts(
    predicted: Spans, gold: Spans, length: int | None = None, credit: float = CREDIT
) -> Array:
    """Return the characters matched, predicted and marked in an output, shape (3,).

    A character counts once for each span that it is in. Of a character, as many predictions as
    there are marks of the same severity match; of the rest, as many as there are left on both
    sides match by `credit`.

    Args:
        predicted: the spans of the model.
        gold: the spans of people.
        length: the characters of the output; those of spans beyond it are ignored.
        credit: see `CREDIT`.
    """
    end = max((span.end for span in (*predicted, *gold)), default=0)
    size = end if length is None else min(end, length)
    found, marked = _by_character(predicted, size), _by_character(gold, size)
    return _matched(found, marked, credit)


def exact_counts(
    predicted: Spans, gold: Spans, length: int | None = None, credit: float = CREDIT
) -> Array:
    """Return the spans matched, predicted and marked in an output, shape (3,).

    A prediction matches a mark with its start and end, by `credit` if the severity is another.
    `length` is not used; other arguments are those of `overlap_counts`.
    """
    places = list(dict.fromkeys((span.start, span.end) for span in (*predicted, *gold)))
    found, marked = _by_place(predicted, places), _by_place(gold, places)
    return _matched(found, marked, credit)


COUNTS: dict[Matching, Callable[[Spans, Spans, int | None, float], Array]] = {
    "overlap": overlap_counts,
    "exact": exact_counts,
}


def score_spans(
    predicted: Sequence[Spans],
    gold: Sequence[Spans],
    lengths: Sequence[int | None],
    name: str = "error spans",
    credit: float = CREDIT,
) -> list[Row]:
    """Return F1, precision and recall from 0 to 100, by overlap and exact, micro and macro.

    Micro figures, at level `corpus`, are of the counts of all outputs together (as WMT25's are);
    macro figures, at level `segment`, are means over outputs. An output without spans on both
    sides has precision and recall 1. Intervals are over outputs.

    Args:
        predicted: the spans of the model in each output.
        gold: the spans of people in each output.
        lengths: the characters of each output, None if unknown.
        name: the name in the rows.
        credit: see `CREDIT`.

    Raises:
        ValueError: there are no outputs, or the numbers of outputs differ.
    """
    rows: list[Row] = []
    for matching, counted in COUNTS.items():
        outputs = zip(predicted, gold, lengths, strict=True)
        counts = np.array([counted(*output, credit) for output in outputs]).reshape(-1, 3)
        micro = partial(percentages, beta=1)
        rows += _rows(name, "corpus", matching, micro(counts.sum(axis=0)), counts, micro)
        each = percentages(counts, beta=1)
        rows += _rows(name, "segment", matching, each.mean(axis=0), each, partial(_mean, len(each)))
    return rows


def _mean(n: int, sums: Array) -> Array:
    return np.asarray(sums / n)


def _rows(
    name: str,
    level: str,
    matching: Matching,
    values: Array,
    counts: Array,
    statistic: Callable[[Array], Array],
) -> list[Row]:
    lows, highs = bootstrap(counts, statistic)
    statistics = (f"{label}, {matching}" for label in ("f1", "precision", "recall"))
    return [
        Row(name, level, label, float(value), float(low), float(high), len(counts))
        for label, value, low, high in zip(statistics, values, lows, highs, strict=True)
    ]


def _by_character(spans: Spans, size: int) -> Array:
    """Return the number of spans that each character is in, by severity: shape (2, size)."""
    steps = np.zeros((2, size + 1))
    for start, end, severity in spans:
        row = steps[0 if severity == "major" else 1]
        row[min(start, size)] += 1
        row[min(end, size)] -= 1
    return np.asarray(np.cumsum(steps, axis=1)[:, :size])


def _by_place(spans: Spans, places: Sequence[tuple[int, int]]) -> Array:
    """Return the number of spans at each place, by severity: shape (2, places)."""
    counts = Counter(spans)
    return np.array(
        [
            [counts[ErrorSpan(*place, severity)] for place in places]
            for severity in ("major", "minor")
        ],
        dtype=np.float64,
    ).reshape(2, -1)


def _matched(found: Array, marked: Array, credit: float) -> Array:
    """Return matched, predicted and marked, of counts by severity, shape (2, n) each."""
    same = np.minimum(found, marked)
    rest = [(x - same).sum(axis=0) for x in (found, marked)]
    matched = same.sum() + credit * np.minimum(*rest).sum()
    return np.array([matched, found.sum(), marked.sum()])
