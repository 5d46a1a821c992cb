"""Rewards of sets of samples: what each adds to the best, and the expected best exactly."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ensemble.diversity.training.rewards.best_of import ExpectedBest, credits

VALUES = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=4)


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=1))
def test_a_sample_is_credited_with_what_the_best_loses_without_it(rows: list[list[int]]) -> None:
    values = np.array(rows, dtype=np.float64)
    expected = [
        [max(row) - max(row[:i] + row[i + 1 :]) for i in range(len(row))] for row in values.tolist()
    ]
    assert credits(values).tolist() == expected


def test_a_single_sample_is_credited_with_its_value() -> None:
    assert credits(np.array([[2.0], [-1.0]])).tolist() == [[2.0], [-1.0]]


@given(st.lists(VALUES, min_size=1, max_size=3), st.integers(1, 3), st.data())
def test_the_expected_best_is_the_mean_over_all_samples(
    decisions: list[list[float]], k: int, data: st.DataObject
) -> None:
    shares = [
        data.draw(st.lists(st.integers(1, 9), min_size=len(d), max_size=len(d))) for d in decisions
    ]
    probabilities = [np.array(share) / sum(share) for share in shares]
    expected = sum(
        np.prod([p[i] for i in drawn]) * max(values[i] for i in drawn)
        for values, p in zip(decisions, probabilities, strict=True)
        for drawn in product(range(len(values)), repeat=k)
    )
    decision = np.repeat(np.arange(len(decisions)), list(map(len, decisions)))
    best = ExpectedBest.of(np.concatenate(decisions), decision)
    shortfall = best.shortfalls(torch.from_numpy(np.concatenate(probabilities)), k).sum()
    highest = sum(map(max, decisions))
    assert highest - float(shortfall) == pytest.approx(expected, abs=1e-5)


def test_with_more_samples_less_is_gained_by_raising_the_best_option() -> None:
    best = ExpectedBest.of(np.array([0.0, 1.0]), np.array([0, 0]))
    slopes = []
    for k in (1, 4):
        p = torch.tensor([0.5, 0.5], requires_grad=True)
        best.shortfalls(p, k).sum().backward()
        slopes.append(float(p.grad[0]))
    assert slopes == [1.0, pytest.approx(4 * 0.5**3)]
