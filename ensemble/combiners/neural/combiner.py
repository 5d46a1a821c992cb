"""The neural combiner: relies on each system where it is likely to be right.

Untrained it is the vote weighed by competence. Trained, it moves from there as far as labels
carry it (`training`); on other systems or texts their agreement is counted anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Verdict
from ensemble.combiners.neural.evidence import Evidence, gather
from ensemble.combiners.neural.network import Inputs, Network
from ensemble.competence import Profile, systems_of
from ensemble.timing import lap
from evaluation.edits.types import Types
from evaluation.reporting.table import sign

Array = NDArray[np.float64]

_REMEMBERED = 300.0  # candidates that the agreement seen in training counts for elsewhere
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Learnt:
    """What training leaves: a network, whom and what it knows, and how far to believe it.

    `trust` from 0 (the vote) to 1 (the network); an edit is accepted from `threshold` up. Both
    are for the systems trained on, and fall back to the vote's with the part of others.
    """

    network: Network
    systems: tuple[str, ...]
    traits: tuple[str, ...]
    columns: tuple[str, ...]
    trust: float
    threshold: float

    def scores(self, evidence: Evidence) -> Array:
        """Return the log-odds of each candidate, shape (n,).

        Raises:
            ValueError: the evidence has other columns than those learnt from.
        """
        if evidence.columns != self.columns:
            raise ValueError(f"learnt from {len(self.columns)} columns of evidence, not from these")
        with torch.inference_mode():
            members = self.network(inputs(evidence, self.systems, self.traits))
        own = members.mean(dim=0).numpy().astype(np.float64)
        trust = self.trust * self.familiarity(evidence)
        return np.asarray(trust * own + (1 - trust) * evidence.prior)

    def familiarity(self, evidence: Evidence) -> Array:
        """Return the part of systems trained on among those that answered: (n,)."""
        known = [name in self.systems for name in evidence.systems]
        return np.asarray(evidence.parts[:, known].sum(axis=1))


def inputs(evidence: Evidence, systems: Sequence[str], traits: Sequence[str]) -> Inputs:
    """Return `evidence` as the network takes it, on the `systems` and `traits` it knows."""
    column = {name: i for i, name in enumerate(evidence.systems)}
    known = [(k, column[name]) for k, name in enumerate(systems) if name in column]
    voices = np.zeros((len(evidence), len(systems)))
    voices[:, [k for k, _ in known]] = evidence.voices[:, [i for _, i in known]]
    place = {name: i for i, name in enumerate(traits)}
    has = np.zeros((len(evidence), len(traits)))
    for row, some in zip(has, evidence.traits, strict=True):
        row[[place[name] for name in some if name in place]] = 1.0
    arrays = (evidence.prior, evidence.values, voices, has)
    return Inputs(*(torch.from_numpy(array.astype(np.float32)) for array in arrays))


@dataclass(frozen=True)
class Neural:
    """A combiner for one kind of output; `learnt` is `None` where it has seen no labels.

    `mark` names what was learnt; `types`, what must name the types of edits it is shown, and
    `context` the language model that must read them, for what was learnt to mean the same.
    """

    kind: Kind | None = None
    profile: Profile = field(default_factory=Profile.unknown)
    learnt: Learnt | None = None
    mark: str = "untrained"
    types: Types = "surface"
    context: str | None = None
    name: ClassVar[str] = "neural"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The one kind it was trained for; all, where it has learnt nothing."""
        return (self.kind,) if self.kind else ("edits", "texts", "labels")

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        weights = ",".join(f"{name}={w:.6g}" for name, w in self.profile.weights.items())
        return sign(self.name, {"artefact": self.mark, "weights": weights})

    @property
    def agreement(self) -> dict[str, float]:
        """Return how much each system agrees with the others: it settles ties."""
        return self.profile.agreements

    def fit(self, ballots: Sequence[Ballot]) -> "Neural":
        """Return one that has counted who agrees with whom in `ballots` too."""
        return self.taught(self.count(ballots))

    def count(self, ballots: Sequence[Ballot]) -> Profile:
        """See `Counting`."""
        return Profile.of(ballots)

    def taught(self, counts: Profile) -> "Neural":
        """See `Counting`."""
        return replace(self, profile=self.profile.scaled(_REMEMBERED) + counts)

    def weight(self, system: str) -> float:
        """Return what the voice of `system` counts before anything was learnt, from 0 to 1."""
        return self.profile.weights.get(system, 0.0)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return how probable each candidate is; of the texts of a ballot, to be the best."""
        if not any(ballot.candidates for ballot in ballots):
            return [Verdict([], 0.0) for _ in ballots]
        evidence = gather(
            ballots, self.profile + Profile.unknown(systems_of(ballots)), self.context
        )
        lap("features")
        scores, enough = evidence.prior, np.full(len(evidence), 0.5)
        if self.learnt:
            scores = self.learnt.scores(evidence)
            enough += self.learnt.familiarity(evidence) * (self.learnt.threshold - 0.5)
        bounds = np.cumsum([len(ballot.candidates) for ballot in ballots])[:-1]
        parts = np.split(scores, bounds)
        if ballots[0].kind != "edits":
            return [Verdict(_softmax(part).tolist(), 0.0) for part in parts]
        needed = [float(part.max(initial=0.0)) - _ROUNDING for part in np.split(enough, bounds)]
        return [Verdict(_sigmoid(part).tolist(), n) for part, n in zip(parts, needed, strict=True)]


def _sigmoid(scores: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-scores)))


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(initial=-np.inf)) if len(scores) else scores
    return np.asarray(powers / max(powers.sum(), 1e-300))
