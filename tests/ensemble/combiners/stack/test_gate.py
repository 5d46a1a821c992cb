"""How far a stack leaves its best level, by the gain on segments that it did not learn from."""

import numpy as np
import pytest

from ensemble.combiners.stack.gate import best_of, counted, score, trust
from ensemble.targets import Targets
from evaluation.metrics.fscore import f_half

CHANCE = np.random.default_rng(0)


def chosen(right):
    return np.stack([np.asarray(right, float), np.ones(len(right))], axis=1)


def test_what_is_taken_is_counted_by_kind():
    values = (np.array([1.0, 0.0, 1.0]), np.array([]), np.array([np.nan, 50.0]))
    edits = Targets(values, np.array([2.0, 1.0, 0.0]), several=True)
    taken = [(0, 1), (), ()]
    assert counted(taken, edits).tolist() == [[1, 2, 2], [0, 0, 1], [0, 0, 0]]
    texts = Targets(values, np.ones(3))
    assert counted([(0,), (), (0,)], texts).tolist() == [[1, 1], [0, 0], [0, 0]]
    assert counted([(2,), (), (1,)], texts).tolist() == [[1, 1], [0, 0], [50, 1]]


def test_the_best_level_is_the_first_unless_another_is_clearly_better():
    first = np.arange(400) < 300
    lucky, good, better = first.copy(), first.copy(), first.copy()
    lucky[300], good[300:310], better[300:330] = True, True, True
    lucky[0] = False
    lucky[301] = True
    tables = list(map(chosen, (first, lucky, good, better)))
    assert best_of(tables) == 3
    assert best_of(tables[:3]) == 2
    assert best_of(tables[:2]) == best_of([tables[0]] * 3) == 0
    assert best_of(tables[::-1]) == 0


def test_the_top_is_not_trusted_where_it_is_worse_or_as_good_or_better_by_chance():
    best = chosen(CHANCE.random(400) < 0.8)
    assert trust(best, best) == 0
    worse = best.copy()
    worse[:40, 0] = 0
    assert trust(worse, best) == 0
    luck = best.copy()
    wrong = np.flatnonzero(best[:, 0] == 0)
    luck[wrong[0], 0] = 1
    assert trust(luck, best) < 0.5
    luck[wrong[:20], 0] = 1
    assert 0.9 < trust(luck, best) < 1


@pytest.mark.parametrize("n", [200, 800])
def test_the_gain_in_f_is_told_by_segment(n):
    """The sum of the differences has the sign of the difference of F0.5."""
    gold = np.full(n, 2.0)
    made = CHANCE.integers(1, 4, n).astype(float)
    right = np.minimum(CHANCE.integers(0, 3, n), made).astype(float)
    best = np.stack([right, made, gold], axis=1)
    better = best.copy()
    better[: n // 2, 0] = np.minimum(better[: n // 2, 1], 2)
    assert score(better) > score(best) == f_half(best.sum(axis=0))
    assert trust(better, best) > 0.9
    assert trust(best, better) == 0
