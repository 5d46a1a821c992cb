"""Targets of whole texts from people's scores."""

from collections.abc import Mapping, Sequence

import numpy as np

from ensemble.candidates import Ballot
from ensemble.targets.targets import Targets


def from_scores(ballots: Sequence[Ballot], scores: Mapping[tuple[str, int], float]) -> Targets:
    """Return each text's mean score over its voters; `scores` is by system and segment, from 1.

    Raises:
        ValueError: a score is for a segment that does not exist.
    """
    last = max((number for _, number in scores), default=0)
    if last > len(ballots):
        raise ValueError(f"a score for segment {last}, but there are {len(ballots)}")
    values = []
    for number, ballot in enumerate(ballots, start=1):
        voters_scores = [
            [scores[name, number] for name in candidate.voters if (name, number) in scores]
            for candidate in ballot.candidates
        ]
        values.append(
            np.array([np.mean(ratings) if ratings else np.nan for ratings in voters_scores])
        )
    return Targets(tuple(values), np.ones(len(ballots)))
