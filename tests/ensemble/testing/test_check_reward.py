"""`check_reward` names the law that a reward breaks."""

from collections.abc import Callable

import numpy as np
import pytest

from ensemble.diversity.training.rewards import Options, State, register
from ensemble.diversity.training.rewards.registry import REWARDS
from ensemble.testing import check_reward

Values = np.ndarray


def of_the_wrong_shape(state: State, target_f: float) -> Values:
    """Two numbers a segment."""
    return state.own


def not_finite(state: State, target_f: float) -> Values:
    """No numbers."""
    return state.own[:, 0] * np.nan


def not_deterministic(state: State, target_f: float) -> Values:
    """Random numbers."""
    return np.random.default_rng().normal(size=len(state.gold))


def changes_the_state(state: State, target_f: float) -> Values:
    """Zeros, after a change to the state."""
    state.own[:] = state.own + 1
    return np.zeros(len(state.gold))


def looks_at_the_others(state: State, target_f: float) -> Values:
    """The difference from the mean."""
    return state.gold - state.gold.mean()


@pytest.mark.parametrize(
    ("value", "law"),
    [
        (of_the_wrong_shape, "has the shape"),
        (not_finite, "not a finite number"),
        (not_deterministic, "another value"),
        (changes_the_state, "changes the state"),
        (looks_at_the_others, "depends on the other segments"),
    ],
)
def test_a_reward_that_breaks_a_law_is_told_which(
    value: Callable[[State, float], Values], law: str
) -> None:
    with REWARDS.restored():
        register("broken")(value)
        with pytest.raises(AssertionError, match=law):
            check_reward("broken")


def test_a_quantity_of_keeping_the_source_must_be_0() -> None:
    with REWARDS.restored():

        @register("broken", quantity=lambda options: np.ones(len(options.texts)))
        def broken(state: State, target_f: float) -> Values:
            """Its quantity."""
            return state.quantities["broken"]

        with pytest.raises(AssertionError, match="not 0 where nothing is chosen"):
            check_reward("broken")


def test_a_quantity_of_another_shape_is_refused() -> None:
    def pairs(options: Options) -> Values:
        return np.zeros((len(options.texts), 2))

    with REWARDS.restored():

        @register("broken", quantity=pairs)
        def broken(state: State, target_f: float) -> Values:
            """Its quantity."""
            return state.quantities["broken"]

        with pytest.raises(ValueError, match=r"the shape \(\d+, 2\), not"):
            check_reward("broken")


def test_a_reward_that_is_not_registered_is_refused() -> None:
    with pytest.raises(ValueError, match="no reward 'unheard of'; there are"):
        check_reward("unheard of")


def test_a_reward_that_is_not_a_sum_cannot_be_registered_as_one() -> None:
    with REWARDS.restored():

        @register("broken", additive=True)
        def broken(state: State, target_f: float) -> Values:
            """Return the square of the edits made."""
            return state.own[:, 1] ** 2

        with pytest.raises(AssertionError, match="registered as additive, but is not"):
            check_reward("broken")
