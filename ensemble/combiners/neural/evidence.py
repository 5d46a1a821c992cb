"""The evidence on candidates before any label: the input of the network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.judges import NO_JUDGES, JudgeCounts
from ensemble.combiners.neural.context import InContext, read_in_context
from ensemble.combiners.neural.features import FEATURES
from ensemble.combiners.neural.vote_matrix import VoteMatrix
from ensemble.competence import Profile
from ensemble.types import Array, Booleans, Integers

OTHER_EVIDENCE = "trained by a version of Consort with other evidence: it has to be trained again"


@dataclass(frozen=True)
class Evidence:
    """All candidates of some ballots of one kind, one after the other: n of them, s systems.

    `prior` (n,) is the vote's log-odds; `values` (n, d) describes candidates by `columns`; `voices`
    (n, s) is how far each of `systems` votes for (positive) or against a candidate, beyond the
    share that it has; `parts` (n, s) is each system's share of the systems there, twins counted
    once; `copies` (s, s) tells which systems are copies of one; `judged` (n, j) is how good each of
    `judges` finds a candidate, in standard deviations; `traits` names what the competence of a
    system may depend on; `segment` (n,) is the ballot's number. `context` has the features
    from a language model, if one was asked.
    """

    prior: Array
    columns: tuple[str, ...]
    values: Array
    systems: tuple[str, ...]
    voices: Array
    parts: Array
    copies: Booleans
    judges: tuple[str, ...]
    judged: Array
    traits: tuple[tuple[str, ...], ...]
    segment: Integers
    context: InContext

    def __len__(self) -> int:
        return len(self.segment)


Gathering = Callable[[Sequence[Ballot], Profile, str | None, JudgeCounts], Evidence]
"""Returns the evidence on candidates, as `gather` does."""


def gather(
    ballots: Sequence[Ballot],
    profile: Profile,
    context: str | None,
    judges: JudgeCounts = NO_JUDGES,
) -> Evidence:
    """Return the evidence on every candidate of `ballots`, of which there is at least one.

    A system that `profile` does not know has no voice, nor has a judge that is not among `judges`.
    `context` names the language model that reads contested candidates in their sentences, if any.
    """
    matrix = VoteMatrix(ballots, profile, judges)
    features = FEATURES[ballots[0].kind](matrix)
    columns = [np.asarray(column, dtype=np.float64) for column in features.columns.values()]
    prior = features.prior
    in_context = InContext.unasked(len(prior))
    if context:
        in_context = read_in_context(ballots, prior, context)
    return Evidence(
        prior=prior,
        columns=tuple(features.columns),
        values=np.stack(columns, axis=1),
        systems=profile.systems,
        voices=matrix.voices,
        parts=matrix.parts,
        copies=profile.copies,
        judges=judges.names,
        judged=matrix.judged,
        traits=features.traits,
        segment=matrix.segment,
        context=in_context,
    )
