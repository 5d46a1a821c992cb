"""What people said of a benchmark's texts, from wherever its configuration says it is."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from evaluation.data.judgements import Judgements, read_judgements
from evaluation.data.rankings import Rankings, read_rankings
from evaluation.meta_evaluation import config as cfg
from evaluation.meta_evaluation.analysis import Human
from evaluation.meta_evaluation.dataset import Material
from evaluation.meta_evaluation.nested import read_nested_judgements
from evaluation.statistics.significance import SEED
from evaluation.statistics.system_ranking import expected_wins, trueskill
from evaluation.types import Array

_ORDERS = 100  # of matches, over which TrueSkill is averaged


def read_humans(config: cfg.Config, material: Material) -> dict[str, Human]:
    """Return, by dimension, what people said of the material: all its systems and segments.

    Raises:
        DataError: as the readers say.
        ValueError: judged is a system that put nothing out and is not left out, or nothing.
    """
    given = config.judgements
    if isinstance(given, cfg.RankingJudgements):
        return _ranked(read_rankings(config.root / given.path), given.dimensions, material, config)
    if isinstance(given, cfg.LabelJudgements):
        return {name: _labelled(material, name, by) for name, by in given.dimensions.items()}
    if isinstance(given, cfg.TableJudgements):
        read = {name: _judgements(config.root, given, name) for name in given.dimensions}
    elif isinstance(config.texts, cfg.NestedTexts):
        path = config.root / config.texts.path
        read = read_nested_judgements(path, config.texts, given.dimensions)
    else:
        raise ValueError("nested judgements need nested texts")
    return {name: _aligned(one, material, config) for name, one in read.items()}


def _ranked(
    rankings: Rankings, dimensions: Sequence[str], material: Material, config: cfg.Config
) -> dict[str, Human]:
    _check_known(rankings.systems, material, config)
    if lacking := [name for name in material.systems if name not in rankings.systems]:
        raise ValueError(f"not judged: {', '.join(lacking)}; see `without`")
    places = [rankings.systems.index(name) for name in material.systems]
    scores = {name: _standing(rankings, name)[places] for name in dimensions}
    return {name: Human(material.systems, standing=one) for name, one in scores.items()}


def _standing(rankings: Rankings, dimension: str) -> Array:
    if dimension == "trueskill":
        return np.asarray(trueskill(rankings, _ORDERS, SEED).mean(axis=0))
    return expected_wins(rankings.wins().sum(axis=0))


def _labelled(material: Material, dimension: str, by: Mapping[str, float]) -> Human:
    if odd := set(by) ^ set(material.systems):
        raise ValueError(f"{dimension}: {', '.join(sorted(odd))} has a label or texts, not both")
    n = len(material.segments)
    return Human(material.systems, np.array([[[by[name]] * n for name in material.systems]]))


def _judgements(root: Path, given: cfg.TableJudgements, dimension: str) -> Judgements:
    columns = given.dimensions[dimension]
    path = root / given.path
    return read_judgements(path, columns, given.system, given.segment, given.rater, given.separator)


def _check_known(judged: Sequence[str], material: Material, config: cfg.Config) -> None:
    known = {*material.systems, *config.without}
    if unknown := [name for name in judged if name not in known]:
        what = f"judged, but no system that put anything out: {', '.join(unknown)}"
        raise ValueError(f"{what}; there are {', '.join(material.systems)}; see `without`")


def _aligned(judgements: Judgements, material: Material, config: cfg.Config) -> Human:
    """Return judgements in the order of the material; what was not judged is NaN."""
    rated = np.asarray((~np.isnan(judgements.values)).any(axis=(0, 2)))
    judged = [name for name, some in zip(judgements.systems, rated, strict=True) if some]
    _check_known(judged, material, config)
    kept = [name for name in judged if name in material.systems]
    if not kept:
        raise ValueError(f"none of {', '.join(material.systems)} is judged")
    place = {name: i for i, name in enumerate(material.segments)}
    segments = [name for name in judgements.segments if name in place]
    if not segments:
        some = f"{judgements.segments[0]!r} for one, and the texts {material.segments[0]!r}"
        raise ValueError(f"the judgements are of other segments than the texts: {some}")
    rows = [material.systems.index(name) for name in kept]
    columns = [place[name] for name in segments]
    raters = range(len(judgements.raters))
    values = np.full((len(raters), len(material.systems), len(material.segments)), np.nan)
    values[np.ix_(raters, rows, columns)] = judgements.select(kept, segments).values
    return Human(material.systems, values)
