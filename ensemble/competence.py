"""Second room: who is good at what, as far as it shows without labels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import exp, log

import numpy as np

from ensemble.candidates import Ballot
from ensemble.types import Array

_ITERATIONS = 100
_STEEPNESS = 16  # good systems agree and are no twins for that: 0.9**16 = 0.19, 0.99**16 = 0.85
_ENOUGH = 60.0  # candidates of two systems, together, that tell how often they agree
_TINY = 1e-12


@dataclass(frozen=True)
class Skill:
    """How good a system is at one type of edit: of its proposals, and of what was to be done.

    What is so told weighs as in naive Bayes: a proposal as the odds that it is right, a silence
    as the odds that a right edit would have been proposed; neither is taken for certain.
    """

    precision: float
    recall: float

    def __post_init__(self) -> None:
        """Refuse what is not a share."""
        if not (0 <= self.precision <= 1 and 0 <= self.recall <= 1):
            raise ValueError("precision and recall are from 0 to 1")

    @property
    def voice(self) -> float:
        """What a proposal weighs; nothing where it is wrong as often as right."""
        precision = min(self.precision, _NEARLY)
        return max(0.0, log(precision / (1 - precision))) if precision > 0 else 0.0

    @property
    def silence(self) -> float:
        """What a silence weighs against the proposals of others."""
        return -log(1 - min(self.recall, _NEARLY))


_NEARLY = 0.95


def systems_of(ballots: Sequence[Ballot]) -> list[str]:
    """Return every system that answered at least once, sorted."""
    return sorted(set(chain.from_iterable(ballot.systems for ballot in ballots)))


@dataclass(frozen=True)
class Profile:
    """Who agrees with whom, counted over segments; needs no labels, and grows by addition.

    Two systems are compared where both answered: to be absent costs nothing. `shared[i, j]`
    counts the candidates that i and j both proposed, `made[i, j]` those of i where j answered.
    """

    systems: tuple[str, ...]
    shared: Array
    made: Array

    @classmethod
    def of(cls, ballots: Sequence[Ballot]) -> "Profile":
        """Count over `ballots`."""
        systems = tuple(systems_of(ballots))
        place = {name: i for i, name in enumerate(systems)}
        shared, made = np.zeros((2, len(systems), len(systems)))
        for ballot in ballots:
            present = [place[name] for name in ballot.systems]
            for candidate in ballot.candidates:
                voters = [place[name] for name in candidate.voters]
                shared[np.ix_(voters, voters)] += 1
                made[np.ix_(voters, present)] += 1
        return cls(systems, shared, made)

    @classmethod
    def unknown(cls, systems: Iterable[str] = ()) -> "Profile":
        """Return the profile of `systems` of which nothing was seen: all count the same."""
        names = tuple(sorted(set(systems)))
        return cls(names, *np.zeros((2, len(names), len(names))))

    def __add__(self, other: "Profile") -> "Profile":
        """Return the counts of both, over the systems of either."""
        systems = tuple(sorted({*self.systems, *other.systems}))
        counts = np.zeros((2, len(systems), len(systems)))
        for part in (self, other):
            places = np.array([systems.index(name) for name in part.systems], dtype=int)
            for count, seen in zip(counts, (part.shared, part.made), strict=True):
                count[np.ix_(places, places)] += seen
        return Profile(systems, *counts)

    def scaled(self, most: float) -> "Profile":
        """Return counts of the same proportions that rest on at most `most` candidates."""
        factor = min(1.0, most / max(1.0, float(self.made.max(initial=0.0))))
        return Profile(self.systems, self.shared * factor, self.made * factor)

    @cached_property
    def overlap(self) -> Array:
        """Dice overlap of each two systems' candidates, (s, s), from 0 to 1; 1 with itself.

        Two that met on few are taken to agree on half of the rest, as any others would.
        """
        both = self.made + self.made.T
        unknown = np.maximum(_ENOUGH - both, 0)
        dice = (2 * self.shared + unknown / 2) / (both + unknown)
        np.fill_diagonal(dice, 1.0)
        return dice

    @cached_property
    def uniqueness(self) -> Array:
        """How much of a voice of its own each system has, (s,), from 0 to 1.

        Twins share one voice, and what they say is no evidence that others agree. These are
        the weights of the magnitude of a metric space (Leinster 2013), which stay the same
        for all others when a system is doubled.
        """
        alone = np.linalg.pinv(self._likeness, rcond=1e-9, hermitian=True).sum(axis=1)
        return np.asarray(np.clip(np.round(alone, 12), 0.0, 1.0))

    @cached_property
    def agreement(self) -> Array:
        """Mean overlap of each system with the others, (s,), as far as they tell."""
        total = self._others.sum(axis=1)
        mean = (self._others * self.overlap).sum(axis=1)
        return np.asarray(np.divide(mean, total, out=np.ones_like(total), where=total > 0))

    @property
    def agreements(self) -> dict[str, float]:
        """The agreement of each system with the others, by name."""
        return dict(zip(self.systems, map(float, self.agreement), strict=True))

    @cached_property
    def skill(self) -> Array:
        """How often each system is right, (s,), as far as agreement tells.

        Two that err apart agree as often as both are right, so overlaps are products of
        skills; these are the factors that fit them best (the rank-one idea of Parisi et al.
        2014), twins left out. One strong system is found among many weak ones.
        """
        skill, others = np.sqrt(self.agreement), self._others
        for _ in range(_ITERATIONS):
            known = others @ skill**2
            fitted = np.divide(
                (others * self.overlap) @ skill, known, out=skill.copy(), where=known > _TINY
            )
            skill = np.clip((skill + fitted) / 2, 0.0, 1.0)
        return np.asarray(skill)

    @cached_property
    def weights(self) -> dict[str, float]:
        """What each system's voice counts without labels: its agreement, if it is its own."""
        return dict(zip(self.systems, map(float, self.agreement * self.uniqueness), strict=True))

    @cached_property
    def _others(self) -> Array:
        """How much each system (row) is told by each other: as unlike and as well met as it is."""
        met = np.minimum((self.made + self.made.T) / _ENOUGH, 1.0) + _TINY
        return np.asarray(met * self.uniqueness * np.round(1 - self._likeness, 12))

    @property
    def _likeness(self) -> Array:
        return np.asarray(self.overlap**_STEEPNESS)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Each labeller's skill, from agreement alone (Dawid & Skene 1979, one coin each).

    `skills` is how often a system gives the true label; where it does not, any other label
    is as probable as the next. `prior` is the share of each label among the true ones.
    """

    skills: Mapping[str, float]
    prior: Mapping[str, float]

    @classmethod
    def estimate(cls, given: Sequence[Mapping[str, str]]) -> "Reliability":
        """Run expectation-maximisation over each system's label of each segment, if there is any.

        The implementation is crowd-kit's.
        """
        if not any(given):
            return cls({}, {})
        from crowdkit.aggregation import OneCoinDawidSkene
        from pandas import DataFrame

        rows = [(i, *one) for i, labels in enumerate(given) for one in labels.items()]
        table = DataFrame(rows, columns=["task", "worker", "label"])
        model = OneCoinDawidSkene(n_iter=_ITERATIONS).fit(table)
        return cls(model.skills_.to_dict(), model.priors_.to_dict())

    def posterior(self, given: Mapping[str, str]) -> dict[str, float]:
        """Return the probability of each label, given the label of each system.

        A system never seen while estimating says nothing; a label never seen is not among
        those returned.
        """
        if not self.prior:
            return {}
        known = {system: answer for system, answer in given.items() if system in self.skills}
        logs = {
            answer: log(max(share, _TINY))
            + sum(self._log(s, a == answer) for s, a in known.items())
            for answer, share in self.prior.items()
        }
        top = max(logs.values())
        scaled = {answer: exp(value - top) for answer, value in logs.items()}
        total = sum(scaled.values())
        return {answer: value / total for answer, value in scaled.items()}

    def _log(self, system: str, right: bool) -> float:
        skill = self.skills[system]
        return log(max(skill if right else (1 - skill) / max(len(self.prior) - 1, 1), _TINY))


def label_of(ballot: Ballot) -> dict[str, str]:
    """Return the label each system gave, by name, in the one form that all its forms share."""
    given = [(name, label) for c in ballot.candidates for label in c.edit.replacement
             for name in c.voters]  # fmt: skip
    return dict(sorted(given))
