"""Matches preferences between outputs with the texts of a benchmark."""

import numpy as np

from evaluation.data.judgements import MAX_VALUES, Judgements
from evaluation.data.preferences import Preferences
from evaluation.errors import InputError
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.matching import match
from evaluation.meta_evaluation.unmatched import Matching, Words
from evaluation.types import Array

WORDS = Words("compared outputs", "text")


def on_texts(
    preferences: Preferences, dataset: Dataset, tolerance: float
) -> tuple[Preferences, Matching]:
    """Return the comparisons of two outputs that are there, numbered as the dataset's are.

    Args:
        preferences: the comparisons; systems that the dataset lacks are left out.
        dataset: the texts.
        tolerance: the share of the compared outputs that may be without a text.

    Raises:
        InputError: as `matching.match`, or there are too many systems and segments.
    """
    size = len(preferences.systems) * len(preferences.segments)
    if size > MAX_VALUES:
        raise InputError("too-large", f"{size:,} outputs; the limit is {MAX_VALUES:,}")
    compared = Judgements(
        ("people",), preferences.systems, preferences.segments, _compared(preferences)[None]
    )
    _, matching = match(compared, dataset, tolerance, WORDS)
    renamed = dict(matching.renamed)
    column = {name: i for i, name in enumerate(dataset.segments)}
    place = [column.get(renamed.get(name, name), -1) for name in preferences.segments]
    chosen = preferences.among(dataset.systems)
    segment = np.array(place, dtype=np.int64)[chosen.segment]
    present = np.array([[text is not None for text in dataset.outputs[n]] for n in dataset.systems])
    has_both = present[chosen.first, segment] & present[chosen.second, segment] & (segment >= 0)
    return chosen.renumbered(segment, dataset.segments).of(has_both), matching


def _compared(preferences: Preferences) -> Array:
    """Return 1 for each output that was compared, else NaN, shape (systems, segments)."""
    values = np.full((len(preferences.systems), len(preferences.segments)), np.nan)
    for system in (preferences.first, preferences.second):
        values[system, preferences.segment] = 1.0
    return values
