"""Segments as episodes, many at once: a step is a decision, its reward the rise in value."""

import json

import numpy as np
from numpy.typing import NDArray

from ensemble.diversity.training.rewards import Reward, State, start
from ensemble.diversity.training.rewards.best_of import credits
from ensemble.diversity.training.task import Task
from ensemble.diversity.training.together import Together
from ensemble.types import Array, Booleans, Integers

Rows = NDArray[np.float32]


class Episodes:
    """n slots, each in some segment; the segments of `task` come in shuffled passes.

    Observations have the shape (n, options, width): for each option whether it exists, its prior,
    and the policy's `Inputs`, side by side. The trainer sets `progress` and `target_f`. Each
    `group` of neighbouring slots is in the same segment, at the same decision.
    """

    def __init__(self, task: Task, reward: Reward, slots: int, seed: int, group: int = 1) -> None:
        decisions = task.decisions
        if not len(decisions.segment):
            raise ValueError("there is nothing to decide: the member has no candidates anywhere")
        self.decisions, self.reward, self.slots, self.group = decisions, reward, slots, group
        self.progress, self.target_f = 0.0, 0.5
        k = reward.together
        self._together = Together(task.sets_of(k), task.sets_of(k - 1), slots) if k > 1 else None
        self.segments, self._from = np.unique(decisions.segment, return_index=True)
        self._to = np.append(self._from[1:], len(decisions.segment))
        sizes = np.diff(decisions.first)
        self._sizes, self.options = sizes, int(sizes.max())
        self._rows = _rows(task)
        # Row numbers of each decision's options, padded with the last row, which is all zeros.
        self._places = np.where(
            np.arange(self.options) < sizes[:, None],
            decisions.first[:-1, None] + np.arange(self.options),
            len(self._rows) - 1,
        )
        self.restart(seed)

    def restart(self, seed: int) -> None:
        """Begin anew, in an order that depends on `seed`."""
        self._generator = np.random.default_rng(seed)
        self._queue = np.zeros(0, dtype=np.int64)
        self._now, self._end = np.zeros((2, self.slots), dtype=np.int64)
        self.state = start(self.decisions, np.zeros(self.slots, dtype=np.int64))
        self._enter(np.arange(self.slots))

    def seen(self) -> Rows:
        """Return the observations, (n, options, width)."""
        return np.asarray(self._rows[self._places[self._now]])

    def allowed(self) -> Booleans:
        """Return which options exist, (n, options)."""
        return np.asarray(np.arange(self.options) < self._sizes[self._now][:, None])

    def step(self, actions: Integers) -> tuple[Array, Booleans]:
        """Take an option in each slot; return the rewards and which segments are done, (n,) each.

        An option that does not exist counts as the first one. A slot whose segment is done goes to
        the next one.

        Raises:
            ValueError: a reward is not a finite number.
        """
        # Masks are advisory in gymnasium: an invalid action must not read past the options.
        actions = np.where(actions < self._sizes[self._now], actions, 0)
        options = self.decisions.first[self._now] + actions
        before = self._values()
        after = self.state = self.state.plus(self.decisions, options)
        if self._together:
            self._together.step(options)
        # The reward of a step is the rise in value, so rewards add up to the value at the end.
        gain = self._values() - before
        self._now = self._now + 1
        done = (self._now == self._end) | self.reward.broken(after)
        self._enter(np.flatnonzero(done))
        return gain, done

    def _values(self) -> Array:
        """Return the value of each slot's segment, (n,): what it adds to that of its set."""
        if self._together:
            return self._together.values(self.reward, self.target_f, self.progress)
        values = self.reward.total(self.state, self.target_f, self.progress)
        return credits(values.reshape(-1, self.reward.best_of)).reshape(-1)

    def save(self) -> dict[str, str]:
        """Return the state of all slots, as text; `load` continues from there."""
        counters = {"now": self._now, "end": self._end, "queue": self._queue}
        parts = {name: part.tolist() for name, part in counters.items()}
        generator = self._generator.bit_generator.state
        saved = {"episodes": json.dumps([parts, self.state.to_lists(), generator])}
        return saved | ({"together": self._together.save()} if self._together else {})

    def load(self, saved: dict[str, str]) -> None:
        """Continue from a state that `save` returned."""
        parts, state, generator = json.loads(saved["episodes"])
        self._now, self._end, self._queue = (
            np.array(parts[name], dtype=np.int64) for name in ("now", "end", "queue")
        )
        self.state = State.from_lists(state, self.decisions.whole)
        self._generator.bit_generator.state = generator
        if self._together:
            self._together.load(saved["together"])

    def _enter(self, slots: Integers) -> None:
        """Put the next segments into `slots`, the same one into each group."""
        groups = len(slots) // self.group
        while len(self._queue) < groups:
            order = self._generator.permutation(len(self.segments))
            self._queue = np.concatenate([self._queue, order])
        drawn, self._queue = self._queue[:groups], self._queue[groups:]
        drawn = np.repeat(drawn, self.group)
        self._now[slots], self._end[slots] = self._from[drawn], self._to[drawn]
        self.state.put(slots, start(self.decisions, self.segments[drawn]))
        if self._together:
            self._together.enter(slots, self.segments[drawn])


def _rows(task: Task) -> Rows:
    """Return the features of each option, and last those of an option that does not exist."""
    prior, values, voices, traits = (part.numpy() for part in task.inputs)
    exists = np.ones((len(prior), 1))
    rows = np.concatenate([exists, prior[:, None], values, voices, traits], axis=1)
    return np.append(rows, np.zeros((1, rows.shape[1])), axis=0).astype(np.float32)
