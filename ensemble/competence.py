"""Second room: who is good at what, as far as it shows without labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import exp, log

import numpy as np

from ensemble.candidates import Ballot

_ITERATIONS = 100
_TINY = 1e-12


def systems_of(ballots: Sequence[Ballot]) -> list[str]:
    """Return every system that answered at least once, sorted."""
    return sorted(set(chain.from_iterable(ballot.systems for ballot in ballots)))


def agreement(ballots: Sequence[Ballot]) -> dict[str, float]:
    """Return, per system, the mean Dice overlap of its candidates with each other system's.

    From 0 (nobody ever proposes what it proposes) to 1 (all always propose the same); 1 for
    a system alone. Two systems are compared where both answered: to be absent costs nothing.
    """
    systems = systems_of(ballots)
    place = {name: i for i, name in enumerate(systems)}
    # made[i, j]: candidates of i where j answered; shared[i, j]: those that both proposed.
    made, shared = np.zeros((2, len(systems), len(systems)))
    for ballot in ballots:
        present = [place[name] for name in ballot.systems]
        for candidate in ballot.candidates:
            voters = [place[name] for name in candidate.voters]
            shared[np.ix_(voters, voters)] += 1
            made[np.ix_(voters, present)] += 1
    both = made + made.T
    dice = np.divide(2 * shared, both, out=np.ones_like(both), where=both > 0)
    np.fill_diagonal(dice, 0)
    others = max(len(systems) - 1, 1)
    mean = dice.sum(axis=1) / others if len(systems) > 1 else np.ones(len(systems))
    return dict(zip(systems, map(float, mean), strict=True))


@dataclass(frozen=True, slots=True)
class Reliability:
    """Each labeller's skill, from agreement alone (Dawid & Skene 1979, one coin each).

    `skills` is how often a system gives the true label; where it does not, any other label
    is as probable as the next. `prior` is the share of each label among the true ones.
    """

    skills: Mapping[str, float]
    prior: Mapping[str, float]

    @classmethod
    def estimate(cls, ballots: Sequence[Ballot]) -> "Reliability":
        """Run expectation-maximisation over `ballots` of labels (crowd-kit's implementation)."""
        from crowdkit.aggregation import OneCoinDawidSkene
        from pandas import DataFrame

        rows = [
            (i, *given) for i, ballot in enumerate(ballots) for given in label_of(ballot).items()
        ]
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
    """Return the label each system gave."""
    return {name: c.replacement for c in ballot.candidates for name in c.voters}
