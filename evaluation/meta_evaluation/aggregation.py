"""Aggregates a metric's segment scores to scores of systems, as people's rankings are."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from evaluation.data.rankings import Rankings
from evaluation.statistics.significance import SEED
from evaluation.statistics.system_ranking import trueskill
from evaluation.types import Array

_ORDERS = 10  # random orders of the matches, over which TrueSkill is averaged


def trueskill_scores(systems: Sequence[str], scores: Array) -> Array:
    """Return the TrueSkill of systems of which a metric ranks the outputs on each segment.

    Rankings of people become scores of systems by TrueSkill; metrics' scores are usually averaged
    instead, which weighs segments otherwise (Goto et al. 2025, "Rethinking Evaluation Metrics for
    Grammatical Error Correction"). Equal scores are draws.

    Args:
        systems: their names.
        scores: shape (systems, segments), NaN where one is missing.

    Returns:
        The mean skills, shape (systems,); NaN for a system that was compared with no other.
    """
    ranks = rankdata(-scores.T, method="dense", axis=1, nan_policy="omit")
    compared = (~np.isnan(scores)).sum(axis=0) > 1
    known = (~np.isnan(scores[:, compared])).any(axis=1)
    if not known.any():
        return np.full(len(systems), np.nan)
    segments = tuple(map(str, np.flatnonzero(compared)))
    rankings = Rankings(tuple(systems), ("",) * len(segments), segments, ranks[compared])
    skills = trueskill(rankings, _ORDERS, SEED).mean(axis=0)
    return np.where(known, skills, np.nan)
