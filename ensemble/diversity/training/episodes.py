"""Segments as episodes, many at once: a step is a decision, its reward what the value rises by."""

import json

import numpy as np
from numpy.typing import NDArray

from ensemble.diversity.training.decisions import Places
from ensemble.diversity.training.rewards import Reward, State, start
from ensemble.diversity.training.training import Task

Rows = NDArray[np.float32]
Flags = NDArray[np.bool_]


class Episodes:
    """n slots, each in some segment; the segments of `task` come in shuffled passes.

    What is seen is of shape (n, options, width): of each option whether it is there, its prior,
    and what the policy's `Inputs` are, one beside the other. `progress` and `bar` are set by
    whoever trains.
    """

    def __init__(self, task: Task, reward: Reward, slots: int, seed: int) -> None:
        decisions = task.decisions
        if not len(decisions.segment):
            raise ValueError("there is nothing to decide: the member has no candidates anywhere")
        self.decisions, self.reward, self.slots = decisions, reward, slots
        self.progress, self.bar = 0.0, 0.5
        self.segments, self._from = np.unique(decisions.segment, return_index=True)
        self._to = np.append(self._from[1:], len(decisions.segment))
        sizes = np.diff(decisions.first)
        self._sizes, self.options = sizes, int(sizes.max())
        self._rows = _rows(task)
        self._places = np.where(
            np.arange(self.options) < sizes[:, None],
            decisions.first[:-1, None] + np.arange(self.options),
            len(self._rows) - 1,
        )
        self.restart(seed)

    def restart(self, seed: int) -> None:
        """Begin anew, in an order that follows from `seed`."""
        self._chance = np.random.default_rng(seed)
        self._queue = np.zeros(0, dtype=np.int64)
        self._now, self._end = np.zeros((2, self.slots), dtype=np.int64)
        self.state = start(self.decisions, np.zeros(self.slots, dtype=np.int64))
        self._enter(np.arange(self.slots))

    def seen(self) -> Rows:
        """Return what is seen now, (n, options, width)."""
        return np.asarray(self._rows[self._places[self._now]])

    def allowed(self) -> Flags:
        """Return which options there are, (n, options)."""
        return np.asarray(np.arange(self.options) < self._sizes[self._now][:, None])

    def step(self, actions: Places) -> tuple[NDArray[np.float64], Flags]:
        """Take an option in each slot; return the rewards and which segments are done, (n,) each.

        An option that is not there keeps the source. A slot whose segment is done is in the
        next one.

        Raises:
            ValueError: a reward is not a finite number.
        """
        actions = np.where(actions < self._sizes[self._now], actions, 0)
        options = self.decisions.first[self._now] + actions
        after = self.state.plus(self.decisions, options)
        gain = self.reward.total(after, self.bar, self.progress)
        gain -= self.reward.total(self.state, self.bar, self.progress)
        self.state = after
        self._now = self._now + 1
        done = (self._now == self._end) | self.reward.broken(after)
        self._enter(np.flatnonzero(done))
        return gain, done

    def save(self) -> dict[str, str]:
        """Return where all slots stand, as text; `load` goes on from there."""
        held = {"now": self._now, "end": self._end, "queue": self._queue}
        parts = {name: part.tolist() for name, part in held.items()}
        return {
            "episodes": json.dumps([parts, self.state.to_lists(), self._chance.bit_generator.state])
        }

    def load(self, saved: dict[str, str]) -> None:
        """Go on from where `save` was asked."""
        parts, state, chance = json.loads(saved["episodes"])
        self._now, self._end, self._queue = (
            np.array(parts[name], dtype=np.int64) for name in ("now", "end", "queue")
        )
        self.state = State.from_lists(state)
        self._chance.bit_generator.state = chance

    def _enter(self, slots: Places) -> None:
        """Put the next segments into `slots`."""
        while len(self._queue) < len(slots):
            order = self._chance.permutation(len(self.segments))
            self._queue = np.concatenate([self._queue, order])
        drawn, self._queue = self._queue[: len(slots)], self._queue[len(slots) :]
        self._now[slots], self._end[slots] = self._from[drawn], self._to[drawn]
        self.state.put(slots, start(self.decisions, self.segments[drawn]))


def _rows(task: Task) -> Rows:
    """Return what is seen of each option, and last of one that is not there."""
    prior, values, voices, traits = (part.numpy() for part in task.inputs)
    there = np.ones((len(prior), 1))
    rows = np.concatenate([there, prior[:, None], values, voices, traits], axis=1)
    return np.append(rows, np.zeros((1, rows.shape[1])), axis=0).astype(np.float32)
