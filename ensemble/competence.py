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
    a system alone.
    """
    systems = systems_of(ballots)
    place = {name: i for i, name in enumerate(systems)}
    shared = np.zeros((len(systems), len(systems)))
    for candidate in chain.from_iterable(ballot.candidates for ballot in ballots):
        voters = [place[name] for name in candidate.voters]
        shared[np.ix_(voters, voters)] += 1
    total = shared.diagonal()
    pairs = np.maximum(total[:, None] + total[None, :], 1)
    dice = np.where(total[:, None] + total[None, :] > 0, 2 * shared / pairs, 1.0)
    others = max(len(systems) - 1, 1)
    mean = (dice.sum(axis=1) - dice.diagonal()) / others if len(systems) > 1 else [1.0]
    return dict(zip(systems, map(float, mean), strict=True))


@dataclass(frozen=True, slots=True)
class Reliability:
    """Each system's skill, estimated from agreement alone (Dawid & Skene 1979, one coin each).

    `skills` is how often a system gives the true answer; where it does not, any other of the
    answers is as probable as the next. `prior` is the share of each answer among the true ones.
    """

    skills: Mapping[str, float]
    prior: Mapping[str, float]

    @classmethod
    def estimate(cls, ballots: Sequence[Ballot]) -> "Reliability":
        """Run expectation-maximisation over `ballots` (the implementation is crowd-kit's)."""
        from crowdkit.aggregation import OneCoinDawidSkene
        from pandas import DataFrame

        rows = chain.from_iterable(_answers(i, ballot) for i, ballot in enumerate(ballots))
        table = DataFrame(rows, columns=["task", "worker", "label"])
        model = OneCoinDawidSkene(n_iter=_ITERATIONS).fit(table)
        return cls(model.skills_.to_dict(), model.priors_.to_dict())

    def posterior(self, given: Mapping[str, str]) -> dict[str, float]:
        """Return the probability of each answer being true, given each system's answer.

        A system never seen while estimating says nothing; nor does it where it is alone in
        an answer never seen, whose probability is 0.
        """
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


def votes_on(ballot: Ballot, place: int) -> dict[str, str]:
    """Return what each system says of the candidate at `place`: `yes` or `no`."""
    voters = set(ballot.candidates[place].voters)
    return {system: "yes" if system in voters else "no" for system in ballot.systems}


def label_of(ballot: Ballot) -> dict[str, str]:
    """Return the label each system gave."""
    return {name: c.replacement for c in ballot.candidates for name in c.voters}


def _answers(number: int, ballot: Ballot) -> list[tuple[str, str, str]]:
    if ballot.kind == "labels":
        return [(str(number), *answer) for answer in label_of(ballot).items()]
    return [
        (f"{number}.{place}", *answer)
        for place in range(len(ballot.candidates))
        for answer in votes_on(ballot, place).items()
    ]
