"""What the policy sees of each option: the neural combiner's evidence on the edits it makes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ensemble.candidates import Ballot
from ensemble.combiners.neural.evidence import gather
from ensemble.combiners.neural.network import Inputs
from ensemble.competence import Profile, systems_of
from ensemble.diversity.data.material import Versions
from ensemble.diversity.training.chooser import Chooser
from ensemble.diversity.training.decisions import Choice

Array = NDArray[np.float64]

_SURE = 2.0  # log-odds: how far the policy leans, at first, to what the member says untrained
_RARE = 3  # types of edit seen less often are not learnt


@dataclass(frozen=True)
class Observer:
    """What was known of systems and edits when training began, so that all is seen alike later.

    `untouched` is the version that the member gives where nobody has trained it; what the policy
    starts from, unless there is another `start`.
    """

    profile: Profile
    traits: tuple[str, ...]
    columns: tuple[str, ...]
    untouched: str
    context: str | None = None
    start: Chooser | None = None

    @classmethod
    def of(cls, ballots: Sequence[Ballot], untouched: str, context: str | None) -> "Observer":
        """Return what can be known from `ballots`, which hold at least one candidate."""
        profile = Profile.of(ballots)
        evidence = gather(ballots, profile, context)
        names, counts = np.unique([t for some in evidence.traits for t in some], return_counts=True)
        traits = tuple(map(str, names[counts >= _RARE]))
        return cls(profile, traits, evidence.columns, untouched, context)

    def see(self, ballots: Sequence[Ballot], versions: Versions, found: Sequence[Choice]) -> Inputs:
        """Return what is seen of the n options of the decisions `found` on `ballots`.

        Beside the evidence on an edit it is how probable it is by the scores of `versions`.

        An option is its edits' mean; that which keeps the source is all zeros, its prior too.
        The prior of the others is the log-odds that the policy starts from.
        """
        evidence = gather(
            ballots, self.profile + Profile.unknown(systems_of(ballots)), self.context
        )
        belief = _belief(ballots, versions)
        table = np.concatenate(
            [evidence.values, belief, self._voices(ballots), self._traits(evidence.traits)], axis=1
        )
        rows = {
            (i, c.edit): row
            for row, (i, c) in enumerate(
                (i, c) for i, b in enumerate(ballots) for c in b.candidates
            )
        }
        rows_seen, prior = [], []
        for choice in found:
            own = self._untouched(ballots[choice.segment], choice)
            for option in choice.options:
                places = [rows[choice.segment, edit] for edit in option]
                rows_seen.append(table[places].mean(axis=0) if places else np.zeros(table.shape[1]))
                prior.append((_SURE if option == own else -_SURE) if option else 0.0)
        widths = np.cumsum([evidence.values.shape[1] + 1, len(self.profile.systems)])
        values, voices, traits = np.split(np.array(rows_seen), widths, axis=1)
        arrays = (np.array(prior), values, voices, traits)
        seen = Inputs(*(torch.from_numpy(array.astype(np.float32)) for array in arrays))
        return seen._replace(prior=self.start.log_odds(seen)) if self.start else seen

    def _untouched(self, ballot: Ballot, choice: Choice) -> tuple[object, ...]:
        within = {edit for option in choice.options for edit in option}
        own = (c.edit for c in ballot.candidates if self.untouched in c.voters)
        return tuple(edit for edit in own if edit in within)

    def _voices(self, ballots: Sequence[Ballot]) -> Array:
        column = {name: i for i, name in enumerate(self.profile.systems)}
        candidates = [c for ballot in ballots for c in ballot.candidates]
        voices = np.zeros((len(candidates), len(column)))
        for row, candidate in zip(voices, candidates, strict=True):
            row[[column[name] for name in candidate.voters if name in column]] = 1.0
        return voices

    def _traits(self, traits: Sequence[Sequence[str]]) -> Array:
        column = {name: i for i, name in enumerate(self.traits)}
        has = np.zeros((len(traits), len(column)))
        for row, some in zip(has, traits, strict=True):
            row[[column[name] for name in some if name in column]] = 1.0
        return has


def _belief(ballots: Sequence[Ballot], versions: Versions) -> Array:
    """Return the probability of each edit (n, 1): that of all versions that make it."""
    beliefs = [
        sum(known.get(name, 0.0) for name in candidate.voters)
        for ballot, known in zip(ballots, versions.beliefs, strict=True)
        for candidate in ballot.candidates
    ]
    return np.array(beliefs, dtype=np.float64).reshape(-1, 1)
