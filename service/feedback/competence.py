"""How good a system is at a type of edit, as far as people have said: bounded and forgetful.

Per system and type a Beta posterior: each verdict adds to one of its two sides, and counts half
after each half-life, so that without news it goes back to the prior. Nothing here depends on
the order in which verdicts arrived, and one that is taken back is as if it had never come.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

PRIOR = 4.0
"""Accepted and rejected edits that every system is taken to have had before any were judged."""

MOST_SYSTEMS = 256
"""Systems whose voices feedback weighs: those with the most verdicts."""

HORIZON = 20
"""Half-lives after which a verdict, a millionth of what it was, is left out."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How far feedback goes.

    Verdicts of one owner beyond `per_day` votes share what so many count for. A voice becomes
    at most `bound` times as heavy or as light.
    """

    half_life_days: float = 30.0
    bound: float = 4.0
    per_day: int = 200


class Tally(NamedTuple):
    """Verdicts of one owner on one day on one system's edits of a type: `n` of one mind."""

    owner: str
    day: int
    system: str
    type: str
    accepted: bool
    n: int


class Beta(NamedTuple):
    """What was accepted and what was rejected, each counting what it still does."""

    accepted: float = 0.0
    rejected: float = 0.0

    @property
    def mean(self) -> float:
        """How probably an edit is right: 1/2 before any was judged."""
        return (PRIOR + self.accepted) / (2 * PRIOR + self.accepted + self.rejected)

    @property
    def judged(self) -> float:
        """How many verdicts it still rests on."""
        return self.accepted + self.rejected

    def weight(self, bound: float) -> float:
        """Return what a voice is multiplied by: the odds of being right, within 1/bound and bound.

        The votes of independent voters are best weighed by their log-odds (Nitzan & Paroush
        1982); the odds keep voices positive, so that to propose is never a vote against.
        """
        odds = (PRIOR + self.accepted) / (PRIOR + self.rejected)
        return min(max(odds, 1 / bound), bound)


Posterior = Mapping[tuple[str, str], Beta]
"""By system and type of edit."""


def posterior(tallies: Iterable[Tally], rules: Rules, today: int) -> dict[tuple[str, str], Beta]:
    """Return what verdicts of up to day `today` amount to then, by system and type.

    The days are since 1970. Sums are exact (`fsum`), so that no order of arrival shows.
    """
    seen = [tally for tally in tallies if today - tally.day >= 0]
    spoken: dict[tuple[str, int], int] = defaultdict(int)
    for tally in seen:
        spoken[tally.owner, tally.day] += tally.n
    parts: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    for tally in seen:
        share = min(1.0, rules.per_day / spoken[tally.owner, tally.day])
        left = 2.0 ** ((tally.day - today) / rules.half_life_days)
        sides = parts.setdefault((tally.system, tally.type), ([], []))
        sides[not tally.accepted].append(tally.n * share * left)
    found = {key: Beta(fsum(yes), fsum(no)) for key, (yes, no) in sorted(parts.items())}
    return _heaviest(found)


def by_system(found: Posterior) -> dict[str, Beta]:
    """Return the posterior of each system over all types."""
    sides: dict[str, tuple[list[float], list[float]]] = {}
    for (system, _), beta in found.items():
        yes, no = sides.setdefault(system, ([], []))
        yes.append(beta.accepted)
        no.append(beta.rejected)
    return {system: Beta(fsum(yes), fsum(no)) for system, (yes, no) in sides.items()}


def _heaviest(found: dict[tuple[str, str], Beta]) -> dict[tuple[str, str], Beta]:
    judged = by_system(found)
    if len(judged) <= MOST_SYSTEMS:
        return found
    kept = set(sorted(judged, key=lambda name: (-judged[name].judged, name))[:MOST_SYSTEMS])
    return {key: beta for key, beta in found.items() if key[0] in kept}
