"""Sentences to train on, to stop by, and to test on: never one in two of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ensemble.diversity.config import Split
from ensemble.diversity.training.decisions import Places


class Parts(NamedTuple):
    """The numbers of segments, each ascending."""

    train: Places
    held_out: Places
    test: Places


def split(sources: Sequence[str], plan: Split, seed: int) -> Parts:
    """Return the parts of a `seed`, from 0: as many seeds as folds test each segment once.

    Raises:
        ValueError: there are too few different sources.
    """
    names, same = np.unique(list(sources), return_inverse=True)
    if len(names) < 2 * plan.folds:
        raise ValueError(f"{len(names)} different sources are too few for {plan.folds} folds")
    turn, fold = divmod(seed, plan.folds)
    chance = np.random.default_rng([plan.seed, turn])
    dealt = chance.permutation(np.arange(len(names)) % plan.folds)
    rest = np.random.default_rng([plan.seed, turn, fold]).permutation(np.flatnonzero(dealt != fold))
    held_out = rest[: max(1, round(plan.validation * len(rest)))]
    part = np.where(dealt == fold, 2, 0)
    part[held_out] = 1
    return Parts(*(np.flatnonzero(part[same] == number) for number in range(3)))
