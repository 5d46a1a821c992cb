"""Bradley-Terry: published estimates, laws on random comparisons, and data without a maximum."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluation.data.preferences import Preferences
from evaluation.errors import InputError
from evaluation.statistics import bradley_terry_resamples
from evaluation.statistics.bradley_terry import fit, information, parameters, win_chance
from evaluation.statistics.bradley_terry_resamples import resample_estimates
from evaluation.statistics.comparison_design import design
from evaluation.statistics.preference_ranking import MEAN, POINTS, by_bradley_terry

# Davidson (1970), table 2: i, j, i preferred, j preferred, no preference.
PUDDINGS = """
1 2 19 22 16   1 3 16 19 12   2 3 19 19 10   1 4 18 23 13   2 4 23 19 9   3 4 19 20 15
1 5 13 19 18   2 5 16 20 12   3 5 16 15 17   4 5 17 14 16   1 6 18 21 12  2 6 22 20 12
3 6 13 18 10   4 6 14 19 18   5 6 11 21 12
"""

# Agresti (2002), table 10.10, American League 1987: wins and losses of the row at home.
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
BASEBALL = """
-   4-3 4-2 4-3 6-1 4-2 6-0
3-3 -   4-2 4-3 6-0 6-1 4-3
2-5 4-3 -   2-4 4-3 4-2 6-0
3-3 5-1 2-5 -   4-3 4-2 6-1
5-1 2-5 3-3 4-2 -   5-2 6-0
2-5 3-3 3-4 4-3 4-2 -   2-4
2-5 1-5 1-6 2-4 1-6 3-4 -
"""


def preferences(names, comparisons, has_positions=True, lengths=None):
    """Preferences from (first, second, preferred), each on a segment of its own."""
    first, second, preferred = np.array(comparisons, dtype=np.int64).reshape(-1, 3).T
    n = len(first)
    return Preferences(
        tuple(names),
        tuple(map(str, range(n))),
        ("r",),
        np.arange(n),
        np.zeros(n, dtype=np.int64),
        first,
        second,
        preferred,
        lengths,
        has_positions,
    )


def puddings():
    rows = []
    for i, j, *counts in np.array(PUDDINGS.split(), dtype=int).reshape(-1, 5):
        for n, preferred in zip(counts, (1, -1, 0), strict=True):
            rows += [(i - 1, j - 1, preferred)] * n
    return rows


def baseball():
    rows = []
    for i, line in enumerate(BASEBALL.strip().splitlines()):
        for j, cell in enumerate(line.split()):
            if i != j:
                won, lost = map(int, cell.split("-"))
                rows += [(i, j, 1)] * won + [(i, j, -1)] * lost
    return rows


def estimates(given_preferences):
    return fit(design(given_preferences)[0])


def test_davidsons_puddings():
    """The counts of table 2 of the paper, and the estimates that maximise their likelihood."""
    found = estimates(preferences("123456", puddings(), has_positions=False))
    worth = np.exp(found.systems) / np.exp(found.systems).sum()
    assert worth == pytest.approx([0.1388, 0.1730, 0.1617, 0.1654, 0.1587, 0.2024], abs=5e-5)
    assert np.exp(found.tie) == pytest.approx(0.7468, abs=5e-5)


def test_agrestis_baseball():
    """Table 10.11: both models; the first to one more decimal than the table has."""
    plain = estimates(preferences(TEAMS, baseball(), has_positions=False)).systems
    expected = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0]
    assert plain - plain[-1] == pytest.approx(expected, abs=6e-4)
    home = estimates(preferences(TEAMS, baseball()))
    worth = np.exp(home.systems) / np.exp(home.systems).sum()
    assert worth == pytest.approx([0.220, 0.190, 0.164, 0.157, 0.137, 0.088, 0.044], abs=5e-4)
    assert home.position == pytest.approx(0.3023, abs=5e-5)
    assert np.isnan(home.tie)
    assert np.isnan(home.length)


def test_standard_errors_of_baseball_are_those_of_the_bootstrap():
    """That of the home advantage is 0.131 by the information."""
    found = by_bradley_terry(preferences(TEAMS, baseball()))
    assert found.position is not None
    width = (found.position.high - found.position.low) / POINTS / (2 * 1.96)
    assert width == pytest.approx(0.131, abs=0.015)
    assert found.standings.score.mean() == pytest.approx(MEAN)


COMPARISONS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(-1, 1)), min_size=8, max_size=40
)


def drawn(comparisons, **options):
    rows = [(i, (i + step) % 4, preferred) for i, step, preferred in comparisons]
    made = preferences("abcd", rows, **options)
    try:
        design(made)
    except InputError:
        assume(False)
    return made


@settings(deadline=None)
@given(COMPARISONS, st.permutations(range(4)))
def test_relabelling_systems_relabels_their_strengths(comparisons, order):
    made = drawn(comparisons)
    names = [made.systems[i] for i in order]
    first, second = estimates(made), estimates(made.among(names))
    assert second.systems == pytest.approx(first.systems[list(order)], abs=1e-4)
    assert second.position == pytest.approx(first.position, abs=1e-4, nan_ok=True)
    assert second.tie == pytest.approx(first.tie, abs=1e-4, nan_ok=True)


@settings(deadline=None)
@given(COMPARISONS)
def test_doubling_the_data_changes_no_estimate(comparisons):
    made = drawn(comparisons)
    first, second = estimates(made), estimates(made.of(np.tile(np.arange(len(made)), 2)))
    assume(not first.is_bounded)
    assert second.systems == pytest.approx(first.systems, abs=1e-4)
    assert second[1:4] == pytest.approx(first[1:4], abs=1e-4, nan_ok=True)


@settings(deadline=None)
@given(COMPARISONS)
def test_swapping_positions_turns_their_effect(comparisons):
    made = drawn(comparisons)
    first, second = estimates(made), estimates(made.swapped())
    assert second.systems == pytest.approx(first.systems, abs=1e-4)
    assert second.position == pytest.approx(-first.position, abs=1e-4, nan_ok=True)


@settings(deadline=None)
@given(COMPARISONS)
def test_estimates_are_finite_whatever_the_results(comparisons):
    made = drawn(comparisons)
    found = estimates(made)
    assert np.isfinite(found.systems).all()
    assert np.isfinite(found.tie) == bool((made.preferred == 0).any())
    assert not np.isinf(found.position)


@settings(deadline=None)
@given(COMPARISONS)
def test_expected_points_are_those_observed(comparisons):
    """The likelihood equations: each system's wins and half its ties are what the model expects."""
    made = drawn(comparisons, has_positions=False)
    found = estimates(made)
    assume(not found.is_bounded)
    gap = (found.systems[made.first] - found.systems[made.second]) / 2
    tie = np.exp(found.tie) if np.isfinite(found.tie) else 0.0
    total = np.exp(gap) + np.exp(-gap) + tie
    expected = np.bincount(made.first, (np.exp(gap) + tie / 2) / total, minlength=4)
    expected += np.bincount(made.second, (np.exp(-gap) + tie / 2) / total, minlength=4)
    points = made.points()
    assert expected == pytest.approx(points[:, 0] + points[:, 1] / 2, abs=1e-3)


