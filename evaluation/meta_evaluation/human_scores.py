"""Reads the human judgements of a benchmark in the formats that its configuration names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evaluation.data.judgements import Judgements, read_judgements
from evaluation.data.keyed_rows import ALONE
from evaluation.data.preference_tables import read_preferences
from evaluation.data.preferences import Preferences, preferences_of
from evaluation.data.rankings import Rankings, read_rankings
from evaluation.data.tabular import Columns
from evaluation.errors import InputError
from evaluation.meta_evaluation import config as cfg
from evaluation.meta_evaluation.aligned_scores import HumanScores
from evaluation.meta_evaluation.dataset import Dataset, system_column
from evaluation.meta_evaluation.json_items import items_of
from evaluation.meta_evaluation.json_judgements import read_json_judgements
from evaluation.meta_evaluation.matching import match
from evaluation.meta_evaluation.preferred_pairs import on_texts
from evaluation.meta_evaluation.row_schema import LineJudgements
from evaluation.meta_evaluation.wmt_layouts import read_wmt_scores
from evaluation.meta_evaluation.wmt_schema import WmtJudgements
from evaluation.statistics.preference_ranking import shares_of, strengths_of
from evaluation.statistics.significance import SEED
from evaluation.statistics.system_ranking import expected_wins, trueskill
from evaluation.types import Array

_ORDERS = 100  # random orders of the matches, over which TrueSkill is averaged


def read_human_scores(config: cfg.Config, dataset: Dataset) -> dict[str, HumanScores]:
    """Return the human scores of all systems and segments of the dataset, by dimension.

    Raises:
        DataError: as the readers.
        ValueError: no system or segment of the dataset is judged, or a system without outputs is
            judged and not left out; or too many judgements have no text (`matching.match`).
    """
    given, scores = config.judgements, _given_scores(config, dataset)
    return {name: one.negated() if given.turns(name) else one for name, one in scores.items()}


def _given_scores(config: cfg.Config, dataset: Dataset) -> dict[str, HumanScores]:
    """Return the human scores as they are given."""
    given = config.judgements
    if isinstance(given, cfg.RankingJudgements):
        return _ranked(read_rankings(config.root / given.path), given.dimensions, dataset, config)
    if isinstance(given, cfg.PreferenceJudgements):
        preferences = read_preferences(config.root / given.path, given.columns)
        return _preferred(preferences, given.dimensions, dataset, config)
    if isinstance(given, cfg.LabelJudgements):
        return {name: _labelled(dataset, name, by) for name, by in given.dimensions.items()}
    if isinstance(given, cfg.TableJudgements):
        judgements = _from_table(config.root / given.path, given, dataset)
    elif isinstance(given, WmtJudgements):
        judgements = {given.dimension: read_wmt_scores(config.root, given)}
    else:
        judgements = _from_json(config, given)
    return {name: _named(name, table, dataset, config) for name, table in judgements.items()}


def _named(name: str, table: Judgements, dataset: Dataset, config: cfg.Config) -> HumanScores:
    """Return one dimension's judgements; an error about them begins with its name."""
    try:
        return _aligned(table, dataset, config)
    except InputError as error:
        raise InputError(error.code, f"{name}: {error}") from None


def _ranked(
    rankings: Rankings, dimensions: Sequence[str], dataset: Dataset, config: cfg.Config
) -> dict[str, HumanScores]:
    _check_all_known(rankings.systems, dataset, config)
    order = [rankings.systems.index(name) for name in dataset.systems]
    scores = {
        name: HumanScores(dataset.systems, by_system=_from_rankings(rankings, name)[order])
        for name in dimensions
    }
    try:
        pairs, _ = on_texts(preferences_of(rankings), dataset, 1)
    except InputError:
        return scores  # segments of other names: systems alone can be compared
    return {name: replace(human, preferences=pairs) for name, human in scores.items()}


def _preferred(
    given: Preferences, dimensions: Sequence[str], dataset: Dataset, config: cfg.Config
) -> dict[str, HumanScores]:
    _check_all_known(given.systems, dataset, config)
    preferences = given.among(dataset.systems)
    pairs, matching = on_texts(preferences, dataset, config.unmatched_tolerance)
    made = {"bradley-terry": strengths_of, "share of wins": shares_of}
    return {
        name: HumanScores(
            dataset.systems,
            by_system=made[name](preferences),
            matching=matching,
            preferences=pairs,
        )
        for name in dimensions
    }


def _check_all_known(judged: Sequence[str], dataset: Dataset, config: cfg.Config) -> None:
    _check_known(judged, dataset, config)
    if lacking := [name for name in dataset.systems if name not in judged]:
        raise ValueError(f"not judged: {', '.join(lacking)}; see `without`")


def _from_rankings(rankings: Rankings, dimension: str) -> Array:
    if dimension == "trueskill":
        return np.asarray(trueskill(rankings, _ORDERS, SEED).mean(axis=0))
    return expected_wins(rankings.wins().sum(axis=0))


def _labelled(dataset: Dataset, dimension: str, by: Mapping[str, float]) -> HumanScores:
    if odd := set(by) ^ set(dataset.systems):
        raise ValueError(f"{dimension}: {', '.join(sorted(odd))} has a label or texts, not both")
    n = len(dataset.segments)
    return HumanScores(dataset.systems, np.array([[[by[name]] * n for name in dataset.systems]]))


def _from_table(path: Path, given: cfg.TableJudgements, dataset: Dataset) -> dict[str, Judgements]:
    system = given.system
    if dataset.systems == (ALONE,):  # otherwise, a column of systems is needed
        system = system_column(Columns(path, given.separator), given)
    keys = system, given.segment, given.rater, given.separator, given.numbers
    return {name: read_judgements(path, by, *keys) for name, by in given.dimensions.items()}


def _from_json(
    config: cfg.Config, given: cfg.NestedJudgements | LineJudgements
) -> dict[str, Judgements]:
    if isinstance(given, LineJudgements):
        source: LineJudgements | cfg.NestedTexts = given
        rater = given.rater
    elif isinstance(config.texts, cfg.NestedTexts):
        source, rater = config.texts, None
    else:
        raise ValueError("nested judgements need nested texts")
    path = config.root / source.path
    items, names = items_of(path, source), given.dimensions
    return read_json_judgements(path, items, names, source.scores, given.numbers, rater)


def _check_known(judged: Sequence[str], dataset: Dataset, config: cfg.Config) -> None:
    known = {*dataset.systems, *config.without}
    if unknown := [name for name in judged if name not in known]:
        raise ValueError(
            f"judged, but without outputs: {', '.join(unknown)}; there are outputs of "
            f"{', '.join(dataset.systems)}; see `without`"
        )


def _aligned(judgements: Judgements, dataset: Dataset, config: cfg.Config) -> HumanScores:
    """Return judgements in the order of the dataset, NaN where one is missing."""
    rated = np.asarray((~np.isnan(judgements.values)).any(axis=(0, 2)))
    judged = [name for name, is_rated in zip(judgements.systems, rated, strict=True) if is_rated]
    _check_known(judged, dataset, config)
    if not any(name in dataset.systems for name in judged):
        raise ValueError(f"none of {', '.join(dataset.systems)} is judged")
    values, matching = match(judgements, dataset, config.unmatched_tolerance)
    return HumanScores(
        dataset.systems,
        values,
        segments=dataset.segments,
        matching=matching,
        raters=judgements.raters,
    )
