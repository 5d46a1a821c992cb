"""The network of trained `fuse`: which changes of words bring a text nearer to a reference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.judges import JudgeCounts
from ensemble.combiners.neural.combiner import Neural
from ensemble.combiners.neural.evidence import Evidence, gather
from ensemble.combiners.neural.training import train
from ensemble.combiners.trainable import UNSAVED
from ensemble.combiners.word_votes import plurality
from ensemble.competence import Profile
from ensemble.targets import Targets
from ensemble.types import Array

_STAKE = 6.0  # log-odds from no vote to all votes, as in the votes on edits
_TIE = 1e-4  # log-odds, taken off so that a tie changes nothing, whatever is rounded
THRESHOLD = 0.5
"""A change is made where it is more likely to bring the text nearer than to take it farther."""


@dataclass(frozen=True)
class WordChanges(Neural):
    """The neural combiner of edits, on words aligned to the text that they change.

    It starts from the plurality of the voters, in place of half of them.
    """

    @staticmethod
    def evidence(
        ballots: Sequence[Ballot], profile: Profile, context: str | None, judges: JudgeCounts
    ) -> Evidence:
        """Return the evidence on changes of words; the prior is that of untrained `fuse`."""
        shares = np.concatenate([plurality(ballot).probabilities for ballot in ballots])
        prior = _STAKE * (shares - THRESHOLD) - _TIE
        return replace(gather(ballots, profile, context, judges), prior=prior)

    @classmethod
    def learn_changes(
        cls, ballots: Sequence[Ballot], targets: Targets, seed: int
    ) -> tuple[Self, list[Array]]:
        """Return the trained combiner, and held-out probabilities of the changes of each ballot.

        Targets are 1 where a change brings the text nearer, 0 where it takes it farther, and NaN
        where it does neither.

        Raises:
            ValueError: no change has a label.
        """
        trained = train(ballots, targets, seed, None, cls.evidence)
        learnt = replace(trained.learnt, threshold=THRESHOLD)
        bounds = np.cumsum([len(ballot.candidates) for ballot in ballots])[:-1]
        probabilities = 1 / (1 + np.exp(-trained.held_out))
        combiner = cls(trained.kind, trained.profile, UNSAVED, learnt=learnt)
        return combiner, np.split(probabilities, bounds)
