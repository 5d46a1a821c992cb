"""The neural combiner: it relies on each system where that system is likely to be right.

Untrained it is the vote weighted by competence. Trained, it moves away from the vote as far as the
labels support that (`training`); on other systems or texts, agreement is counted again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import torch

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.base import Verdict
from ensemble.combiners.neural.evidence import Evidence, gather
from ensemble.combiners.neural.network import Inputs, Network
from ensemble.competence import Profile, systems_of
from ensemble.timing import lap
from ensemble.types import Array
from evaluation.edits.types import Types
from evaluation.reporting.table import sign

_REMEMBERED = 300.0  # candidates, at most, that agreement in training counts for elsewhere
_ROUNDING = 1e-6


@dataclass(frozen=True)
class TrainedState:
    """The result of training: a network, the systems and features it knows, and its trust.

    `trust` goes from 0 (the vote) to 1 (the network); an edit is accepted from `threshold` up. Both
    hold for the systems trained on, and approach the vote's as more of the systems are unknown.
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
            ValueError: the evidence has other columns than the training data.
        """
        if evidence.columns != self.columns:
            raise ValueError(f"trained on {len(self.columns)} other columns of evidence")
        with torch.inference_mode():
            members = self.network(inputs(evidence, self.systems, self.traits))
        of_network = members.mean(dim=0).numpy().astype(np.float64)
        # Among unknown systems the vote is all there is, so trust falls with their share.
        trust = self.trust * self.familiarity(evidence)
        return np.asarray(trust * of_network + (1 - trust) * evidence.prior)

    def familiarity(self, evidence: Evidence) -> Array:
        """Return the share of trained-on systems among those that answered: (n,)."""
        known = [name in self.systems for name in evidence.systems]
        return np.asarray(evidence.parts[:, known].sum(axis=1))


def inputs(evidence: Evidence, systems: Sequence[str], traits: Sequence[str]) -> Inputs:
    """Return `evidence` as the network takes it, for the `systems` and `traits` it knows."""
    column = {name: i for i, name in enumerate(evidence.systems)}
    known = [(k, column[name]) for k, name in enumerate(systems) if name in column]
    voices = np.zeros((len(evidence), len(systems)))
    voices[:, [k for k, _ in known]] = evidence.voices[:, [i for _, i in known]]
    trait_column = {name: i for i, name in enumerate(traits)}
    has = np.zeros((len(evidence), len(traits)))
    for row, names in zip(has, evidence.traits, strict=True):
        row[[trait_column[name] for name in names if name in trait_column]] = 1.0
    arrays = (evidence.prior, evidence.values, voices, has)
    return Inputs(*(torch.from_numpy(array.astype(np.float32)) for array in arrays))


@dataclass(frozen=True)
class Neural:
    """A combiner for one kind of output; `learnt` is `None` where it was trained on no labels.

    `mark` identifies what was learnt. `types` is the classifier that must name the types of edits,
    and `context` the language model that must read them, for what was learnt to apply.
    """

    kind: Kind | None = None
    profile: Profile = field(default_factory=Profile.unknown)
    learnt: TrainedState | None = None
    mark: str = "untrained"
    types: Types = "surface"
    context: str | None = None
    name: ClassVar[str] = "neural"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kind it was trained for; all kinds if untrained."""
        return (self.kind,) if self.kind else ("edits", "texts", "labels")

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        weights = ",".join(f"{name}={w:.6g}" for name, w in self.profile.weights.items())
        return sign(self.name, {"artefact": self.mark, "weights": weights})

    @property
    def agreement(self) -> dict[str, float]:
        """How much each system agrees with the others; it settles ties."""
        return self.profile.agreements

    def fit(self, ballots: Sequence[Ballot]) -> "Neural":
        """Return a combiner that has also counted the agreement of systems in `ballots`."""
        return self.from_statistics(self.statistics(ballots))

    def statistics(self, ballots: Sequence[Ballot]) -> Profile:
        """See `Counting`."""
        return Profile.of(ballots)

    def from_statistics(self, counts: Profile) -> "Neural":
        """See `Counting`."""
        # Agreement in training is scaled down, so that new texts soon count for more.
        return replace(self, profile=self.profile.scaled(_REMEMBERED) + counts)

    def weight(self, system: str) -> float:
        """Return the weight of the vote of `system` before training, from 0 to 1."""
        return self.profile.weights.get(system, 0.0)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return the probability of each candidate; of texts, the probability of being the best."""
        if not any(ballot.candidates for ballot in ballots):
            return [Verdict([], 0.0) for _ in ballots]
        evidence = gather(
            ballots, self.profile + Profile.unknown(systems_of(ballots)), self.context
        )
        lap("features")
        scores, threshold = evidence.prior, np.full(len(evidence), 0.5)
        if self.learnt:
            scores = self.learnt.scores(evidence)
            threshold += self.learnt.familiarity(evidence) * (self.learnt.threshold - 0.5)
        bounds = np.cumsum([len(ballot.candidates) for ballot in ballots])[:-1]
        parts = np.split(scores, bounds)
        if ballots[0].kind != "edits":
            return [Verdict(_softmax(part).tolist(), 0.0) for part in parts]
        # Rounded down: a candidate exactly at the threshold must not fail by a rounding error.
        needed = [float(part.max(initial=0.0)) - _ROUNDING for part in np.split(threshold, bounds)]
        return [Verdict(_sigmoid(part).tolist(), n) for part, n in zip(parts, needed, strict=True)]


def _sigmoid(scores: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-scores)))


def _softmax(scores: Array) -> Array:
    # Shifted so that the largest exponent is 0.
    powers = np.exp(scores - scores.max(initial=-np.inf)) if len(scores) else scores
    return np.asarray(powers / max(powers.sum(), 1e-300))
