"""The state of segments whose edits are being chosen: the counts that rewards are read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ensemble.diversity.policy.decisions import Decisions
from ensemble.types import Array, Integers
from evaluation.metrics.fscore import f_precision_recall


@dataclass(frozen=True, slots=True)
class State:
    """The state of r segments: sums over the options taken so far, and what does not change.

    `own` (r, 2) counts right and made edits of the member, `shared` (r, s) those that it shares
    with each other system, `combined` (r, 2) right and made edits of the combined output, `absent`
    (r, 2) those of the combined output without the member. `gold` (r,) counts the gold edits,
    `others` (r, s) the edits of each other system. `quantities` has (r,) of each further quantity
    that a reward counts, by the name of the reward; where it is one of whole outputs, this is the
    row that the segment has in the table `whole` (R,) of all outputs (see `whole_value`).
    """

    own: Array
    shared: Array
    combined: Array
    absent: Array
    gold: Array
    others: Array
    quantities: Mapping[str, Array]
    whole: Mapping[str, Array] = field(default_factory=dict)

    def whole_value(self, name: str) -> Array:
        """Return what the combined output of each segment is worth, (r,), to the reward `name`."""
        return np.asarray(self.whole[name][self.quantities[name].astype(np.int64)])

    def plus(self, decisions: Decisions, options: Integers, sign: float = 1.0) -> "State":
        """Return the states with one option taken in each (or with `sign` -1, taken back)."""
        quantities = {
            name: values + sign * decisions.quantities[name][options]
            for name, values in self.quantities.items()
        }
        return replace(
            self,
            own=self.own + sign * decisions.own[options],
            shared=self.shared + sign * decisions.shared[options],
            combined=self.combined + sign * decisions.combined[options],
            quantities=quantities,
        )

    def rows(self, places: Integers) -> "State":
        """Return the states of the segments at `places`."""
        own, shared, combined, absent, gold, others = (part[places] for part in self._parts())
        quantities = {name: values[places] for name, values in self.quantities.items()}
        return State(own, shared, combined, absent, gold, others, quantities, self.whole)

    def put(self, places: Integers, states: "State") -> None:
        """Write `states` over those at `places`."""
        for part, new in zip(self._parts(), states._parts(), strict=True):
            part[places] = new
        for name, values in self.quantities.items():
            values[places] = states.quantities[name]

    def to_lists(self) -> list[Any]:
        """Return it as JSON has it."""
        quantities = {name: values.tolist() for name, values in self.quantities.items()}
        return [*(part.tolist() for part in self._parts()), quantities]

    @classmethod
    def from_lists(cls, lists: list[Any], whole: Mapping[str, Array]) -> "State":
        """Return what `to_lists` was made of, given the table of whole outputs."""
        *parts, quantities = lists
        own, shared, combined, absent, gold, others = map(_floats, parts)
        named = {name: _floats(part) for name, part in quantities.items()}
        return cls(own, shared, combined, absent, gold, others, named, whole)

    def _parts(self) -> tuple[Array, ...]:
        return self.own, self.shared, self.combined, self.absent, self.gold, self.others


def _floats(numbers: list[Any]) -> Array:
    return np.array(numbers, dtype=np.float64)


def start(decisions: Decisions, segments: Integers) -> State:
    """Return the states of `segments` (r,) in which nothing is chosen yet."""
    r, s = len(segments), decisions.others.shape[1]
    return State(
        own=np.zeros((r, 2)),
        shared=np.zeros((r, s)),
        combined=decisions.source_kept[segments],
        absent=decisions.absent[segments],
        gold=decisions.gold[segments],
        others=decisions.others[segments],
        quantities={
            name: decisions.joint.first[segments].astype(np.float64)
            if name in decisions.whole
            else np.zeros(r)
            for name in decisions.quantities
        },
        whole=decisions.whole,
    )


def chosen_states(decisions: Decisions, chosen: Integers) -> State:
    """Return the states of all segments, given the option `chosen` (d,) at each decision."""
    state = start(decisions, np.arange(len(decisions.gold)))
    sums = [
        (state.own, decisions.own),
        (state.shared, decisions.shared),
        (state.combined, decisions.combined),
    ]
    sums += [(state.quantities[name], added) for name, added in decisions.quantities.items()]
    for so_far, added in sums:
        np.add.at(so_far, decisions.segment, added[chosen])
    return state


def joint_states(decisions: Decisions) -> State:
    """Return the states that the joint choices of all segments lead to: R, one for each row."""
    joint = decisions.joint
    state = start(decisions, joint.segment)
    return replace(
        state,
        own=joint.sums(decisions.own),
        shared=joint.sums(decisions.shared),
        combined=state.combined + joint.sums(decisions.combined),
        quantities={
            name: values + joint.sums(decisions.quantities[name])
            for name, values in state.quantities.items()
        },
    )


def f_score(right: Array, made: Array, gold: Array, beta: float = 0.5) -> Array:
    """Return F-beta from 0 to 1; where nothing is made and nothing is to be found it is 1."""
    counts = np.stack(np.broadcast_arrays(right, made, gold), axis=-1).astype(np.float64)
    return np.asarray(f_precision_recall(counts, beta)[..., 0])
