"""Samples that vote together: what each adds to the combined output of their set."""

import json
from typing import Any

import numpy as np

from ensemble.diversity.policy.sample_sets import SampleSets
from ensemble.diversity.training.rewards import Reward, State, start
from ensemble.types import Array, Integers


class Together:
    """The states of slots whose k neighbours are the samples of one set.

    The value of a sample is that of the output combined with the set, less that with the set
    without it (Wolpert & Tumer 2001). `whole` are the sets of k samples and `less` those of one
    less.
    """

    def __init__(self, whole: SampleSets, less: SampleSets, slots: int) -> None:
        self._whole, self._less = whole, less
        self._k = whole.members.shape[1]
        nowhere = np.zeros(slots, dtype=np.int64)
        self._of_set = start(whole.decisions, nowhere[:: self._k])
        self._without = start(less.decisions, nowhere)

    def enter(self, slots: Integers, segments: Integers) -> None:
        """Begin `segments` in `slots`, all those of a set at once."""
        sets, first = slots[:: self._k] // self._k, segments[:: self._k]
        self._of_set.put(sets, start(self._whole.decisions, first))
        self._without.put(slots, start(self._less.decisions, segments))

    def step(self, options: Integers) -> None:
        """Take an option in each slot, (slots,)."""
        sets = [sorted(row) for row in options.reshape(-1, self._k).tolist()]
        of_set = [self._whole.index[tuple(row)] for row in sets]
        rest = [
            self._less.index[tuple(np.sort(np.delete(row, i)).tolist())]
            for row in options.reshape(-1, self._k)
            for i in range(self._k)
        ]
        self._of_set = self._of_set.plus(self._whole.decisions, np.array(of_set))
        self._without = self._without.plus(self._less.decisions, np.array(rest))

    def values(self, reward: Reward, target_f: float, progress: float) -> Array:
        """Return what each sample adds to the value of its set so far, (slots,)."""
        of_set = reward.total(self._of_set, target_f, progress)
        return np.repeat(of_set, self._k) - reward.total(self._without, target_f, progress)

    def save(self) -> str:
        """Return the states as text; `load` continues from there."""
        return json.dumps([self._of_set.to_lists(), self._without.to_lists()])

    def load(self, saved: str) -> None:
        """Continue from a text that `save` returned."""
        lists: list[Any] = json.loads(saved)
        self._of_set, self._without = (State.from_lists(part, {}) for part in lists)
