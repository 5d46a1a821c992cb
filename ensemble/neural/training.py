"""Labels to a trained combiner, which trusts them only as far as they proved right elsewhere."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ensemble.candidates import Ballot, Kind
from ensemble.competence import Profile
from ensemble.neural.combiner import Learnt, Neural, inputs
from ensemble.neural.evidence import Evidence, gather
from ensemble.neural.network import HOLDS, Inputs, Network
from ensemble.targets import Targets
from evaluation.significance import SEED

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_FOLDS = 5
_STEP = 0.1
_RARE = 3  # traits seen in fewer candidates are not learnt
_BETA = 0.5
_WORST = 3.0
_ASSUMED = 100  # edits

Progress = Callable[[Sequence[int]], Iterable[int]]
"""Passes a sequence through, and shows how far it has come."""


def train(
    ballots: Sequence[Ballot], targets: Targets, seed: int = SEED, progress: Progress = iter
) -> Neural:
    """Return a neural combiner trained on `ballots` of one kind with their `targets`.

    How far the network is trusted over the vote is decided on segments it was not trained on:
    as far as its loss there is lower by more than chance would have it.

    Raises:
        ValueError: there is nothing to learn from.
    """
    study = _Study.of(ballots, targets)
    own, vote = study.out_of_fold(seed, progress)
    trust = study.trust(own, vote)
    believed = trust * own + (1 - trust) * study.evidence.prior
    threshold = 0.5 + trust * (_best_threshold(believed, float(targets.gold.sum())) - 0.5)
    network = study.fit(np.arange(len(ballots)), seed)
    learnt = Learnt(network, study.systems, study.traits, float(trust), float(threshold))
    return Neural(study.kind, study.profile, learnt, "unsaved")


@dataclass(frozen=True)
class _Study:
    """What is trained on: the evidence, as the network takes it, and how it is to be judged."""

    kind: Kind
    profile: Profile
    evidence: Evidence
    systems: tuple[str, ...]
    traits: tuple[str, ...]
    table: Inputs
    targets: Tensor
    segments: int

    @classmethod
    def of(cls, ballots: Sequence[Ballot], targets: Targets) -> "_Study":
        values = targets.flat
        if not np.isfinite(values).any():
            raise ValueError("no candidate has a label: there is nothing to learn from")
        profile = Profile.of(ballots)
        evidence = gather(ballots, profile)
        names, counts = np.unique(
            [trait for traits in evidence.traits for trait in traits], return_counts=True
        )
        traits = tuple(map(str, names[counts >= _RARE]))
        table = inputs(evidence, profile.systems, traits)
        kind = ballots[0].kind
        if kind == "texts":
            values = _centred(values, evidence.segment, len(ballots))
        labels = torch.from_numpy(values.astype(np.float32))
        return cls(
            kind, profile, evidence, profile.systems, traits, table, labels, len(ballots)
        )  # fmt: skip

    def fit(self, chosen: Places, seed: int, scale_only: bool = False) -> Network:
        """Return a network that has learnt from the segments in `chosen`."""
        rows = torch.from_numpy(np.flatnonzero(np.isin(self.evidence.segment, chosen)))
        network = Network(
            self.table.values.shape[1], len(self.systems), len(self.traits), HOLDS[self.kind], seed
        )
        known = Inputs(*(column[rows] for column in self.table))
        return network.learn(known, lambda scores: self._losses(scores, rows).sum(-1), scale_only)

    def out_of_fold(self, seed: int, progress: Progress) -> tuple[Array, Array]:
        """Return the scores of the network and of the vote by those that did not see them."""
        fold = np.random.default_rng(seed).integers(_FOLDS, size=self.segments)
        scores = np.zeros((2, len(self.evidence)))
        for k in progress(range(_FOLDS)):
            rows = np.flatnonzero(fold[self.evidence.segment] == k)
            held_out = Inputs(*(column[torch.from_numpy(rows)] for column in self.table))
            for row, scale_only in zip(scores, (False, True), strict=True):
                network = self.fit(np.flatnonzero(fold != k), seed, scale_only)
                with torch.inference_mode():
                    row[rows] = network(held_out).mean(dim=0).numpy()
        return scores[0], scores[1]

    def trust(self, own: Array, vote: Array) -> float:
        """Return how far to go from the vote to the network: as far as its way leads down.

        A small step that way lowers the loss, by so many standard errors t. What chance may
        have made of that is taken off: trust is 1 - 1 / t**2 (James & Stein 1961).
        """
        mixed = torch.from_numpy(np.stack([vote, _STEP * own + (1 - _STEP) * vote]))
        losses = self._losses(mixed.float(), torch.arange(len(own))).double().numpy()
        gain = losses[0] - losses[1]
        errors = gain.sum() / max(float(gain.std()) * np.sqrt(self.segments), 1e-12)
        return float(1 - 1 / errors**2) if errors > 1 else 0.0

    def _losses(self, scores: Tensor, rows: Tensor) -> Tensor:
        """Return what each segment loses, (members, segments), by `scores` (members, rows)."""
        labels, segment = self.targets[rows], torch.from_numpy(self.evidence.segment)[rows]
        known = labels.isfinite()
        if self.kind == "edits":
            wanted = labels.nan_to_num().expand_as(scores)
            each = functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none")
            return _by_segment(each * known, segment, self.segments)
        if self.kind == "texts":
            count = _by_segment(known[None].float(), segment, self.segments).clamp_min(1)
            mean = _by_segment(scores * known, segment, self.segments) / count
            missed = (scores - mean[:, segment] - labels.nan_to_num()) * known
            return _by_segment(missed**2 / 2, segment, self.segments)
        share = (scores - _log_sum(scores, segment, self.segments)[:, segment]).exp()
        good = _by_segment(share * labels.nan_to_num(), segment, self.segments)
        answered = _by_segment(labels.nan_to_num()[None], segment, self.segments) > 0
        return torch.where(answered, -good.clamp_min(1e-9).log(), 0.0)


def _by_segment(values: Tensor, segment: Tensor, segments: int) -> Tensor:
    return values.new_zeros(len(values), segments).index_add(1, segment, values)


def _log_sum(scores: Tensor, segment: Tensor, segments: int) -> Tensor:
    """Return the logarithm of the sum of the exponentials of each segment's scores."""
    places = segment.expand_as(scores)
    floor = scores.new_full((len(scores), segments), -torch.inf)
    top = floor.scatter_reduce(1, places, scores.detach(), "amax")
    total = _by_segment((scores - top.gather(1, places)).exp(), segment, segments)
    return top + total.clamp_min(1e-30).log()


def _centred(values: Array, segment: Places, segments: int) -> Array:
    """Return scores as how much better than its segment's mean each is, in standard deviations.

    Beyond three of them a text is bad, whatever else is wrong with it: no few segments may
    decide alone.
    """
    known = np.isfinite(values)
    count = np.bincount(segment[known], minlength=segments)
    total = np.bincount(segment[known], values[known], minlength=segments)
    apart = values - (total / np.maximum(count, 1))[segment]
    return np.clip(apart / max(float(apart[known].std()), 1e-9), -_WORST, _WORST)


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