def test_without_ties_odds_of_two_systems_are_their_wins():
    made = preferences("ab", [(0, 1, 1)] * 30 + [(1, 0, 1)] * 10, has_positions=False)
    found = estimates(made)
    assert found.systems == pytest.approx([np.log(3) / 2, -np.log(3) / 2])
    assert win_chance(found.systems[0] - found.systems[1]) == pytest.approx(0.75)


def test_a_system_that_never_lost_has_a_finite_strength_and_a_note():
    made = preferences("abc", [(0, 1, 1), (2, 0, -1), (1, 2, 1), (2, 1, 1)] * 5)
    found = by_bradley_terry(made, resamples=50)
    assert np.isfinite(found.standings.score).all()
    assert found.standings.score.argmax() == 0
    assert any("a never lost or tied against the other systems" in note for note in found.notes)


def test_results_by_position_alone_have_a_finite_effect_and_a_note():
    made = preferences("ab", [(0, 1, 1), (1, 0, 1)] * 10)
    found = by_bradley_terry(made, resamples=50)
    assert np.isfinite(found.standings.score).all()
    assert found.position is not None
    assert 0 < found.position.low <= found.position.value <= found.position.high < 5000
    assert any("told from systems and effects alone" in note for note in found.notes)


def test_ties_alone_make_all_systems_equal():
    found = by_bradley_terry(preferences("abc", [(0, 1, 0), (1, 2, 0)] * 10), resamples=50)
    assert found.standings.score == pytest.approx([MEAN] * 3, abs=1e-6)
    assert found.standings.cluster.tolist() == [1, 1, 1]


