"""Votes, and where votes are equal, judges: for a segment by itself, without any training."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, Verdict
from ensemble.combiners.registry import register
from ensemble.combiners.utility import Utility
from ensemble.types import Array

_NEUTRAL = 0.5


@register("judged", kinds=("labels", "texts"), stateless=True, uses_scores=True)
@dataclass(frozen=True)
class Judged(Combiner):
    """Take what most systems gave, and where votes are equal what the judges score highest.

    All judges count the same, whatever their scale: the lowest score of a segment counts 0, the
    highest 1, one that is missing a half. Texts have as many votes as there are texts that state
    the same final answer; between equal ones half is by judges, half by likeness to the other
    texts (as in `mbr`). Without scores it decides as `vote` does on labels and `mbr` on texts.
    """

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return the share of the votes for each candidate, with less than one vote by judges."""
        votes = np.array([float(len(candidate.voters)) for candidate in ballot.candidates])
        if not len(votes):
            return Verdict([], 0.0)
        judges = judged(ballot)
        if ballot.kind == "texts":
            return Verdict(_of_texts(ballot, votes, judges).tolist(), 0.0)
        # Without judges ties are left to decoding, as in `vote`.
        settling = np.zeros(len(votes)) if np.ptp(judges) == 0 else judges
        return Verdict(((votes + settling) / (len(ballot.systems) + 1)).tolist(), 0.0)


def judged(ballot: Ballot) -> Array:
    """Return how high all judges together score each of n candidates, (n,), from 0 to 1."""
    rows = [_scaled(given) for given in ballot.scores.values() if given]
    if not rows:
        return np.full(len(ballot.candidates), _NEUTRAL)
    means = [
        [np.mean([row.get(name, _NEUTRAL) for name in candidate.voters]) for row in rows]
        for candidate in ballot.candidates
    ]
    return np.asarray(np.mean(means, axis=1))


def _scaled(given: Mapping[str, float]) -> dict[str, float]:
    low, high = min(given.values()), max(given.values())
    if high <= low:
        return {}
    return {name: (score - low) / (high - low) for name, score in given.items()}


def _of_texts(ballot: Ballot, votes: Array, judges: Array) -> Array:
    utility = Utility.of([candidate.replacement for candidate in ballot.candidates], votes)
    if np.ptp(judges) == 0:
        return utility.expected
    likeness = utility.likeness - utility.likeness.min()
    by_both = (likeness / max(float(likeness.max()), 1e-12) + judges) / 2
    return utility.settled(by_both) if utility.agreeing.any() else by_both
