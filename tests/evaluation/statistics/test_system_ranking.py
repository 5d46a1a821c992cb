"""Expected Wins and TrueSkill: known cases, published figures, laws of clusters."""

import numpy as np
import pytest
import trueskill as library
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.rankings import Rankings, read_rankings
from evaluation.statistics.system_ranking import (
    DRAWS,
    SPREAD,
    _clusters,
    _noise,
    _play,
    by_expected_wins,
    by_trueskill,
    expected_wins,
    trueskill,
)

GJG15 = {
    "AMU": 0.628, "RAC": 0.566, "CAMB": 0.561, "CUUI": 0.550, "POST": 0.539, "UFC": 0.513,
    "PKU": 0.506, "UMC": 0.495, "IITB": 0.485, "SJTU": 0.463, "INPUT": 0.456, "NTHU": 0.437,
    "IPN": 0.300,
}  # fmt: skip
GJG15_TRUESKILL = {
    "AMU": 0.273, "CAMB": 0.182, "RAC": 0.114, "CUUI": 0.105, "POST": 0.080, "PKU": -0.001,
    "UMC": -0.022, "UFC": -0.041, "IITB": -0.055, "INPUT": -0.062, "SJTU": -0.074,
    "NTHU": -0.142, "IPN": -0.358,
}  # fmt: skip


def simulated(skills, n=200, shown=5, seed=0):
    """Rankings by skills seen through noise, rounded so that there are ties."""
    generator = np.random.default_rng(seed)
    seen = -np.round(skills + generator.normal(size=(n, len(skills))))
    hidden = np.argsort(generator.random(seen.shape), axis=1)[:, shown:]
    np.put_along_axis(seen, hidden, np.nan, axis=1)
    ranks = seen - np.nanmin(seen, axis=1, keepdims=True) + 1
    names = tuple(f"s{i}" for i in range(len(skills)))
    return Rankings(names, ("u",) * n, ("1",) * n, ranks)


def test_expected_wins_by_hand():
    wins = np.array([[0, 3, 1, 0], [1, 0, 0, 0], [1, 2, 0, 0], [0, 0, 0, 0]], dtype=float)
    found = expected_wins(wins)
    assert found[:3].tolist() == [(3 / 4 + 1 / 2) / 2, (1 / 4 + 0) / 2, (1 / 2 + 1) / 2]
    assert np.isnan(found[3])
    assert np.array_equal(expected_wins(np.stack([wins, wins]))[1], found, equal_nan=True)


def test_a_match_is_the_librarys():
    generator = np.random.default_rng(0)
    first = generator.integers(0, 5, 300)
    second = (first + generator.integers(1, 5, 300)) % 5
    pairs = np.stack([np.arange(300), first, second, generator.integers(0, 2, 300)], axis=1)
    for beta in (0.2, _noise(300)):
        order = np.stack([np.arange(300), generator.permutation(300)], axis=1).astype(np.int32)
        found = _play(pairs, order, 5, beta)
        for column, means in zip(order.T, found, strict=True):
            # The library's error function is good to seven digits.
            assert means == pytest.approx(by_library(pairs[column], beta), abs=1e-6)


def by_library(matches, beta):
    known = {"mu": 0.0, "sigma": SPREAD, "beta": beta, "tau": 0.0, "draw_probability": DRAWS}
    rules = library.TrueSkill(**known)
    ratings = [rules.create_rating() for _ in range(5)]
    for _, one, other, tie in matches:
        result = library.rate_1vs1(ratings[one], ratings[other], drawn=bool(tie), env=rules)
        ratings[one], ratings[other] = result
    return [rating.mu for rating in ratings]


def test_a_match_that_is_none_changes_nothing():
    pairs = np.array([[0, 0, 1, 0], [0, 1, 2, 1]])
    short, padded = np.array([[0], [1]], np.int32), np.array([[0], [-1], [1]], np.int32)
    assert np.array_equal(_play(pairs, short, 3, 1.0), _play(pairs, padded, 3, 1.0))


def test_skills_that_differ_are_put_in_their_order():
    rankings = simulated(np.array([0.0, 2.0, 1.0, 3.0, -1.0, 4.0]), n=400)
    for standings in (by_expected_wins(rankings), by_trueskill(rankings, resamples=40)):
        assert np.argsort(-standings.score).tolist() == [5, 3, 1, 2, 0, 4]
        assert standings.cluster.tolist() == [5, 3, 4, 2, 6, 1]
        assert (standings.low <= standings.score).all()
        assert (standings.score <= standings.high).all()


def test_systems_that_are_alike_are_one_cluster():
    rankings = simulated(np.zeros(5), shown=4)
    for standings in (by_expected_wins(rankings), by_trueskill(rankings, resamples=40)):
        assert standings.cluster.tolist() == [1] * 5


def test_the_same_seed_gives_the_same_standings():
    rankings = simulated(np.arange(5) / 2, n=40)
    for stand in (by_expected_wins, by_trueskill):
        first, again, other = (stand(rankings, 20, seed) for seed in (1, 1, 2))
        assert all(map(np.array_equal, first, again))
        assert not np.array_equal(first.low, other.low)


def test_a_system_always_tied_has_no_expected_wins():
    ranks = np.array([[1, 2, np.nan], [1, np.nan, 1]])
    standings = by_expected_wins(Rankings(tuple("abc"), ("u",) * 2, ("1",) * 2, ranks), 20)
    assert np.isnan(standings.score).tolist() == [False, False, True]
    assert standings.worst[2] == 3


def test_standings_need_rankings():
    none = Rankings(("a", "b"), (), (), np.empty((0, 2)))
    with pytest.raises(ValueError, match="at least one"):
        by_expected_wins(none)
    with pytest.raises(ValueError, match="need a ranking"):
        by_trueskill(none)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), min_size=1, max_size=9))
def test_clusters_end_where_no_range_reaches_over(ranges):
    best = np.array([low for low, _ in ranges])
    worst = np.array([low + more for low, more in ranges])
    point = np.arange(len(ranges), 0, -1.0)
    clusters = _clusters(point, best, worst)
    assert clusters[0] == 1
    for i in range(1, len(ranges)):
        parted = worst[:i].max() < best[i:].min()
        assert clusters[i] - clusters[i - 1] == parted


def test_published_expected_wins(data):
    rankings = read_rankings(data / "gec" / "gjg15" / "judgments.xml")
    standings = by_expected_wins(rankings)
    found = dict(zip(rankings.systems, standings.score, strict=True))
    assert {name: round(value, 3) for name, value in found.items()} == GJG15
    assert standings.cluster[rankings.systems.index("AMU")] == 1
    assert (standings.low < standings.score).all()
    assert (standings.score < standings.high).all()


def test_published_trueskill_is_near_whatever_the_order(data):
    """Grundkiewicz et al. (2015), table 3: there, too, matches are drawn at random."""
    rankings = read_rankings(data / "gec" / "gjg15" / "judgments.xml")
    skills = trueskill(rankings, orders=3)
    names = np.array(rankings.systems)
    for means in skills:
        assert names[np.argsort(-means)].tolist() == list(GJG15_TRUESKILL)
        published = [GJG15_TRUESKILL[name] for name in names]
        assert means == pytest.approx(published, abs=0.012)
    assert np.ptp(skills, axis=0).max() < 0.001
