"""The baselines that are reported beside a trained combiner, on the same segments."""

from collections.abc import Callable, Sequence

import numpy as np

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Combiner
from ensemble.combiners.best_single import BestSingle
from ensemble.combiners.registry import COMBINERS, create, load_trainable
from ensemble.combiners.supervised.type_selection import f_half
from ensemble.competence import systems_of
from ensemble.targets import Targets

Learner = Callable[[Sequence[Ballot], Targets], Combiner]
"""Returns a combiner that has learnt from ballots of one kind and their targets."""

VOTE = "vote"
BEST_BY_LABELS = "best single by labels"


def baselines(
    kind: Kind, has_references: bool = False, has_scores: bool = True
) -> dict[str, Learner]:
    """Return the learners that a trained combiner of this kind is compared with, the vote first.

    These are all registered combiners of this kind: those that need no labels, fitted, and those
    that need them, trained. The best single system is the best by labels. A combiner that can be
    trained and also combines untrained, as the neural one, is reported only where it is trained.
    One that writes texts of its own is there, untrained, where targets have references to score
    them by; otherwise they are scores of the systems' texts. One that combines the outputs of
    others is left out, as it would train them again. So is one that is not trained and uses the
    scores of judges, where the data have none: it decides as another one then.
    """
    all_entries = [
        entry
        for entry in COMBINERS.all().values()
        if not entry.second_order and (has_scores or entry.trainable or not entry.uses_scores)
    ]
    of_kind = [entry for entry in all_entries if kind in entry.kinds and not entry.writes]
    writing = [e.name for e in all_entries if kind in e.kinds and e.writes and not e.needs_labels]
    fitted = [e.name for e in of_kind if not e.trainable and e.name not in (VOTE, BestSingle.name)]
    learners = {name: _without_labels(name) for name in (VOTE, *fitted)}
    if has_references:
        learners |= {untrained(name): _without_labels(name) for name in writing}
    learners[BEST_BY_LABELS] = best_by_labels
    return learners | {e.name: load_trainable(e.name).learn for e in of_kind if e.needs_labels}


def untrained(name: str) -> str:
    """Return what the combiner `name` is called where it combines without labels."""
    return f"{name} untrained" if COMBINERS.get(name).trainable else name


def best_by_labels(ballots: Sequence[Ballot], targets: Targets) -> BestSingle:
    """Return the combiner that trusts the system whose candidates scored best."""
    gold = float(targets.gold.sum())
    scores = {}
    for name in systems_of(ballots):
        proposed = np.concatenate([
            values[[name in candidate.voters for candidate in ballot.candidates]]
            for ballot, values in zip(ballots, targets.values, strict=True)
        ])  # fmt: skip
        proposed = proposed[np.isfinite(proposed)]
        if ballots[0].kind == "edits":
            scores[name] = f_half(proposed, gold)
        else:
            scores[name] = float(proposed.mean()) if len(proposed) else -np.inf
    return BestSingle(tuple(sorted(scores, key=lambda name: (-scores[name], name))))


def _without_labels(name: str) -> Learner:
    return lambda ballots, targets: create(name).fit(ballots)
