"""Logistic regression on which system proposed which type of edit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import exp
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from ensemble.candidates import Ballot, Candidate
from ensemble.combiners.base import Verdict
from ensemble.combiners.majority import Majority
from ensemble.combiners.registry import register
from ensemble.combiners.trainable import (
    UNSAVED,
    State,
    Trainable,
    TrainedOn,
    VoteWeights,
    refuse_context,
)
from ensemble.competence import Profile
from ensemble.targets import Targets
from ensemble.types import Array
from evaluation.statistics.significance import SEED

_SHOWN = 20  # types of edit in the report, those on which systems differ most
_FARTHEST = 700.0  # log-odds; beyond it exp overflows


class _Facts(BaseModel):
    """The facts saved beside the tensors `coefficients` (systems, edit types) and `intercept`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    edit_types: tuple[str, ...]


@register("logistic", kinds=("edits",), needs_labels=True)
@dataclass(frozen=True, eq=False)
class Logistic(Trainable):
    """Logistic regression on which system proposed which type of edit (ESC, Qorib et al. 2022).

    `coefficients` (systems, edit types) are the log-odds that each proposal adds to `intercept`;
    proposals not seen in training add nothing. Untrained, and where all the edits it was shown
    were right or all were wrong, it is the vote.
    """

    edit_types: tuple[str, ...] = ()
    coefficients: Array | None = None
    intercept: float = 0.0

    @property
    def is_trained(self) -> bool:
        """Whether there were right and wrong edits to tell apart."""
        return self.coefficients is not None

    @property
    def is_calibrated(self) -> bool:
        """Whether its probabilities were fitted to labels: as soon as it is trained."""
        return self.is_trained

    @classmethod
    def learn(
        cls,
        ballots: Sequence[Ballot],
        targets: Targets,
        *,
        seed: int = SEED,
        context: str | None = None,
    ) -> Self:
        """Fit to whether each candidate is right; nothing in it is random."""
        refuse_context(cls.name, context)
        profile, right = Profile.of(ballots), targets.flat
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        if not np.isin(right, (0, 1)).all():
            raise ValueError(f"{cls.name} learns from right and wrong edits, not from scores")
        if len(set(right.tolist())) < 2:
            return cls("edits", profile, UNSAVED)
        log_odds, intercept = _regress(candidates, right)
        types = tuple(sorted({candidate.type for candidate in candidates}))
        rows = [[log_odds.get(_proposal(s, t), 0.0) for t in types] for s in profile.systems]
        return cls("edits", profile, UNSAVED, "surface", None, types, np.array(rows), intercept)

    def judge_one(self, ballot: Ballot) -> Verdict:
        """Return how probable each edit is; the published threshold is 0.5."""
        if self.coefficients is None:
            return Majority().judge_one(ballot)
        rows = {name: i for i, name in enumerate(self.systems)}
        columns = {type_: i for i, type_ in enumerate(self.edit_types)}
        known = [[rows[s] for s in c.voters if s in rows] for c in ballot.candidates]
        scores = [
            float(self.coefficients[voters, columns[c.type]].sum()) if c.type in columns else 0.0
            for voters, c in zip(known, ballot.candidates, strict=True)
        ]
        return Verdict([_sigmoid(self.intercept + score) for score in scores], 0.5)

    def state(self) -> State:
        """Return the coefficients, and the types of edit that they are for."""
        coefficients = np.zeros((0, 0)) if self.coefficients is None else self.coefficients
        tensors = {"coefficients": coefficients, "intercept": np.array(self.intercept)}
        return State({"edit_types": self.edit_types}, tensors)

    @classmethod
    def from_state(cls, trained_on: TrainedOn, state: State) -> Self:
        """Return the combiner with these coefficients."""
        facts = _Facts.model_validate(state.facts)
        coefficients, intercept = state.tensors["coefficients"], state.tensors["intercept"]
        shape = len(trained_on.profile.systems), len(facts.edit_types)
        if coefficients.shape != shape or intercept.shape != ():
            raise ValueError(f"coefficients of shape {coefficients.shape}, not {shape}")
        return cls(
            *trained_on,
            edit_types=facts.edit_types,
            coefficients=np.asarray(coefficients, dtype=np.float64),
            intercept=float(intercept),
        )

    def vote_weights(self) -> VoteWeights | None:
        """Return the log-odds that each system adds, on the types on which systems differ most."""
        if self.coefficients is None:
            return None
        order = np.argsort(-np.ptp(self.coefficients, axis=0), kind="stable")[:_SHOWN]
        note = "The log-odds that a proposal of each system adds to an edit of each type."
        types = tuple(self.edit_types[i] for i in order)
        return VoteWeights(self.coefficients[:, order], self.systems, types, note)


def _regress(candidates: Sequence[Candidate], right: Array) -> tuple[dict[str, float], float]:
    """Return the log-odds that each proposal adds, and those of a candidate without any."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors, model = DictVectorizer(), LogisticRegression(max_iter=1000)
    model.fit(vectors.fit_transform(list(map(_proposals, candidates))), right)
    log_odds = dict(zip(vectors.feature_names_, model.coef_[0].tolist(), strict=True))
    return log_odds, float(model.intercept_[0])


def _proposals(candidate: Candidate) -> dict[str, float]:
    return {_proposal(name, candidate.type): 1.0 for name in candidate.voters}


def _proposal(system: str, type_: str) -> str:
    return f"{system} {type_}"


def _sigmoid(score: float) -> float:
    return 1 / (1 + exp(-max(min(score, _FARTHEST), -_FARTHEST)))
