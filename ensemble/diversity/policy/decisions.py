"""The decisions of a member, and what each option does to its own and to the combined output.

The kind of output says what can be decided (`ensemble.diversity.policy.kinds`): edits that overlap
make one decision, and a text or a label is one. An option is a set of candidates, each named by its
edit; where a text or a label replaces the whole source, it is that edit. The effect of each option
is counted before training, by the combiner itself. By a vote, decisions are independent; by the
neural combiner they depend on each other a little, so effects are counted beside the untrained
member's other edits, and their sum is close to the counts of the texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ensemble.candidates import Ballot, Candidate
from ensemble.decoding.compatible import overlap
from ensemble.diversity.policy.joint import Joint
from ensemble.types import Array, Booleans, Integers
from evaluation.records import Edit

Option = tuple[Edit, ...]
"""The edits that are made if the option is chosen, in reading order.

Without any the source is kept, or the member gives no text or label.
"""


@dataclass(frozen=True)
class Choice:
    """One decision in a segment: its options; if one makes no edit, it is the first."""

    segment: int
    options: tuple[Option, ...]

    @cached_property
    def edits(self) -> frozenset[Edit]:
        """All edits of its options."""
        return frozenset(edit for option in self.options for edit in option)


@dataclass(frozen=True)
class Decisions:
    """d decisions with n options in all, one after the other, over m segments and s other systems.

    `first` (d + 1,) is where each decision's options begin, `segment` (d,) its segment.

    Of each option, `own` (n, 2) counts right and made edits, `shared` (n, s) those that each other
    system made too, `combined` (n, 2) by how many right and made edits the combined output differs
    from that with nothing chosen, and `quantities` (n,) by how much it raises each further
    quantity, by the name of the reward that counts it. A quantity of whole outputs is in `whole`
    instead, (R,), one for each row of `joint`; its options count what they add to the row's number.
    `right` (n,) is whether a supervised chooser should take it. A text or a label counts as one
    edit, and as its worth of a right one.

    Of each segment, `source_kept` (m, 2) counts the combined output's edits where the member
    chooses nothing anywhere, `absent` (m, 2) those without the member, `gold` (m,) the gold edits,
    and `others` (m, s) the edits of each other system.
    """

    choices: tuple[Choice, ...]
    first: Integers
    segment: Integers
    own: Array
    shared: Array
    combined: Array
    source_kept: Array
    absent: Array
    gold: Array
    others: Array
    right: Booleans
    quantities: Mapping[str, Array] = field(default_factory=dict)
    whole: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def joint(self) -> Joint:
        """The joint choices of each segment."""
        return Joint.of(self.first, self.segment, len(self.gold))

    @property
    def decision(self) -> Integers:
        """The decision of each option, (n,)."""
        return np.repeat(np.arange(len(self.segment)), np.diff(self.first))

    def edits(self, chosen: Integers) -> list[list[Edit]]:
        """Return the edits of each segment, given the option `chosen` (d,) at each decision."""
        made: list[list[Edit]] = [[] for _ in self.gold]
        for choice, place in zip(self.choices, (chosen - self.first[:-1]).tolist(), strict=True):
            made[choice.segment] += choice.options[place]
        return [sorted(edits) for edits in made]

    def joint_edits(self) -> list[Option]:
        """Return the edits of each row of `joint`, R options of whole segments."""
        options = [option for choice in self.choices for option in choice.options]
        return [
            tuple(sorted(edit for place in row.tolist() for edit in options[place]))
            for row in self.joint.options()
        ]


def edits_of(version: str, ballot: Ballot, choice: Choice) -> Option:
    """Return the option that a version takes at a decision."""
    made = (c.edit for c in ballot.candidates if version in c.voters)
    return tuple(edit for edit in made if edit in choice.edits)


def overlapping(ballot: Ballot) -> list[list[Candidate]]:
    """Return the candidates in groups, so that those of two groups never overlap."""
    groups: list[list[Candidate]] = []
    for candidate in ballot.candidates:
        if groups and any(overlap(candidate.edit, other.edit) for other in groups[-1]):
            groups[-1].append(candidate)
        else:
            groups.append([candidate])
    return groups
