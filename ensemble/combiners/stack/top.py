"""The top of a stack: its belief in what the levels take, and the output that follows from it."""

from collections.abc import Sequence

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner
from ensemble.combiners.stack.levels import Upper
from ensemble.decoding.decode import Combination, decode

ENOUGH = 0.5 - 1e-9
"""The belief from which an edit is accepted."""

_FIRST = 0.5
"""The votes that the first level has beside its own: it decides where levels are in halves."""

Beliefs = list[float]
"""The belief in each candidate of an upper ballot, from 0 to 1; a half is enough for an edit."""


def top_beliefs(uppers: Sequence[Upper], first: str, top: Combiner | None) -> list[Beliefs]:
    """Return the belief of `top` in the candidates of each ballot; `None` is the vote.

    In the vote the level called `first` counts for half more, so that it settles ties.
    """
    ballots = [above.ballot for above in uppers]
    if top is None:
        return [_shares(ballot, first) for ballot in ballots]
    return [
        [_centred(p, verdict.threshold) for p in verdict.probabilities]
        for verdict in top.judge(ballots)
    ]


def mixed(above: Upper, best: str, beliefs: Sequence[float], trust: float) -> Beliefs:
    """Return beliefs between the level called `best`, at a `trust` of 0, and the top, at 1."""
    return [
        (1 - trust) * float(best in candidate.voters) + trust * belief
        for candidate, belief in zip(above.ballot.candidates, beliefs, strict=True)
    ]


def of_candidates(
    ballot: Ballot, above: Upper, beliefs: Sequence[float]
) -> tuple[list[float], dict[int, float]]:
    """Return the belief in each candidate of `ballot`, and in each text that levels wrote."""
    below, written = [0.0] * len(ballot.candidates), {}
    for i, (place, belief) in enumerate(zip(above.places, beliefs, strict=True)):
        if i in above.written:
            written[i] = belief
        else:
            below[place] = belief
    return below, written


def combined(ballot: Ballot, above: Upper, beliefs: Sequence[float]) -> Combination:
    """Return the output that follows from the `beliefs` of the top.

    A text that a level wrote has the evidence of that level.
    """
    below, written = of_candidates(ballot, above, beliefs)
    if written:
        strongest = max(written, key=lambda i: written[i])
        if written[strongest] > max(below, default=0.0):
            return above.written[strongest]
    return decode(ballot, below, ENOUGH)


def _shares(ballot: Ballot, first: str) -> Beliefs:
    votes = len(ballot.systems) + _FIRST * (first in ballot.systems)
    return [
        (len(candidate.voters) + _FIRST * (first in candidate.voters)) / max(votes, 1.0)
        for candidate in ballot.candidates
    ]


def _centred(probability: float, threshold: float) -> float:
    """Return a probability on the scale on which a half is the threshold."""
    if probability < threshold:
        return 0.5 * probability / threshold
    return 0.5 + 0.5 * (probability - threshold) / max(1 - threshold, 1e-9)
