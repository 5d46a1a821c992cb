"""How often each system gives the true label, estimated from agreement alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from ensemble.candidates import Ballot
from ensemble.types import Array, Integers

_ITERATIONS = 200
_TOLERANCE = 1e-6  # change of a skill that ends the iterations
_RARE = 10.0  # segments
_TINY = 1e-12
_SMOOTHING = 1.0  # answers right and wrong that every system is assumed to have given before


@dataclass(frozen=True, slots=True)
class Reliability:
    """Each system's skill at labels (Dawid & Skene 1979, one coin per system).

    `skills` is how often a system gives the true label; otherwise any other label is equally
    probable. `prior` is the share of each label among the true ones.
    """

    skills: Mapping[str, float]
    prior: Mapping[str, float]

    @classmethod
    def estimate(cls, given: Sequence[Mapping[str, str]]) -> "Reliability":
        """Run expectation-maximisation over the systems' labels by name, a mapping a segment.

        The true label of a segment is taken to be among those given for it, so that the time grows
        with the answers, however many labels there are.
        """
        answers = _Answers.of(given)
        if not len(answers.task):
            return cls({}, {})
        belief = answers.shares()
        skills = np.zeros(len(answers.systems))
        for _ in range(_ITERATIONS):
            before, skills = skills, answers.skills(belief)
            prior = answers.prior(belief)
            belief = answers.posterior(skills, prior)
            if np.abs(skills - before).max() < _TOLERANCE:
                break
        named = zip(answers.systems, skills.tolist(), strict=True)
        return cls(dict(named), dict(zip(answers.labels, prior.tolist(), strict=True)))

    def posterior(self, given: Mapping[str, str]) -> dict[str, float]:
        """Return the probability of each label in `given`, the label of each system by its name.

        A system that was not in the estimate is ignored, and so is a label that only such systems
        give.
        """
        known = {system: label for system, label in given.items() if system in self.skills}
        logs = {
            label: log(max(self.prior.get(label, 0.0), _TINY))
            + sum(self._log(system, other == label) for system, other in known.items())
            for label in known.values()
        }
        # Shifted before `exp`, which would underflow for many systems.
        top = max(logs.values(), default=0.0)
        scaled = {label: exp(value - top) for label, value in logs.items()}
        total = sum(scaled.values())
        return {label: value / total for label, value in scaled.items()}

    def _log(self, system: str, right: bool) -> float:
        skill = self.skills[system]
        return log(max(skill if right else (1 - skill) / max(len(self.prior) - 1, 1), _TINY))


@dataclass(frozen=True)
class _Answers:
    """n answers: the segment, system and label of each, all as numbers.

    The p pairs of a segment and a label that was given for it are the possible truths: `pair`
    (n,) has that of each answer, `pair_task` and `pair_label` (p,) what it is.
    """

    systems: list[str]
    labels: list[str]
    task: Integers
    system: Integers
    pair: Integers
    pair_task: Integers
    pair_label: Integers

    @classmethod
    def of(cls, given: Sequence[Mapping[str, str]]) -> "_Answers":
        systems = sorted({name for answer in given for name in answer})
        labels = sorted({label for answer in given for label in answer.values()})
        row = {name: i for i, name in enumerate(systems)}
        column = {label: i for i, label in enumerate(labels)}
        answers = [
            (task, row[name], column[label])
            for task, answer in enumerate(given)
            for name, label in answer.items()
        ]
        task, system, label = np.array(answers, dtype=np.int64).reshape(-1, 3).T
        codes, pair = np.unique(task * len(labels) + label, return_inverse=True)
        pair_task, pair_label = np.divmod(codes, max(len(labels), 1))
        return cls(systems, labels, task, system, pair, pair_task, pair_label)

    def shares(self) -> Array:
        """Return the share of each pair among the answers to its segment, (p,)."""
        return np.asarray(np.bincount(self.pair) / np.bincount(self.task)[self.pair_task])

    def skills(self, belief: Array) -> Array:
        """Return how often each system is right, given the probability of each pair."""
        right = np.bincount(self.system, belief[self.pair])
        return np.asarray((right + _SMOOTHING) / (np.bincount(self.system) + 2 * _SMOOTHING))

    def prior(self, belief: Array) -> Array:
        """Return the share of each label among the true ones; rare labels share theirs equally.

        A share that rests on a few segments would rather repeat their mistakes.
        """
        times = np.bincount(self.pair_label, belief)
        rare = times < _RARE
        times[rare] = times[rare].mean() if rare.any() else 0.0
        return np.asarray(times / times.sum())

    def posterior(self, skills: Array, prior: Array) -> Array:
        """Return the probability of each pair, (p,), those of a segment together 1."""
        right, wrong = np.log(skills), np.log((1 - skills) / max(len(self.labels) - 1, 1))
        all_wrong = np.bincount(self.task, wrong[self.system])[self.pair_task]
        scores = np.log(np.maximum(prior, _TINY))[self.pair_label] + all_wrong
        scores += np.bincount(self.pair, (right - wrong)[self.system])
        top = np.full(self.task.max() + 1, -np.inf)
        np.maximum.at(top, self.pair_task, scores)
        powers = np.exp(scores - top[self.pair_task])
        return np.asarray(powers / np.bincount(self.pair_task, powers)[self.pair_task])


def label_of(ballot: Ballot) -> dict[str, str]:
    """Return the label of each system, by name, in the form that all spellings of it share."""
    labels = [
        (name, label)
        for c in ballot.candidates
        for label in c.edit.replacement
        for name in c.voters
    ]
    return dict(sorted(labels))
