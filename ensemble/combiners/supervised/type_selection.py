"""The combiners that others have trained on labels: always reported beside ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from ensemble.candidates import Ballot, Candidate, Kind
from ensemble.combiners.base import Combiner, Verdict
from ensemble.combiners.majority import (
    AgreementVote,
    BestSingle,
    DawidSkene,
    Majority,
    MinimumBayesRisk,
)
from ensemble.competence import systems_of
from ensemble.targets import Targets
from evaluation.reporting.table import sign

Learner = Callable[[Sequence[Ballot], Targets], Combiner]
"""Returns a combiner that has learnt from ballots of one kind and their targets."""

_BETA_SQUARED = 0.25
_FEW = 5  # edits; a choice that rests on fewer is no better than a guess


@dataclass(frozen=True)
class Logistic:
    """Logistic regression on which system proposed which type of edit (ESC, Qorib et al. 2022)."""

    model: Pipeline
    name: ClassVar[str] = "logistic"
    kinds: ClassVar[tuple[Kind, ...]] = ("edits",)

    @classmethod
    def learn(cls, ballots: Sequence[Ballot], targets: Targets) -> Combiner:
        """Fit to whether each candidate is right; a vote, where all or none are."""
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        right = targets.flat
        if len(set(right)) < 2:
            return Majority()
        model = make_pipeline(DictVectorizer(), LogisticRegression(max_iter=1000))
        return cls(model.fit(list(map(_support, candidates)), right))

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        return sign(self.name, {})

    def fit(self, ballots: Sequence[Ballot]) -> "Logistic":
        """Return itself: it learns from labels alone."""
        return self

    def weight(self, system: str) -> float:
        """Return 1: what a system's voice counts depends on the edit."""
        return 1.0

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """See `Combiner`; the published threshold is 0.5."""
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        rows = list(map(_support, candidates))
        found = self.model.predict_proba(rows)[:, 1] if rows else np.zeros(0)
        return [Verdict(part.tolist(), 0.5) for part in _split(found, ballots)]


def _support(candidate: Candidate) -> dict[str, float]:
    return {f"{name} {candidate.type}": 1.0 for name in candidate.voters}


@dataclass(frozen=True)
class TypeSelection:
    """Two systems at a time: per type, whose edits to take (IBM, Kantor et al. 2019).

    `choices` has, for each system in the order they are merged, what is taken of each type:
    what only those before proposed, only this one, and both.
    """

    choices: tuple[tuple[str, Mapping[str, tuple[bool, bool, bool]]], ...]
    name: ClassVar[str] = "type-selection"
    kinds: ClassVar[tuple[Kind, ...]] = ("edits",)

    @classmethod
    def learn(cls, ballots: Sequence[Ballot], targets: Targets) -> "TypeSelection":
        """Merge systems, the best first, each time choosing what gives the highest F0.5."""
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        right, gold = targets.flat, float(targets.gold.sum())
        made = {name: _made(candidates, name) for name in systems_of(ballots)}
        order = sorted(made, key=lambda name: (-_f(right[made[name]], gold), name))
        types = np.array([candidate.type for candidate in candidates])
        taken, choices = made[order[0]], []
        for name in order[1:]:
            chosen = _choose(taken, made[name], types, right, gold)
            choices.append((name, chosen))
            taken = _merge(taken, made[name], types, chosen)
        return cls(((order[0], {}), *choices))

    @property
    def signature(self) -> str:
        """See `Combiner`."""
        return sign(self.name, {"order": ",".join(name for name, _ in self.choices)})

    def fit(self, ballots: Sequence[Ballot]) -> "TypeSelection":
        """Return itself: it learns from labels alone."""
        return self

    def weight(self, system: str) -> float:
        """Return 1: what a system's voice counts depends on the edit."""
        return 1.0

    def judge(self, ballots: Sequence[Ballot]) -> list[Verdict]:
        """Return 1 for what is taken, else 0."""
        candidates = list(chain.from_iterable(ballot.candidates for ballot in ballots))
        types = np.array([candidate.type for candidate in candidates], dtype=object)
        (first, _), *rest = self.choices
        taken = _made(candidates, first)
        for name, chosen in rest:
            taken = _merge(taken, _made(candidates, name), types, chosen)
        return [Verdict(part.tolist(), 0.5) for part in _split(taken.astype(float), ballots)]


