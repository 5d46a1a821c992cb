"""Splitting segments into a part to train on, one to choose when to stop, and one to test on."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ensemble.diversity.data.config import Split
from ensemble.types import Integers


class Parts(NamedTuple):
    """Segment numbers, ascending."""

    train: Integers
    held_out: Integers
    test: Integers


def split(sources: Sequence[str], plan: Split, seed: int) -> Parts:
    """Return the parts of a `seed`, from 0: as many seeds as folds test each segment once.

    Raises:
        ValueError: there are too few different sources.
    """
    names, source_of = np.unique(list(sources), return_inverse=True)
    if len(names) < 2 * plan.folds:
        raise ValueError(f"{len(names)} different sources are too few for {plan.folds} folds")
    # Seeds beyond the number of folds divide the sources anew.
    turn, fold = divmod(seed, plan.folds)
    generator = np.random.default_rng([plan.seed, turn])
    folds = generator.permutation(np.arange(len(names)) % plan.folds)
    rest = np.random.default_rng([plan.seed, turn, fold]).permutation(np.flatnonzero(folds != fold))
    held_out = rest[: max(1, round(plan.validation * len(rest)))]
    part = np.where(folds == fold, 2, 0)
    part[held_out] = 1
    return Parts(*(np.flatnonzero(part[source_of] == number) for number in range(3)))
