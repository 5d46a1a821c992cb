"""All that is known of candidates before any label: the input of the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.neural.context import read_in_context
from ensemble.combiners.neural.features import FORMS
from ensemble.combiners.neural.vote_matrix import Array, Places, Poll
from ensemble.competence import Profile


@dataclass(frozen=True)
class Evidence:
    """All candidates of some ballots of one kind, one after the other: n of them, s systems.

    `prior` (n,) is what the vote says, as a log-odds; `values` (n, d) describes candidates by
    `columns`; `voices` (n, s), how far each of `systems` speaks for (positive) or against one,
    beyond what the others do; `parts` (n, s), their parts among the heads there; `traits`
    names what the competence of a system may depend on; `segment` (n,) is the ballot's number.
    """

    prior: Array
    columns: tuple[str, ...]
    values: Array
    systems: tuple[str, ...]
    voices: Array
    parts: Array
    traits: tuple[tuple[str, ...], ...]
    segment: Places

    def __len__(self) -> int:
        return len(self.segment)


def gather(ballots: Sequence[Ballot], profile: Profile, context: str | None) -> Evidence:
    """Return the evidence on every candidate of `ballots`, of which there is at least one.

    A system that `profile` does not know has no voice. `context` names the language model that
    reads each candidate in its sentence, if any.
    """
    poll = Poll(ballots, profile)
    form = FORMS[ballots[0].kind](poll)
    columns = {**form.columns, **(read_in_context(poll, context) if context else {})}
    values = np.stack([np.asarray(some, dtype=np.float64) for some in columns.values()], axis=1)
    return Evidence(
        prior=form.prior,
        columns=tuple(columns),
        values=values,
        systems=profile.systems,
        voices=poll.voices,
        parts=poll.parts,
        traits=form.traits,
        segment=poll.segment,
    )