def test_systems_that_are_never_compared_are_named():
    made = preferences("abcd", [(0, 1, 1), (2, 3, 1)])
    with pytest.raises(InputError, match="no comparison connects a, b with c, d"):
        design(made)
    with pytest.raises(InputError, match="no comparisons"):
        design(preferences("ab", []))


def test_a_position_that_never_changes_has_no_effect():
    made = preferences("abc", [(0, 1, 1), (0, 1, -1), (1, 2, 1), (1, 2, -1), (1, 2, 1)])
    given_design, notes = design(made)
    assert given_design.effects == ()
    assert notes == ["no effect of position: it cannot be told from the strength of the systems"]


def simulated(n, position=0.4, length=1.5, seed=0):
    generator = np.random.default_rng(seed)
    skills = np.array([-0.8, 0.0, 0.8])
    first = generator.integers(3, size=n)
    second = (first + generator.integers(1, 3, size=n)) % 3
    lengths = generator.integers(10, 200, size=(n, 2)).astype(float)
    z = (lengths[:, 0] - lengths[:, 1]) / lengths.sum(axis=1)
    half = (skills[first] - skills[second] + position + length * z) / 2
    weights = np.exp([half, 0 * half - 0.7, -half])
    limits = np.cumsum(weights / weights.sum(axis=0), axis=0)
    preferred = 1 - (generator.random(n) > limits).sum(axis=0)
    return preferences("abc", np.stack([first, second, preferred], axis=1), lengths=lengths)


def test_effects_that_were_simulated_are_found():
    found = by_bradley_terry(simulated(6000), resamples=200)
    assert found.estimates.position == pytest.approx(0.4, abs=0.08)
    assert found.estimates.length == pytest.approx(1.5, abs=0.2)
    assert found.estimates.tie == pytest.approx(-0.7, abs=0.08)
    assert found.estimates.systems == pytest.approx([-0.8, 0, 0.8], abs=0.08)
    for effect, truth in ((found.position, 0.4), (found.length, 0.5)):
        assert effect.low < truth * POINTS < effect.high
    assert found.standings.cluster.tolist() == [3, 2, 1]


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = [
        effect.low < 0.4 * POINTS < effect.high
        for seed in range(60)
        if (effect := by_bradley_terry(simulated(150, seed=seed), resamples=200).position)
    ]
    assert len(held) == 60
    assert np.mean(held) >= 0.85


def test_resamples_are_maxima_too():
    """Steps with the information of all data end where a maximisation ends."""
    made = simulated(300)
    given_design = design(made)[0]
    counts = given_design.counts * np.random.default_rng(1).integers(0, 3, (1, 3))
    cold = fit(given_design, counts)
    warm = fit(given_design, counts, np.full(given_design.x.shape[1] + 1, 0.3))
    assert warm.systems == pytest.approx(cold.systems, abs=1e-4)


def test_few_segments_have_no_intervals():
    found = by_bradley_terry(preferences("ab", [(0, 1, 1), (1, 0, 1)] * 3))
    assert np.isnan(found.standings.low).all()
    assert found.standings.cluster.tolist() == [1, 1]
    assert any("needs at least 12 segments, and there are 6" in note for note in found.notes)


def test_the_same_seed_gives_the_same_ranking():
    made = simulated(200)
    first, again, other = (by_bradley_terry(made, 30, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.standings.low, again.standings.low)
    assert not np.array_equal(first.standings.low, other.standings.low)


def test_a_segment_is_drawn_as_a_whole():
    """Comparisons of one segment that are copies of each other add no certainty."""
    made = simulated(100)
    copied = made.of(np.repeat(np.arange(100), 9))
    first, second = by_bradley_terry(made, 200), by_bradley_terry(copied, 200)
    assert second.standings.low == pytest.approx(first.standings.low, abs=0.5)


def test_systems_that_are_exactly_tied_share_ranks():
    found = by_bradley_terry(preferences("ab", [(0, 1, 1), (1, 0, 1)] * 12))
    assert found.standings.cluster.tolist() == [1, 1]
    assert found.standings.best.tolist() == [1, 1]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-1, 1), min_size=12, max_size=20))
