"""The warning of drift: how often it is false, and how often it is not missed, by simulation."""

import numpy as np
import pytest

from service.feedback import drift
from service.feedback.drift import WINDOW, Block, look


def blocks(chance: np.random.Generator, *rates: float) -> list[Block]:
    return [Block(WINDOW, int(chance.binomial(WINDOW, rate))) for rate in rates]


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.5, 0.9])
def test_false_alarms_are_as_rare_as_is_said(rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "FALSE_ALARMS", 0.05)  # so that fewer simulations tell
    chance, n = np.random.default_rng(1), 200
    alarms = 0
    for _ in range(n):
        ensemble = {name: blocks(chance, *[rate] * 4) for name in "abc"}
        alarms += any(found.warning for found in look(ensemble).values())
    assert alarms / n <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / n)


def test_a_system_that_gets_worse_is_warned_of_and_the_others_are_not() -> None:
    chance, n = np.random.default_rng(2), 100
    warned = {"worse": 0, "same": 0}
    for _ in range(n):
        found = look({"worse": blocks(chance, 0.8, 0.8, 0.8, 0.8, 0.45),
                      "same": blocks(chance, *[0.8] * 5)})  # fmt: skip
        for name in warned:
            warned[name] += found[name].warning
    assert warned["worse"] > 0.9 * n
    assert warned["same"] < 0.05 * n


def test_only_full_windows_are_looked_at() -> None:
    full = Block(WINDOW, WINDOW)
    assert look({"new": [full], "short": [full, Block(WINDOW - 1, 0)], "none": []}) == {}
    (found,) = look({"a": [full, full, Block(3, 0)]}).values()
    assert (found.recent, found.before, found.p, found.warning) == (1, 1, 1, False)
