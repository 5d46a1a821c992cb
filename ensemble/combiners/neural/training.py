"""Labels to a trained combiner, which trusts them only as far as they proved right elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.neural.combiner import Learnt, Neural, inputs
from ensemble.combiners.neural.evidence import Evidence, gather
from ensemble.combiners.neural.losses import LOSSES, centred
from ensemble.combiners.neural.network import HOLDS, Inputs, Network, Vote
from ensemble.combiners.neural.optimise import fit
from ensemble.combiners.neural.vote_matrix import Array, Places
from ensemble.competence import Profile
from ensemble.targets import Targets, folds_of
from evaluation.statistics.significance import SEED

_FOLDS = 5
_STEP = 0.1
_RARE = 3  # traits seen in fewer candidates are not learnt
_BETA = 0.5
_ASSUMED = 100  # edits


def train(
    ballots: Sequence[Ballot],
    targets: Targets,
    seed: int = SEED,
    context: str | None = None,
) -> Neural:
    """Return a neural combiner trained on `ballots` of one kind with their `targets`.

    How far the network is trusted over the vote is decided on segments it was not trained on:
    as far as its loss there is lower by more than chance would have it. `context` names the
    language model that reads the candidates too, if any.

    Raises:
        ValueError: there is nothing to learn from.
    """
    study = _Study.of(ballots, targets, context)
    fold = folds_of(ballots, _FOLDS, seed)
    seen = np.arange(_FOLDS + 1)[:, None] != fold  # the last one sees all
    networks = study.networks(seen, seed)
    own = study.out_of_fold(networks, fold)
    vote = study.out_of_fold(study.votes(seen[:-1]), fold)
    trust = study.trust(own, vote)
    believed = trust * own + (1 - trust) * study.evidence.prior
    threshold = 0.5 + trust * (_best_threshold(believed, float(targets.gold.sum())) - 0.5)
    known = study.evidence.systems, study.traits, study.evidence.columns
    learnt = Learnt(networks[-1], *known, trust, threshold)
    return Neural(study.kind, study.profile, learnt, "unsaved", context=context)


@dataclass(frozen=True)
class _Study:
    """What is trained on: the evidence, as the network takes it, and the targets."""

    kind: Kind
    profile: Profile
    evidence: Evidence
    traits: tuple[str, ...]
    table: Inputs
    targets: Tensor
    segments: int

    @classmethod
    def of(cls, ballots: Sequence[Ballot], targets: Targets, context: str | None) -> "_Study":
        values, kind = targets.flat, ballots[0].kind if ballots else "edits"
        if not np.isfinite(values).any():
            raise ValueError("no candidate has a label: there is nothing to learn from")
        profile = Profile.of(ballots)
        evidence = gather(ballots, profile, context)
        every = [trait for traits in evidence.traits for trait in traits]
        names, counts = np.unique(every, return_counts=True)
        traits = tuple(map(str, names[counts >= _RARE]))
        if kind == "texts":
            values = centred(values, evidence.segment, len(ballots))
        table = inputs(evidence, profile.systems, traits)
        labels = torch.from_numpy(values.astype(np.float32))
        return cls(kind, profile, evidence, traits, table, labels, len(ballots))

    def networks(self, seen: NDArray[np.bool_], seed: int) -> list[Network]:
        """Return one for each row of `seen` (k, m), fitted to the segments where it is true."""
        sizes = len(self.evidence.columns), len(self.evidence.systems), len(self.traits)
        networks = [Network(*sizes, HOLDS[self.kind], seed) for _ in seen]
        for network, some in zip(networks, seen, strict=True):
            rows = np.flatnonzero(some[self.evidence.segment])
            network.standardise(self.table.values[torch.from_numpy(rows)])
        self._fit(networks, seen)
        return networks

    def votes(self, seen: NDArray[np.bool_]) -> list[Vote]:
        """Return what `networks` would, of the vote as sure of itself as these segments make it."""
        votes = [Vote() for _ in seen]
        self._fit(votes, seen)
        return votes

    def _fit(self, networks: Sequence[Vote], seen: NDArray[np.bool_]) -> None:
        segment = torch.from_numpy(self.evidence.segment)
        fit(networks, self.table, segment, torch.from_numpy(seen), self._losses)

    def out_of_fold(self, networks: Sequence[Vote], fold: Places) -> Array:
        """Return each candidate's score by the one that did not see it: (n,)."""
        scores = np.zeros(len(self.evidence))
        for k in range(_FOLDS):
            rows = np.flatnonzero(fold[self.evidence.segment] == k)
            held_out = Inputs(*(column[torch.from_numpy(rows)] for column in self.table))
            with torch.inference_mode():
                scores[rows] = networks[k](held_out).mean(dim=0).numpy()
        return scores

    def trust(self, own: Array, vote: Array) -> float:
        """Return how far to go from the vote to the network: as far as its way leads down.

        A small step that way lowers the loss, by so many standard errors t. What chance may
        have made of that is taken off (James & Stein 1961): 1 / t**2, so that the vote stays
        below one error.
        """
        mixed = torch.from_numpy(np.stack([vote, _STEP * own + (1 - _STEP) * vote]))
        losses = self._losses(mixed.float()).double().numpy()
        gain = losses[0] - losses[1]
        errors = gain.sum() / max(float(gain.std()) * np.sqrt(self.segments), 1e-12)
        return float(1 - 1 / errors**2) if errors > 1 else 0.0

    def _losses(self, scores: Tensor) -> Tensor:
        """Return what each segment loses, (members, segments), by `scores` (members, n)."""
        segment = torch.from_numpy(self.evidence.segment)
        return LOSSES[self.kind](scores, self.targets, segment, self.segments)


def _best_threshold(scores: Array, gold: float) -> float:
    """Return the probability from which accepting an edit raises the expected F-beta.

    At the best one it is F / (1 + beta^2): Dinkelbach's iteration on a ratio of linear sums.
    Where little is known of F, it is what makes the threshold that of the vote.
    """
    probability = 1 / (1 + np.exp(-scores))
    threshold = 0.5
    for _ in range(50):
        taken = probability[probability >= threshold]
        right = (1 + _BETA**2) * (taken.sum() + _ASSUMED * 0.5)
        f = right / (len(taken) + _BETA**2 * gold + _ASSUMED)
        threshold = float(f / (1 + _BETA**2))
    return threshold
