"""Competence of systems: how often they agree, and how good that makes each, without labels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import log

import numpy as np

from ensemble.candidates import Ballot
from ensemble.types import Array, Booleans, Integers

_ITERATIONS = 100
_STEEPNESS = 16  # good systems agree without being twins: 0.9**16 = 0.19, 0.99**16 = 0.85
_ENOUGH = 60.0  # candidates of two systems, together, from which their overlap is reliable
KNOWN_FROM = _ENOUGH / 2
"""Candidates of a system from which a copy of it is recognised."""
_COPY = 0.995  # overlap from which two systems are one: some outputs of a copy get lost
_TINY = 1e-12


@dataclass(frozen=True)
class Skill:
    """How good a system is at one type of edit, where its user says so.

    The two shares are used as in naive Bayes: a proposal counts as the odds that it is right, a
    missing proposal as the odds that a right edit would have been proposed. Neither counts as
    certain.
    """

    precision: float
    recall: float

    def __post_init__(self) -> None:
        """Check that both are shares."""
        if not (0 <= self.precision <= 1 and 0 <= self.recall <= 1):
            raise ValueError("precision and recall are from 0 to 1")

    @property
    def voice(self) -> float:
        """The weight of a proposal; 0 where it is wrong as often as right."""
        precision = min(self.precision, _NEARLY)
        return max(0.0, log(precision / (1 - precision))) if precision > 0 else 0.0

    @property
    def silence(self) -> float:
        """The weight of not proposing what others propose."""
        return -log(1 - min(self.recall, _NEARLY))


_NEARLY = 0.95  # shares count as this at most, so that none is certain


def systems_of(ballots: Sequence[Ballot]) -> list[str]:
    """Return every system that answered at least once, sorted."""
    return sorted(set(chain.from_iterable(ballot.systems for ballot in ballots)))


@dataclass(frozen=True)
class Profile:
    """Agreement between systems, counted over segments; needs no labels, and adds up.

    Two systems are compared where both answered, so an absent system loses nothing. `shared[i, j]`
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
            # Counted a candidate at a time: most have few voters, so the blocks are small.
            for candidate in ballot.changes:
                voters = [place[name] for name in candidate.voters]
                shared[np.ix_(voters, voters)] += 1
                made[np.ix_(voters, present)] += 1
        return cls(systems, shared, made)

    @classmethod
    def unknown(cls, systems: Iterable[str] = ()) -> "Profile":
        """Return the profile of `systems` without any observation: all count the same."""
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
        """Return counts of the same proportions, for at most `most` candidates."""
        factor = min(1.0, most / max(1.0, float(self.made.max(initial=0.0))))
        return Profile(self.systems, self.shared * factor, self.made * factor)

    @cached_property
    def overlap(self) -> Array:
        """Dice overlap of each two systems' candidates, (s, s), from 0 to 1; 1 with itself.

        Systems that share few segments are assumed to agree on half of the candidates missing to
        `_ENOUGH`.
        """
        both = self.made + self.made.T
        unknown = np.maximum(_ENOUGH - both, 0)
        dice = (2 * self.shared + unknown / 2) / (both + unknown)
        # The prior for systems that share little must not apply to a system and itself.
        np.fill_diagonal(dice, 1.0)
        return dice

    @cached_property
    def uniqueness(self) -> Array:
        """How much each system counts as a system of its own, (s,), from 0 to 1.

        Twins count as one together, and their agreement is not evidence for others. These are the
        weights of the magnitude of a metric space (Leinster 2013), which stay the same for all
        others when a system is doubled.
        """
        # Copies make the matrix singular, so it is of originals, and copies share their weight.
        apart, group = np.unique(self._original, return_inverse=True)
        likeness = self._likeness[np.ix_(apart, apart)]
        alone = np.linalg.pinv(likeness, rcond=1e-9, hermitian=True).sum(axis=1)
        return np.asarray(np.clip(np.round(alone, 12), 0.0, 1.0)[group] / self._siblings)

    @property
    def copies(self) -> Booleans:
        """Whether two systems are copies of one, (s, s); each is one of itself."""
        return np.asarray(self.overlap >= _COPY)

    @cached_property
    def originals(self) -> Array:
        """The vote of each system where copies of one share its vote, (s,): 1 over their number."""
        return np.asarray(1 / self.copies.sum(axis=1))

    @property
    def votes(self) -> dict[str, float]:
        """The vote of each system, by name, as in `originals`."""
        return dict(zip(self.systems, map(float, self.originals), strict=True))

    @cached_property
    def agreement(self) -> Array:
        """Mean overlap of each system with the others, (s,), weighted by their evidence."""
        total = self._others.sum(axis=1)
        mean = (self._others * self.overlap).sum(axis=1)
        mean = np.divide(mean, total, out=np.ones_like(total), where=total > 0)
        return np.asarray(mean[self._original])

    @property
    def agreements(self) -> dict[str, float]:
        """The agreement of each system with the others, by name."""
        return dict(zip(self.systems, map(float, self.agreement), strict=True))

    @cached_property
    def skill(self) -> Array:
        """How often each system is right, (s,), estimated from agreement.

        Systems with independent errors agree as often as both are right, so overlaps are products
        of skills; these are the factors that fit them best (the rank-one idea of Parisi et al.
        2014), without twins. One strong system is recognised among many weak ones.
        """
        # If all agreements were products of skills, their square roots would be skills.
        skill, others = np.sqrt(self.agreement), self._others
        for _ in range(_ITERATIONS):
            # A least-squares step for each system, halved so that it does not oscillate.
            known = others @ skill**2
            fitted = np.divide(
                (others * self.overlap) @ skill, known, out=skill.copy(), where=known > _TINY
            )
            skill = np.clip((skill + fitted) / 2, 0.0, 1.0)
        return np.asarray(skill[self._original])

    @cached_property
    def weights(self) -> dict[str, float]:
        """The weight of each system's vote without labels: its agreement times its uniqueness."""
        return dict(zip(self.systems, map(float, self.agreement * self.uniqueness), strict=True))

    @cached_property
    def _original(self) -> Integers:
        """The place of that copy of each system which proposed the most, (s,): mostly its own.

        More is known about it than about its copies, so its agreement is taken for theirs too.
        """
        if not self.systems:
            return np.zeros(0, dtype=np.int64)
        best_known = np.where(self.copies, np.diag(self.made), -1.0).argmax(axis=1)
        return np.asarray(best_known[best_known])

    @property
    def _siblings(self) -> Integers:
        """How many systems have the same original as each, (s,), itself included."""
        return np.asarray(np.bincount(self._original, minlength=len(self.systems))[self._original])

    @cached_property
    def _others(self) -> Array:
        """How much each system (row) learns from each other: more from unlike, well-known ones."""
        met = np.minimum((self.made + self.made.T) / _ENOUGH, 1.0) + _TINY
        is_original = self._original == np.arange(len(self.systems))
        alone = np.where(is_original, self.uniqueness * self._siblings, 0.0)
        return np.asarray(met * alone * np.round(1 - self._likeness, 12))

    @property
    def _likeness(self) -> Array:
        return np.asarray(self.overlap**_STEEPNESS)