def test_a_mirror_of_a_system_is_level_with_it(results):
    """Whatever the results, two systems that have the same on each segment are never apart."""
    rows = [(i, 2, preferred) for preferred in results for i in (0, 1)]
    made = preferences("abc", rows, has_positions=False)
    paired = made.renumbered(np.arange(len(rows)) // 2, [str(i) for i in range(len(results))])
    found = by_bradley_terry(paired, resamples=50)
    assert found.standings.cluster[0] == found.standings.cluster[1]
    assert found.standings.best[0] == found.standings.best[1]


SURE = st.lists(st.booleans(), min_size=12, max_size=30).filter(lambda turned: len({*turned}) == 2)


@settings(deadline=None, max_examples=30)
@given(SURE, st.booleans())
def test_effects_that_separable_data_leave_open_are_left_out(turned, has_lengths):
    """One system always wins, in both positions: the effect may have either sign."""
    rows = [(1, 0, -1) if turn else (0, 1, 1) for turn in turned]
    lengths = np.array([(10.0, 20.0 + i) for i in range(len(rows))]) if has_lengths else None
    found = by_bradley_terry(preferences("ab", rows, lengths=lengths), resamples=50)
    assert found.position is None
    assert any("no effect of position: the data do not tell it" in note for note in found.notes)
    assert not (found.standings.high - found.standings.low <= 1e-6).any()
    assert found.standings.cluster.tolist() == [1, 2]


def test_an_interval_of_width_zero_is_left_out():
    found = by_bradley_terry(preferences("ab", [(0, 1, 1)] * 24, has_positions=False))
    assert np.isnan(found.standings.low).all()
    assert not np.isnan(found.shares_low).any()
    assert any("no interval where every resample gives the same" in note for note in found.notes)


def test_a_position_that_other_systems_define_stays():
    """A system that always lost does not hide the effect that the others show."""
    rows = [(0, 1, 1), (1, 0, 1), (0, 1, -1), (1, 0, 1), (0, 2, 1), (2, 0, -1)] * 8
    assert by_bradley_terry(preferences("abc", rows), resamples=50).position is not None


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 1, 1), (1, 0, -1), (1, 2, 1), (2, 1, 0), (0, 2, 1)] * 5,
        [(i, j, 1 if i < j else -1) for i in range(4) for j in range(4) if i != j] + [(3, 0, 1)],
    ],
)
def test_resamples_without_a_maximum_agree_with_one_fit_each(rows):
    given_design = design(preferences("abcd"[: 1 + max(max(row[:2]) for row in rows)], rows))[0]
    generator = np.random.default_rng(0)
    wins = generator.binomial(
        given_design.counts.astype(int), 0.7, (20, *given_design.counts.shape)
    )
    whole = fit(given_design)
    start = parameters(given_design, whole)
    step = np.linalg.pinv(information(given_design, given_design.counts, start), hermitian=True)
    found = resample_estimates(given_design, wins.astype(float), start, step, whole.is_bounded)
    for counts, values in zip(wins, found, strict=True):
        alone = parameters(given_design, fit(given_design, counts.astype(float)))
        assert values == pytest.approx(alone, abs=1e-3)


def test_resamples_of_few_separable_results_need_no_fit_each(monkeypatch):
    """A thousand fits of their own would take half a minute."""
    calls = []
    one_fit = bradley_terry_resamples.fit
    monkeypatch.setattr(
        bradley_terry_resamples, "fit", lambda *given: calls.append(1) or one_fit(*given)
    )
    rows = [(0, 1, 1), (1, 0, -1), (1, 2, 1), (2, 1, -1), (0, 2, 1)] * 5
    by_bradley_terry(preferences("abc", rows))
    by_bradley_terry(preferences("ab", [(0, 1, 1)] * 11 + [(1, 0, 1)] + [(1, 0, -1)] * 3))
    assert len(calls) < 10
