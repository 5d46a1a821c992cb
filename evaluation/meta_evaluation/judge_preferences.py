"""Reads judges' preferences between outputs, and makes scores of systems and outputs of them."""

from collections.abc import Iterable, Iterator

import numpy as np

from evaluation.data.preference_tables import read_preferences
from evaluation.data.preferences import Preferences
from evaluation.errors import InputError
from evaluation.meta_evaluation.aligned_scores import MetricScores
from evaluation.meta_evaluation.config import Config
from evaluation.meta_evaluation.dataset import Dataset
from evaluation.meta_evaluation.preferred_pairs import on_texts
from evaluation.statistics.preference_ranking import strengths_of
from evaluation.types import Array


def read_judge_preferences(
    config: Config, dataset: Dataset, others: Iterable[str]
) -> Iterator[tuple[str, str, MetricScores]]:
    """Yield the name in the report, the group, and the scores by each table of preferences.

    Args:
        config: the configuration.
        dataset: the texts.
        others: the names of other tables' metrics.

    Raises:
        DataError: a table cannot be read.
        InputError: two metrics have one name, too many comparisons have no text, or none connects
            some of the systems.
    """
    taken = [*others, *(choice.called for choice in config.choices)]
    for given in config.preferences:
        path = config.root / given.path
        if given.called in taken:
            fault = f"{path}: a metric is called {given.called} already; see `name`"
            raise InputError("invalid-configuration", fault)
        taken.append(given.called)
        try:
            preferences = read_preferences(path, given.columns, given.judge)
            pairs, _ = on_texts(preferences, dataset, config.unmatched_tolerance)
            for group, where in dataset.groups.items():
                part = pairs.on(where)
                scores = MetricScores(output_scores(part), strengths_of(part))
                yield given.called, group, scores
        except InputError as error:
            fault = str(error) if str(path) in str(error) else f"{path}: {error}"
            raise InputError(error.code, fault) from None


def output_scores(preferences: Preferences) -> Array:
    """Return each output's wins less losses, over its comparisons: (systems, segments).

    NaN for an output that was not compared.
    """
    shape = len(preferences.systems), len(preferences.segments)
    total, n = np.zeros(shape), np.zeros(shape)
    for system, sign in ((preferences.first, 1), (preferences.second, -1)):
        np.add.at(total, (system, preferences.segment), sign * preferences.preferred)
        np.add.at(n, (system, preferences.segment), 1)
    return np.asarray(total / np.where(n > 0, n, np.nan))
