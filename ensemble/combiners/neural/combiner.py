"""The neural combiner: it relies on each system where that system is likely to be right.

Untrained it is the usual combiner of each kind: of edits the vote weighted by competence, of labels
the vote, of texts minimum Bayes risk. Trained, it moves away from that as far as the labels support
it (`training`), and less on systems or texts unlike those trained on (`novelty`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.base import Counting, Verdict
from ensemble.combiners.judges import NO_JUDGES, JudgeCounts
from ensemble.combiners.neural import NEURAL
from ensemble.combiners.neural.calibration import lead
from ensemble.combiners.neural.context import read_ahead
from ensemble.combiners.neural.evidence import Evidence, gather
from ensemble.combiners.neural.novelty import Looks
from ensemble.combiners.neural.trained_state import TrainedState, read_state, to_state
from ensemble.combiners.neural.training import train
from ensemble.combiners.trainable import UNSAVED, State, Trainable, TrainedOn, VoteWeights
from ensemble.combiners.utility import comparing_once
from ensemble.combiners.voting import rounded
from ensemble.competence import Profile, systems_of
from ensemble.targets import Targets
from ensemble.timing import lap
from ensemble.types import Array
from evaluation.reporting.table import sign
from evaluation.statistics.significance import SEED

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress

_REMEMBERED = 300.0  # candidates, at most, that agreement in training counts for elsewhere
_ALIKE = 0.9  # texts of this likeness need no remark
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Counts:
    """Counts made without labels: the agreement of systems, that of judges, and looks."""

    profile: Profile
    judges: JudgeCounts
    looks: Looks

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both."""
        return Counts(
            self.profile + other.profile, self.judges + other.judges, self.looks + other.looks
        )


