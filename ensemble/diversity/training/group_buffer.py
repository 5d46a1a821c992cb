"""A rollout buffer whose advantages compare the samples of one segment with each other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sb3_contrib.common.maskable.buffers import MaskableRolloutBuffer
from torch import Tensor


class GroupBuffer(MaskableRolloutBuffer):
    """The steps of n environments, of which each `group` of neighbours plays the same segments.

    The advantage of a step is the reward from it to the end of the segment, or of the rollout, less
    the mean of that in its group (Shao et al. 2024; without their division by the deviation of the
    group, which weighs segments by how alike their samples are: Liu et al. 2025).
    """

    def __init__(self, *args: Any, group: int, **options: Any) -> None:  # noqa: ANN401
        self._group = group
        super().__init__(*args, **options)

    def compute_returns_and_advantage(self, last_values: Tensor, dones: NDArray[np.bool_]) -> None:
        """Set `advantages`, (steps, n); `returns` are the values, which nothing is to learn."""
        to_come = np.zeros(self.n_envs, dtype=np.float32)
        for step in reversed(range(self.buffer_size)):
            self.advantages[step] = to_come = self.rewards[step] + to_come
            to_come = to_come * (1.0 - self.episode_starts[step])
        groups = self.advantages.reshape(self.buffer_size, -1, self._group)
        groups -= groups.mean(axis=2, keepdims=True)
        self.returns = self.values.copy()