def _made(candidates: Sequence[Candidate], system: str) -> NDArray[np.bool_]:
    return np.array([system in candidate.voters for candidate in candidates], dtype=bool)


def _parts(taken: NDArray[np.bool_], own: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    return [taken & ~own, own & ~taken, taken & own]


def _choose(
    taken: NDArray[np.bool_],
    own: NDArray[np.bool_],
    types: NDArray[np.str_],
    right: NDArray[np.float64],
    gold: float,
) -> dict[str, tuple[bool, bool, bool]]:
    """Return the choice of parts whose union has the highest F0.5.

    A part belongs to the best union if its precision is above F / (1 + beta^2) of that union.
    """
    parts = {
        str(type_): [right[part & (types == type_)] for part in _parts(taken, own)]
        for type_ in np.unique(types)
    }
    bar = 0.5
    for _ in range(20):
        chosen = {
            type_: tuple(len(some) >= _FEW and some.mean() > bar for some in three)
            for type_, three in parts.items()
        }
        kept = [
            some
            for type_, three in parts.items()
            for some, keep in zip(three, chosen[type_], strict=True)
            if keep
        ]
        bar = _f(np.concatenate([*kept, np.zeros(0)]), gold) / (1 + _BETA_SQUARED)
    return {type_: (bool(a), bool(b), bool(c)) for type_, (a, b, c) in chosen.items()}


def _merge(
    taken: NDArray[np.bool_],
    own: NDArray[np.bool_],
    types: NDArray[np.str_],
    chosen: Mapping[str, tuple[bool, bool, bool]],
) -> NDArray[np.bool_]:
    """Return what is taken of both; of a type never seen, what both proposed."""
    keep = np.array([chosen.get(str(type_), (False, False, True)) for type_ in types], dtype=bool)
    return np.asarray((np.stack(_parts(taken, own), axis=1) & keep.reshape(-1, 3)).any(axis=1))


def _f(right: NDArray[np.float64], gold: float) -> float:
    return float((1 + _BETA_SQUARED) * right.sum() / max(len(right) + _BETA_SQUARED * gold, 1e-9))


def _split(values: NDArray[np.float64], ballots: Sequence[Ballot]) -> list[NDArray[np.float64]]:
    return np.split(values, np.cumsum([len(ballot.candidates) for ballot in ballots])[:-1])


def best_by_labels(ballots: Sequence[Ballot], targets: Targets) -> BestSingle:
    """Return the combiner that trusts the system whose candidates scored best."""
    gold = float(targets.gold.sum())
    scores = {}
    for name in systems_of(ballots):
        own = np.concatenate([
            values[[name in candidate.voters for candidate in ballot.candidates]]
            for ballot, values in zip(ballots, targets.values, strict=True)
        ])  # fmt: skip
        own = own[np.isfinite(own)]
        is_edits = bool(ballots) and ballots[0].kind == "edits"
        scores[name] = _f(own, gold) if is_edits else float(own.mean()) if len(own) else -np.inf
    return BestSingle(tuple(sorted(scores, key=lambda name: (-scores[name], name))))


def rivals(kind: Kind) -> dict[str, Learner]:
    """Return what is reported beside a trained combiner of this kind, the vote first."""
    found: dict[str, Learner] = {"vote": lambda ballots, targets: Majority()}
    for combiner in (AgreementVote, MinimumBayesRisk, DawidSkene):
        if kind in combiner.kinds:
            found[combiner.name] = _without_labels(combiner)
    found["best single by labels"] = best_by_labels
    if kind == "edits":
        found |= {Logistic.name: Logistic.learn, TypeSelection.name: TypeSelection.learn}
    return found


def _without_labels(combiner: Callable[[], Combiner]) -> Learner:
    return lambda ballots, targets: combiner().fit(ballots)
