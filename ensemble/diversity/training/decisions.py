"""The choices a member has, and what each does to its own output and to the combined one.

Edits that overlap are one place; at a place a member takes what one of its versions makes of it,
or keeps the source. Or it takes one version whole: then the segment is the place. Each option's
effect is counted once, before any training, by the combiner itself. By a vote, what is combined of
one place does not depend on another; by the neural combiner it does a little, so that effects are
those beside the untouched member's other edits, and their sum is close to what the texts come to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ensemble.candidates import Ballot, Candidate
from ensemble.decoding.compatible import overlap
from evaluation.records import Edit

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Unit = Literal["edits", "versions"]
"""What is chosen at a time: what to make of one place, or one whole version."""

Option = tuple[Edit, ...]
"""The edits that are made if it is chosen, in reading order; none keeps the source."""


@dataclass(frozen=True)
class Choice:
    """One decision in a segment: its options, the first of which keeps the source."""

    segment: int
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Decisions:
    """d decisions with n options in all, one after the other, over m segments and s others.

    `first` (d + 1,) is where each decision's options begin, `segment` (d,) its segment. Of each
    option, `own` (n, 2) counts right and made edits, `shared` (n, s) those that each other system
    made too, `combined` (n, 2) by how many right and made edits the combined output changes from
    that with the source kept there, and `quantities` (n,) by how much it raises each further
    quantity, by the name of the reward that counts it. For each segment, `kept` (m, 2) is the
    combined output's where the member keeps all, `absent` (m, 2) where there is no member, `gold`
    (m,) the gold edits, `others` (m, s) the edits of each other system.
    """

    choices: tuple[Choice, ...]
    first: Places
    segment: Places
    own: Array
    shared: Array
    combined: Array
    kept: Array
    absent: Array
    gold: Array
    others: Array
    quantities: Mapping[str, Array] = field(default_factory=dict)

    @property
    def decision(self) -> Places:
        """The decision of each option, (n,)."""
        return np.repeat(np.arange(len(self.segment)), np.diff(self.first))

    def edits(self, chosen: Places) -> list[list[Edit]]:
        """Return the edits of each segment, given the option `chosen` (d,) at each decision."""
        made: list[list[Edit]] = [[] for _ in self.gold]
        for choice, place in zip(self.choices, (chosen - self.first[:-1]).tolist(), strict=True):
            made[choice.segment] += choice.options[place]
        return [sorted(some) for some in made]


def choices(
    ballots: Sequence[Ballot], versions: Sequence[Sequence[str]], unit: Unit
) -> list[Choice]:
    """Return the decisions that a member with `versions`, names a segment, has on `ballots`.

    A decision without a choice, where no version changes anything, is none.
    """
    found = []
    for number, (ballot, names) in enumerate(zip(ballots, versions, strict=True)):
        groups = [list(ballot.candidates)] if unit == "versions" else places(ballot)
        for group in groups:
            made = [tuple(c.edit for c in group if name in c.voters) for name in names]
            options = tuple(dict.fromkeys([(), *made]))
            if len(options) > 1:
                found.append(Choice(number, options))
    return found


def places(ballot: Ballot) -> list[list[Candidate]]:
    """Return the candidates in groups, so that those of two groups never overlap."""
    groups: list[list[Candidate]] = []
    for candidate in ballot.candidates:
        if groups and any(overlap(candidate.edit, other.edit) for other in groups[-1]):
            groups[-1].append(candidate)
        else:
            groups.append([candidate])
    return groups
