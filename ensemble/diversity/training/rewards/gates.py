"""Gates: which segments a member can earn a reward on."""

from typing import Literal

import numpy as np

from ensemble.diversity.training.rewards.state import State
from ensemble.types import Booleans

Gate = Literal["unsolved"]
"""`unsolved`: segments that the ensemble without the member does not get right already.

Training on the others lowers diversity: there is only agreement to be learnt there.
"""


def is_open(gate: Gate, state: State) -> Booleans:
    """Return whether segments in some state can earn a reward, (r,); their edits do not matter."""
    assert gate == "unsolved"
    right, made = state.absent.T
    return np.asarray((right < state.gold) | (right < made))