@NEURAL
@dataclass(frozen=True)
class Neural(Trainable, Counting):
    """A combiner for one kind of output; `learnt` is `None` where it was trained on no labels.

    `judges` and `looks` are those of the texts that it was fitted to.
    """

    learnt: TrainedState | None = None
    judges: JudgeCounts = NO_JUDGES
    looks: Looks = field(default_factory=Looks)

    @property
    def signature(self) -> str:
        """The artefact, and what the vote of each system weighs before training."""
        weights = ",".join(f"{name}={w:.6g}" for name, w in self.profile.weights.items())
        likeness = {"likeness": f"{self.likeness:.6g}"} if self.looks.count else {}
        judges = {"judges": rounded(self.known_judges.weights)} if self.known_judges.names else {}
        return sign(self.name, {"artefact": self.mark, "weights": weights, **judges, **likeness})

    @property
    def tie_weights(self) -> dict[str, float]:
        """How much each system agrees with the others."""
        return self.profile.agreements

    @property
    def votes(self) -> dict[str, float]:
        """One vote for each system, which its copies share."""
        return self.profile.votes

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems it was trained on; `profile` may have more after `fit`."""
        return self.learnt.systems if self.learnt else ()

    @property
    def known_judges(self) -> JudgeCounts:
        """The sums about judges, from training and from new texts."""
        known = self.learnt.judges.scaled(_REMEMBERED) if self.learnt else NO_JUDGES
        return known + self.judges

    @property
    def is_trained(self) -> bool:
        """Whether it has learnt from labels."""
        return self.learnt is not None

    @property
    def is_calibrated(self) -> bool:
        """Whether its probabilities were fitted to labels; those of some texts cannot be."""
        if self.learnt is None:
            return False
        return self.kind != "texts" or self.learnt.calibration is not None

    @property
    def likeness(self) -> float:
        """How much the texts it was fitted to are like those trained on, from 0 to 1."""
        return self.learnt.likeness(self.looks) if self.learnt else 1.0

    @property
    def remarks(self) -> tuple[str, ...]:
        """Say where texts are unlike those trained on, and how judges count without labels."""
        return (*self._on_likeness(), *self._on_judges())

    def _on_likeness(self) -> Iterator[str]:
        if self.learnt is not None and self.likeness <= _ALIKE:
            before, now = self.learnt.trust, self.learnt.trust * self.likeness
            yield (f"texts differ from those trained on: trust in training {now:.2f}, not "
                   f"{before:.2f}; the vote decides the rest")  # fmt: skip

    def _on_judges(self) -> Iterator[str]:
        if self.learnt is None and self.judges.names:
            listed = ", ".join(f"{name} {w:.2f}" for name, w in self.judges.weights.items())
            yield f"judges decide where votes are equal; their agreement with the votes: {listed}"

    def statistics(self, ballots: Sequence[Ballot]) -> Counts:
        """Return who agrees with whom, and how the candidates look."""
        looks = Looks.of(ballots) if self.learnt else Looks()
        return Counts(Profile.of(ballots), JudgeCounts.of(ballots), looks)

    def from_statistics(self, statistics: Counts) -> Self:
        """Return a combiner that has also counted this agreement of systems, for these texts."""
        # Agreement in training is scaled down, so that new texts soon count for more.
        profile = self.profile.scaled(_REMEMBERED) + statistics.profile
        return replace(self, profile=profile, judges=statistics.judges, looks=statistics.looks)

    @classmethod
    @comparing_once()
    def learn(
        cls,
        ballots: Sequence[Ballot],
        targets: Targets,
        *,
        seed: int = SEED,
        context: str | None = None,
    ) -> Self:
        """Return a combiner trained on `ballots`; see `training.train`."""
        trained = train(ballots, targets, seed, context, cls.evidence)
        # A language model that does not help is not asked again.
        used = context if trained.learnt.correction else None
        return cls(trained.kind, trained.profile, UNSAVED, context=used, learnt=trained.learnt)

    @classmethod
    def prepare(cls, ballots: Sequence[Ballot], context: str | None, progress: "Progress") -> None:
        """Have the language model read the contested edits, if there is one."""
        if context:
            read_ahead(ballots, context, progress)

    @staticmethod
    def evidence(
        ballots: Sequence[Ballot], profile: Profile, context: str | None, judges: JudgeCounts
    ) -> Evidence:
        """Return the evidence on candidates, in training and later; see `gather`."""
        return gather(ballots, profile, context, judges)

    def state(self) -> State:
        """Return the weights of the network, what it knows, and how far it is trusted.

        Raises:
            ValueError: it is not trained.
        """
        if self.learnt is None:
            raise ValueError("an untrained combiner has nothing to save")
        return to_state(self.learnt)

    @classmethod
    def from_state(cls, trained_on: TrainedOn, state: State) -> Self:
        """Return the combiner with these weights."""
        return cls(*trained_on, learnt=read_state(trained_on.kind, state))

    def vote_weights(self) -> VoteWeights | None:
        """Return what the vote of each system gained or lost in training."""
        return self.learnt.vote_weights() if self.learnt else None

    def weight(self, system: str) -> float:
        """Return the weight of the vote of `system` before training, from 0 to 1."""
        known = self.profile.weights
        # A system of which nothing is known counts as in `judge`, beside those that are known.
        return known[system] if system in known else self._beside_known([system]).weights[system]

    def _beside_known(self, systems: Sequence[str]) -> Profile:
        return self.profile + Profile.unknown(systems)

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return the probability of each candidate; of texts, the probability of being the best."""
        if not any(ballot.candidates for ballot in ballots):
            return [Verdict([], 0.0) for _ in ballots]
        evidence = self.evidence(
            ballots,
            self._beside_known(systems_of(ballots)),
            self.context if self.learnt and self.learnt.correction else None,
            self.known_judges,
        )
        lap("features")
        scores, threshold = evidence.prior, np.full(len(evidence), 0.5)
        known = np.zeros(len(evidence))
        if self.learnt:
            likeness = self.likeness
            scores = self.learnt.scores(evidence, likeness)
            known = likeness * self.learnt.familiarity(evidence)
            threshold += known * (self.learnt.threshold - 0.5)
        bounds = np.cumsum([len(ballot.candidates) for ballot in ballots])[:-1]
        parts = np.split(scores, bounds)
        if ballots[0].kind != "edits":
            shares = np.concatenate(list(map(_softmax, parts)))
            if self.learnt and self.learnt.calibration:
                # The calibration, too, holds for the systems and texts trained on.
                fitted = self.learnt.calibration.probabilities(lead(scores, evidence.segment))
                shares = known * fitted + (1 - known) * shares
            return [Verdict(part.tolist(), 0.0) for part in np.split(shares, bounds)]
        # Rounded down: a candidate exactly at the threshold must not fail by a rounding error.
        needed = [float(part.max(initial=0.0)) - _ROUNDING for part in np.split(threshold, bounds)]
        return [Verdict(_sigmoid(part).tolist(), n) for part, n in zip(parts, needed, strict=True)]


def _sigmoid(scores: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-scores)))


def _softmax(scores: Array) -> Array:
    # Shifted so that the largest exponent is 0.
    powers = np.exp(scores - scores.max(initial=-np.inf)) if len(scores) else scores
    return np.asarray(powers / max(powers.sum(), 1e-300))
