"""Training a stack: its levels by cross-fitting, then its top on their held-out outputs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeGuard

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, Counting
from ensemble.combiners.registry import COMBINERS, load_trainable
from ensemble.combiners.stack.gate import best_of, counted, trust
from ensemble.combiners.stack.levels import Level, Taken, Upper, taken, upper
from ensemble.combiners.stack.plan import VOTE
from ensemble.combiners.stack.top import Beliefs, combined, top_beliefs
from ensemble.combiners.trainable import Trainable
from ensemble.competence import Profile
from ensemble.decoding.decode import Combination
from ensemble.targets import Targets, folds_of, subset
from ensemble.types import Integers
from evaluation.errors import InputError

_FOLDS = 5
_MOST = 1e5  # candidates that the saved agreement of systems counts for


class Learnt(NamedTuple):
    """The levels trained on all segments, the top, the number of the best level, and the trust."""

    levels: tuple[Level, ...]
    top: Trainable | None
    best: int
    trust: float


def learn_levels(
    levels: Sequence[Level],
    beside: tuple[str, ...] | None,
    top_name: str,
    ballots: Sequence[Ballot],
    targets: Targets,
    seed: int,
) -> Learnt:
    """Return what a stack of these untrained `levels` learns; see `Stack`.

    Raises:
        ValueError: there is nothing to learn from, or a level cannot be saved.
    """
    if not np.isfinite(targets.flat).any():
        raise ValueError("no candidate has a label: there is nothing to learn from")
    fold = folds_of(ballots, _FOLDS, seed, targets.groups)
    outputs = {lv.name: _out_of_fold(lv, ballots, targets, fold, seed) for lv in levels}
    uppers = [
        upper(ballot, dict(zip(outputs, row, strict=True)), beside)
        for ballot, *row in zip(ballots, *outputs.values(), strict=True)
    ]
    counts = [counted([t.places for t in output], targets) for output in outputs.values()]
    best = best_of(counts)
    truth = _above(uppers, targets)
    beliefs = _top_out_of_fold(uppers, truth, levels[0].name, top_name, fold, seed)
    chosen = [
        taken(ballot, combined(ballot, above, part)).places
        for ballot, above, part in zip(ballots, uppers, beliefs, strict=True)
    ]
    trained = tuple(_trained(level, ballots, targets, seed) for level in levels)
    top = _top(top_name, uppers, truth, seed)
    return Learnt(trained, top, best, trust(counted(chosen, targets), counts[best]))


def _out_of_fold(
    level: Level, ballots: Sequence[Ballot], targets: Targets, fold: Integers, seed: int
) -> list[Taken]:
    """Return what `level` takes of each ballot, not having learnt from its labels."""
    combiner = level.combiner
    if level.is_fixed:
        outputs = combiner.combinations(ballots)
    elif not _learns(combiner, targets):
        outputs = combiner.fit(ballots).combinations(ballots)
    else:
        found: dict[int, Combination] = {}
        for k in np.unique(fold):
            known = subset(ballots, targets, np.flatnonzero(fold != k))
            asked = np.flatnonzero(fold == k).tolist()
            learnt = type(combiner).learn(*known, seed=seed)
            made = learnt.combinations([ballots[i] for i in asked])
            found |= dict(zip(asked, made, strict=True))
        outputs = [found[i] for i in range(len(ballots))]
    return [taken(ballot, output) for ballot, output in zip(ballots, outputs, strict=True)]


def _learns(combiner: Combiner, targets: Targets) -> TypeGuard[Trainable]:
    """Return whether a level learns from `targets`: one that writes texts needs references."""
    writes = COMBINERS.get(combiner.name).writes
    return isinstance(combiner, Trainable) and (bool(targets.references) or not writes)


def _above(uppers: Sequence[Upper], targets: Targets) -> Targets:
    """Return the targets of upper ballots; a text that a level wrote has that of its backbone."""
    values = tuple(
        array[list(above.places)] for above, array in zip(uppers, targets.values, strict=True)
    )
    return Targets(values, targets.gold, targets.several, targets.groups)


def _top_out_of_fold(
    uppers: Sequence[Upper],
    truth: Targets,
    first: str,
    name: str,
    fold: Integers,
    seed: int,
) -> list[Beliefs]:
    """Return the belief of the top in each ballot, not having learnt from its labels."""
    if name == VOTE:
        return top_beliefs(uppers, first, None)
    found: dict[int, Beliefs] = {}
    for k in np.unique(fold):
        known, asked = np.flatnonzero(fold != k), np.flatnonzero(fold == k).tolist()
        top = _top(name, [uppers[i] for i in known.tolist()], truth[known], seed)
        found |= dict(zip(asked, top_beliefs([uppers[i] for i in asked], first, top), strict=True))
    return [found[i] for i in range(len(uppers))]


def _top(name: str, uppers: Sequence[Upper], truth: Targets, seed: int) -> Trainable | None:
    if name == VOTE:
        return None
    ballots = [above.ballot for above in uppers]
    return load_trainable(name).learn(ballots, truth, seed=seed)


def _trained(level: Level, ballots: Sequence[Ballot], targets: Targets, seed: int) -> Level:
    """Return `level` trained on all segments, or fitted where it learns without labels.

    Raises:
        InputError: what it learns without labels cannot be saved.
    """
    combiner = level.combiner
    if level.is_fixed:
        return level
    if _learns(combiner, targets):
        learnt = type(combiner).learn(ballots, targets, seed=seed)
        if learnt.is_trained:
            return replace(level, combiner=learnt)
    if not isinstance(combiner, Counting):
        return level
    counts = combiner.statistics(ballots)
    if not isinstance(counts, Profile):
        message = f"{level.term} cannot be a level of a trained stack: what it learns is not saved"
        raise InputError("invalid-option", message)
    scaled = counts.scaled(_MOST)
    return replace(level, combiner=combiner.from_statistics(scaled), counts=scaled)
