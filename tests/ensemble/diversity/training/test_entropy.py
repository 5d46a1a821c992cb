"""The entropy bonus: none without a target, larger below it, and the same after a resume."""

from math import log

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ensemble.diversity.training.entropy import EntropyBonus, entropy_of


def test_without_a_target_it_has_no_weight() -> None:
    bonus = EntropyBonus(None)
    bonus.adapt(0.0)
    assert bonus.weight == 0


@given(st.lists(st.floats(0, 3), max_size=50), st.floats(0.01, 2))
def test_the_weight_rises_below_the_target_and_falls_above_it(
    entropies: list[float], target: float
) -> None:
    bonus = EntropyBonus(target)
    for entropy in entropies:
        before = bonus.weight
        bonus.adapt(entropy)
        assert 1e-4 * 0.999 <= bonus.weight <= 10 * 1.001
        assert (bonus.weight - before) * (target - entropy) >= 0


def test_a_restored_bonus_goes_on_where_it_was() -> None:
    one, other = EntropyBonus(0.5), EntropyBonus(0.5)
    one.adapt(0.1)
    other.load_state_dict(one.state_dict())
    assert other.weight == one.weight


def test_entropy_is_in_nats_over_all_decisions() -> None:
    halves = torch.log(torch.tensor([0.5, 0.5, 1.0]))
    assert float(entropy_of(halves)) == pytest.approx(log(2))
