"""Laws of the measures, and what is planted is what they find."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from ensemble.diagnosis.capabilities import Items, capabilities_of, items_of
from ensemble.diagnosis.complementarity.forecast import Forecast, forecast
from ensemble.diagnosis.complementarity.pairs import correctness, pairs_of
from ensemble.diagnosis.complementarity.pool import Pool
from ensemble.diagnosis.complementarity.shapley import left_out, shapley
from ensemble.diagnosis.outputs import LabelledOutputs
from evaluation.data.m2 import read_m2
from evaluation.execution.progress import quietly

SKILLS = {"able": 0.9, "fair": 0.6, "poor": 0.2}


def values(generator, s):
    table = {0: 0.0} | {code: float(generator.random()) for code in range(1, 2**s)}
    return lambda members: table[sum(2**i for i in members)]


@given(st.integers(0, 1000), st.integers(2, 5))
def test_shapley_values_add_up_to_the_value_of_all(seed, s):
    value = values(np.random.default_rng(seed), s)
    found = shapley(value, s, 3, seed, quietly, "")
    assert np.isclose(found.value.sum(), value(range(s)))
    assert np.isclose(found.growth[-1], value(range(s)))


def test_shapley_values_of_a_game_that_is_known():
    # The glove game: one left glove, two right ones.
    found = shapley(lambda m: float(0 in m and len(m) > 1), 3, 200, 1, quietly, "")
    assert np.all(np.abs(found.value - [2 / 3, 1 / 6, 1 / 6]) <= found.half + 0.02)


def test_twins_share_and_idlers_get_nothing():
    found = shapley(lambda m: 3.0 * bool({0, 1} & set(m)), 3, 20, 1, quietly, "")
    assert np.allclose(found.value[2], 0)
    assert np.allclose(found.value[0], found.value[1])


def test_pairs_are_as_defined(planted):
    pool = Pool.of(*planted.edits(60, SKILLS))
    found = pairs_of(pool)
    right, known = correctness(pool)
    assert known.all()
    one, other = right[0], right[1]
    n11, n00 = (one & other).sum(), (~one & ~other).sum()
    n10, n01 = (one & ~other).sum(), (~one & other).sum()
    assert np.isclose(found.q[0, 1], (n11 * n00 - n10 * n01) / (n11 * n00 + n10 * n01))
    assert np.isclose(found.double_fault[0, 1], n00 / len(one))
    assert np.isclose(found.disagreement[0, 1], (n10 + n01) / len(one))
    assert np.isclose(found.kappa_right[0, 1], cohen_kappa_score(one, other))
    votes = pool.votes
    assert np.isclose(
        found.jaccard[0, 1], (votes[0] & votes[1]).sum() / (votes[0] | votes[1]).sum()
    )


@pytest.mark.parametrize("kind", ["edits", "labels", "texts"])
def test_a_twin_differs_in_nothing(planted, kind):
    ballots, targets = getattr(planted, kind)(40, {"a": 0.6, "b": 0.6})
    pool = Pool.of(ballots, targets)
    found = pairs_of(pool)
    assert np.allclose(np.diag(found.jaccard), 1)
    assert np.allclose(np.diag(found.disagreement), 0)
    assert np.allclose(found.q, found.q.T, equal_nan=True)


def test_without_labels_only_agreement_is_known(planted):
    found = pairs_of(Pool.of(planted.edits(40, SKILLS)[0]))
    assert np.isfinite(found.jaccard).all()
    for measure in (found.q, found.double_fault, found.disagreement, found.kappa_right):
        assert np.isnan(measure).all()


def test_what_is_lost_without_a_system_is_what_it_alone_knew(planted):
    pool = Pool.of(*planted.labels(200, {"a": 1.0, "b": 0.3, "c": 0.3}))
    lost = [float(one.delta) for one in left_out(pool, pool.oracle)]
    assert lost[0] > 20
    assert np.allclose(lost[1:], 0)


def test_the_forecast_tells_the_able_from_the_harmful(planted):
    skills = {"a": 0.9, "b": 0.85, "c": 0.5, "d": 0.3, "e": 0.05}
    pool = Pool.of(*planted.edits(400, skills))
    found = forecast(pool, 150, 2, 1, quietly)
    assert found.foretold.shape == found.gained.shape == (2, 5)
    assert found.r(found.foretold).min() > 0.5
    assert "over 2 draws) over the 5 systems" in found.in_words()


def test_a_draw_in_which_all_are_alike_foretells_nothing():
    alike, differ = [1.0, 1.0, 1.0], [1.0, 2.0, 4.0]
    never = Forecast(("a", "b", "c"), *(np.array([alike, alike]) for _ in range(4)), 20)
    once = Forecast(("a", "b", "c"), *(np.array([alike, differ]) for _ in range(4)), 20)
    assert never.in_words() == "what a system adds cannot be foretold: no draw tells them apart"
    assert "r = 1.00 (1.00 to 1.00 over 1 draws)" in once.in_words()


def test_too_few_for_a_forecast(planted):
    pool = Pool.of(*planted.edits(20, SKILLS))
    with pytest.raises(ValueError, match="3 systems and 40 segments; 3 and 20"):
        forecast(pool, 20, 1, 1, quietly)


def test_capabilities_are_shares_of_each_kind():
    right = np.array([[1, 1, 0, 0, 1], [0, 0, 1, 1, 1]], dtype=bool)
    items = Items(("x", "y"), right, {"type": ("A", "A", "B", "B", "rare")})
    found = capabilities_of(items, "type", least=2)
    assert found.names == ("A", "B", "other")
    assert np.array_equal(found.share, [[1, 0, 1], [0, 1, 1]])
    assert np.array_equal(found.n, [2, 2, 1])
    assert np.array_equal(found.halves_n.sum(axis=0), found.n)


def test_items_are_all_gold_edits(data):
    from ensemble.candidates import collect_all
    from evaluation.data.readers import read_folder

    folder = data / "gec" / "bea_dev"
    segments, gold = read_folder(folder, ["T5-11B"])[:200], read_m2(folder / "gold.m2")[:200]
    ballots = list(collect_all(segments, "edits"))
    items = items_of(LabelledOutputs(ballots, None, gold, None), {"A": (1, 100)})
    made = [edit for one in gold for edit in one.annotations[0] if edit.type != "UNK"]
    assert items.right.shape == (1, len(made))
    assert set(items.facets["group"]) == {"A", "other"}
    assert items.facets["type"] == tuple(edit.type for edit in made)
