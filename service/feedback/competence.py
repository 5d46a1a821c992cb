"""Competence of systems for types of edits, computed from verdicts that decay over time.

Each system and type has a Beta posterior: a verdict adds to one of its two parameters, and loses
half of its weight per half-life, so that without new verdicts the posterior returns to the prior.
The order of arrival does not matter, and a retracted verdict has no effect.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

PRIOR = 4.0
"""Prior: the numbers of accepted and of rejected edits assumed for every system."""

MOST_SYSTEMS = 256
"""The most systems that get weights: those with the most verdicts."""

HORIZON = 20
"""Half-lives after which a verdict is ignored; its weight is a millionth by then."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of the influence of feedback.

    If one owner gives more than `per_day` votes in a day, they count as `per_day` together. The
    weight of a system is multiplied or divided by at most `bound`.
    """

    half_life_days: float = 30.0
    bound: float = 4.0
    per_day: int = 200


class Tally(NamedTuple):
    """Number of accepted (or rejected) verdicts per owner, day, system and type of edit."""

    owner: str
    day: int
    system: str
    type: str
    accepted: bool
    n: int


class Beta(NamedTuple):
    """Decayed numbers of accepted and rejected edits."""

    accepted: float = 0.0
    rejected: float = 0.0

    @property
    def mean(self) -> float:
        """Probability that an edit is right; 1/2 without verdicts."""
        return (PRIOR + self.accepted) / (2 * PRIOR + self.accepted + self.rejected)

    @property
    def judged(self) -> float:
        """Decayed number of verdicts."""
        return self.accepted + self.rejected

    def weight(self, bound: float) -> float:
        """Return the factor of a weight: the odds of being right, within [1/bound, bound].

        Log-odds are the optimal weights of independent voters (Nitzan & Paroush 1982). Odds are
        used because they are positive, so that a proposal never counts as a vote against itself.
        """
        odds = (PRIOR + self.accepted) / (PRIOR + self.rejected)
        return min(max(odds, 1 / bound), bound)


Posterior = Mapping[tuple[str, str], Beta]
"""By (system, type of edit)."""


def posterior(tallies: Iterable[Tally], rules: Rules, today: int) -> dict[tuple[str, str], Beta]:
    """Return the posterior on day `today`, by system and type, from the verdicts up to then.

    Days are since 1970. Sums are exact (`fsum`), so that the order of arrival has no effect.
    """
    seen = [tally for tally in tallies if today - tally.day >= 0]
    votes: dict[tuple[str, int], int] = defaultdict(int)
    for tally in seen:
        votes[tally.owner, tally.day] += tally.n
    parts: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    for tally in seen:
        share = min(1.0, rules.per_day / votes[tally.owner, tally.day])
        decay = 2.0 ** ((tally.day - today) / rules.half_life_days)
        sides = parts.setdefault((tally.system, tally.type), ([], []))
        sides[not tally.accepted].append(tally.n * share * decay)
    all_systems = {key: Beta(fsum(yes), fsum(no)) for key, (yes, no) in sorted(parts.items())}
    return _most_judged(all_systems)


def by_system(posterior: Posterior) -> dict[str, Beta]:
    """Return the posterior of each system over all types."""
    sides: dict[str, tuple[list[float], list[float]]] = {}
    for (system, _), beta in posterior.items():
        yes, no = sides.setdefault(system, ([], []))
        yes.append(beta.accepted)
        no.append(beta.rejected)
    return {system: Beta(fsum(yes), fsum(no)) for system, (yes, no) in sides.items()}


def _most_judged(posterior: dict[tuple[str, str], Beta]) -> dict[tuple[str, str], Beta]:
    judged = by_system(posterior)
    if len(judged) <= MOST_SYSTEMS:
        return posterior
    chosen = set(sorted(judged, key=lambda name: (-judged[name].judged, name))[:MOST_SYSTEMS])
    return {key: beta for key, beta in posterior.items() if key[0] in chosen}
