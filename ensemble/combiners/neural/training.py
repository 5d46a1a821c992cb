"""Training the neural combiner, which trusts labels only as far as they hold on other segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.judges import JudgeCounts
from ensemble.combiners.neural.calibration import Calibration
from ensemble.combiners.neural.correction import Correction
from ensemble.combiners.neural.evidence import Evidence, Gathering, gather
from ensemble.combiners.neural.losses import LOSSES, centred
from ensemble.combiners.neural.network import DESIGNS, Inputs, Network, Vote
from ensemble.combiners.neural.novelty import KnownLooks
from ensemble.combiners.neural.optimise import fit
from ensemble.combiners.neural.trained_state import TrainedState, inputs
from ensemble.competence import Profile
from ensemble.targets import Targets, folds_of
from ensemble.types import Array, Booleans, Integers

_FOLDS = 5
_STEP = 0.1  # from the vote to the network, to measure the slope of the loss
_RARE = 3  # traits of fewer candidates are not learnt
_BETA = 0.5
_ASSUMED = 100  # edits with a probability of a half, which steady the threshold


class Trained(NamedTuple):
    """The result of training: the kind, the agreement of systems and the trained state.

    `held_out` (n,) has the log-odds of each candidate by networks that did not see its segment.
    """

    kind: Kind
    profile: Profile
    learnt: TrainedState
    held_out: Array


def train(
    ballots: Sequence[Ballot],
    targets: Targets,
    seed: int,
    context: str | None,
    gathering: Gathering = gather,
) -> Trained:
    """Return the result of training on labelled `ballots`.

    How far the network is trusted over the vote is decided on segments it was not trained on, of
    other groups if there are several: as far as its loss there is lower by more than chance.
    `context` names the language model that reads contested edits too, if any; what it finds counts
    only if that lowers the loss on held-out segments, by more than chance. `gathering` makes the
    evidence on them.

    Raises:
        ValueError: no candidate has a label.
    """
    data = _TrainingData.of(ballots, targets, context, gathering)
    fold = folds_of(ballots, _FOLDS, seed, targets.groups)
    in_training = (
        np.arange(_FOLDS + 1)[:, None] != fold
    )  # no segment is in fold 5: the last sees all
    # One fit for the five folds and for the network that is kept.
    networks = data.networks(in_training, seed)
    of_network = data.out_of_fold(networks, fold)
    vote = data.out_of_fold(data.votes(in_training[:-1]), fold)
    trust = data.trust(of_network, vote)
    mixed = trust * of_network + (1 - trust) * data.evidence.prior
    correction = None
    if context:
        correction, mixed = data.corrected(mixed, fold)
    threshold = 0.5 + trust * (_best_threshold(mixed, float(targets.gold.sum())) - 0.5)
    calibration = None
    if data.kind == "texts":
        calibration = Calibration.of(mixed, targets.flat, data.evidence.segment)
    learnt = TrainedState(
        networks[-1],
        data.evidence.systems,
        data.traits,
        data.evidence.columns,
        trust,
        threshold,
        data.judges,
        KnownLooks.of(ballots),
        calibration,
        correction,
    )
    return Trained(data.kind, data.profile, learnt, mixed)


@dataclass(frozen=True)
class _TrainingData:
    """Training data: the evidence, the network's inputs made of it, and the targets."""

    kind: Kind
    profile: Profile
    judges: JudgeCounts
    evidence: Evidence
    traits: tuple[str, ...]
    table: Inputs
    targets: Tensor
    segments: int

    @classmethod
    def of(
        cls,
        ballots: Sequence[Ballot],
        targets: Targets,
        context: str | None,
        gathering: Gathering,
    ) -> "_TrainingData":
        values, kind = targets.flat, ballots[0].kind if ballots else "edits"
        if not np.isfinite(values).any():
            raise ValueError("no candidate has a label: there is nothing to learn from")
        profile = Profile.of(ballots)
        judges = JudgeCounts.of(ballots)
        evidence = gathering(ballots, profile, context, judges)
        every = [trait for traits in evidence.traits for trait in traits]
        names, counts = np.unique(every, return_counts=True)
        traits = tuple(map(str, names[counts >= _RARE]))
        # Scores of texts compare only within a segment: some sources are harder.
        if kind == "texts":
            values = centred(values, evidence.segment, len(ballots))
        table = inputs(evidence, profile.systems, judges.names, traits)
        labels = torch.from_numpy(values.astype(np.float32))
        return cls(kind, profile, judges, evidence, traits, table, labels, len(ballots))

    def networks(self, seen: Booleans, seed: int) -> list[Network]:
        """Return a network for each row of `seen` (k, m), fitted to the segments true there."""
        voices = self.table.voices.shape[1]
        sizes = len(self.evidence.columns), voices, len(self.traits)
        networks = [Network(*sizes, DESIGNS[self.kind], seed) for _ in seen]
        for network, chosen in zip(networks, seen, strict=True):
            rows = np.flatnonzero(chosen[self.evidence.segment])
            network.standardise(self.table.values[torch.from_numpy(rows)])
        self._fit(networks, seen)
        return networks

    def votes(self, seen: Booleans) -> list[Vote]:
        """Return a vote for each row of `seen`, as confident as these segments make it."""
        votes = [Vote() for _ in seen]
        self._fit(votes, seen)
        return votes

    def _fit(self, networks: Sequence[Vote], seen: Booleans) -> None:
        segment = torch.from_numpy(self.evidence.segment)
        fit(networks, self.table, segment, torch.from_numpy(seen), self._losses)

    def out_of_fold(self, networks: Sequence[Vote], fold: Integers) -> Array:
        """Return each candidate's score by the network that was not trained on it: (n,)."""
        scores = np.zeros(len(self.evidence))
        for k in range(_FOLDS):
            rows = np.flatnonzero(fold[self.evidence.segment] == k)
            held_out = Inputs(*(column[torch.from_numpy(rows)] for column in self.table))
            with torch.inference_mode():
                scores[rows] = networks[k](held_out).mean(dim=0).numpy()
        return scores

    def trust(self, of_network: Array, vote: Array) -> float:
        """Return how far to move from the vote to the network, from 0 to 1.

        A small step in that direction lowers the loss by t standard errors. The part that may be
        due to chance is taken off (James & Stein 1961): 1 / t**2, so that the vote stays below one
        error.
        """
        return self._proven(vote, _STEP * of_network + (1 - _STEP) * vote)

    def corrected(self, scores: Array, fold: Integers) -> tuple[Correction | None, Array]:
        """Return how a language model corrects held-out `scores` (n,), and the scores with that.

        `None`, and the scores as they are, where that lowers the loss by no more than chance.
        """
        context, targets = self.evidence.context, self.targets.double().numpy()
        correction = Correction.fit(context, scores, targets)
        moved = np.zeros(len(scores))
        for k in range(_FOLDS):
            held_out = fold[self.evidence.segment] == k
            others = np.where(held_out, np.nan, targets)
            shift = Correction.fit(context, scores, others).shift(context)
            moved[held_out] = shift[held_out]
        share = self._proven(scores, scores + moved)
        if share == 0:
            return None, scores
        return correction.scaled(share), scores + share * moved

    def _proven(self, before: Array, after: Array) -> float:
        """Return the part of a change of scores (n,) that is not due to chance, from 0 to 1.

        It lowers the loss by t standard errors, of which 1 / t**2 is taken off; 0 below one error.
        """
        scores = torch.from_numpy(np.stack([before, after]))
        losses = self._losses(scores.float()).double().numpy()
        gain = losses[0] - losses[1]
        errors = gain.sum() / max(float(gain.std()) * np.sqrt(self.segments), 1e-12)
        return float(1 - 1 / errors**2) if errors > 1 else 0.0

    def _losses(self, scores: Tensor) -> Tensor:
        """Return the loss of each segment, (members, segments), by `scores` (members, n)."""
        segment = torch.from_numpy(self.evidence.segment)
        return LOSSES[self.kind](scores, self.targets, segment, self.segments)


def _best_threshold(scores: Array, gold: float) -> float:
    """Return the probability from which accepting an edit raises the expected F-beta.

    At the optimum it is F / (1 + beta^2): Dinkelbach's iteration on a ratio of linear sums. Where
    few edits are known, assumed ones keep the threshold at that of the vote.
    """
    probability = 1 / (1 + np.exp(-scores))
    threshold = 0.5
    for _ in range(50):
        taken = probability[probability >= threshold]
        right = (1 + _BETA**2) * (taken.sum() + _ASSUMED * 0.5)
        f = right / (len(taken) + _BETA**2 * gold + _ASSUMED)
        threshold = float(f / (1 + _BETA**2))
    return threshold
