"""`Episodes` as environments of gymnasium and stable-baselines3: one, or many in one process.

Actions accept, reject or substitute one edit at a time, or choose one of several versions, as the
kind of output has it (`ensemble.diversity.policy.kinds`).
"""

from collections.abc import Iterable
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnv

from ensemble.diversity.training.episodes import Episodes, Rows
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.task import Task
from ensemble.types import Booleans, Integers

Slots = int | Iterable[int] | None

_FAR = 1e6  # beyond any feature, as gymnasium's checker wants finite bounds


class MemberEnv(gymnasium.Env[Rows, np.int64]):
    """One segment at a time; observations are `Episodes.seen`, of shape (options, width)."""

    def __init__(self, task: Task, reward: Reward) -> None:
        self.episodes = Episodes(task, reward, slots=1, seed=0)
        self.observation_space, self.action_space = _spaces(self.episodes)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Rows, dict[str, Any]]:
        """Enter a segment; the same `seed` enters the same segment."""
        super().reset(seed=seed)
        self.episodes.restart(int(self.np_random.integers(2**31)))
        return self.episodes.seen()[0], {}

    def step(self, action: np.int64) -> tuple[Rows, float, bool, bool, dict[str, Any]]:
        """Take an option; one that does not exist is the first."""
        gain, done = self.episodes.step(np.array([action]))
        return self.episodes.seen()[0], float(gain[0]), bool(done[0]), False, {}

    def action_masks(self) -> Booleans:
        """Return which options exist, (options,)."""
        return np.asarray(self.episodes.allowed()[0])


class MemberVecEnv(VecEnv):
    """All slots of some episodes at once, in one process: one array of actions and of rewards."""

    def __init__(self, episodes: Episodes) -> None:
        self.episodes = episodes
        self._actions = np.zeros(episodes.slots, dtype=np.int64)
        super().__init__(episodes.slots, *_spaces(episodes))

    def reset(self) -> Rows:
        """Return the observations; slots stay where they are, which at first is a beginning."""
        return self.episodes.seen()

    def step_async(self, actions: Integers) -> None:
        """Store the actions of the next step."""
        self._actions = np.asarray(actions)

    def step_wait(self) -> tuple[Rows, NDArray[np.float32], Booleans, list[dict[str, Any]]]:
        """Take the stored actions in all slots."""
        gain, done = self.episodes.step(self._actions)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        return self.episodes.seen(), gain.astype(np.float32), done, infos

    def close(self) -> None:
        """Nothing to release."""

    def env_method(
        self, method_name: str, *args: object, indices: Slots = None, **_: object
    ) -> list[Any]:
        """Return the masks, one a slot: the only method of a slot."""
        if method_name != "action_masks":
            raise AttributeError(method_name)
        return list(self.episodes.allowed()[self._chosen(indices)])

    def get_attr(self, attr_name: str, indices: Slots = None) -> list[Any]:
        """Return an attribute, the same for every slot."""
        if attr_name == "action_masks":
            return [self.episodes.allowed for _ in self._chosen(indices)]
        if attr_name == "render_mode":
            return [None for _ in self._chosen(indices)]
        raise AttributeError(attr_name)

    def set_attr(self, attr_name: str, value: object, indices: Slots = None) -> None:
        """Raise an error: slots have no attributes of their own."""
        raise AttributeError(attr_name)

    def env_is_wrapped(self, wrapper_class: object, indices: Slots = None) -> list[bool]:
        """Return that no slot is wrapped."""
        return [False for _ in self._chosen(indices)]

    def _chosen(self, indices: Slots) -> Integers:
        every = np.arange(self.episodes.slots)
        return every if indices is None else np.atleast_1d(every[np.array(indices)])


def _spaces(episodes: Episodes) -> tuple[spaces.Space[Rows], spaces.Space[np.int64]]:
    box: Any = spaces.Box(-_FAR, _FAR, episodes.seen().shape[1:], np.float32)
    return box, spaces.Discrete(episodes.options)
