"""Agreement of raters: the papers' worked examples, and definitions by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics.rater_agreement import cohen_kappa, fleiss_kappa, krippendorff

NAN = np.nan
# Krippendorff (2011), section C: four observers, twelve units.
RELIABILITY = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_the_papers_example(level, alpha):
    assert round(krippendorff(RELIABILITY, level), 3) == alpha


def test_alpha_of_the_papers_binary_and_nominal_examples():
    """Krippendorff (2011), sections A and B: two observers, no data missing."""
    binary = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
    assert krippendorff(binary, "nominal") == pytest.approx(0.095, abs=0.0005)
    codes = [["abcde".index(c) for c in row] for row in ("aabbdcccedda", "babbbccceddd")]
    assert krippendorff(codes, "nominal") == pytest.approx(0.692, abs=0.0005)


def by_definition(ratings, distance):
    """Observed over expected disagreement, pair by pair."""
    units = [column[~np.isnan(column)] for column in np.array(ratings, dtype=float).T]
    units = [unit for unit in units if len(unit) > 1]
    values = np.concatenate(units) if units else np.empty(0)
    n = len(values)
    expected = sum(distance(a, b, values) for a in values for b in values)
    if not expected:
        return NAN
    observed = sum(
        sum(distance(a, b, values) for a in unit for b in unit) / (len(unit) - 1) for unit in units
    )
    return 1 - (n - 1) * observed / expected


def ordinal(a, b, values):
    low, high = min(a, b), max(a, b)
    between = ((values >= low) & (values <= high)).sum()
    return (between - ((values == a).sum() + (values == b).sum()) / 2) ** 2


RATINGS = st.tuples(st.integers(1, 4), st.integers(1, 6)).flatmap(
    lambda shape: st.lists(
        st.one_of(st.integers(-2, 2), st.just(NAN)).map(float),
        min_size=shape[0] * shape[1],
        max_size=shape[0] * shape[1],
    ).map(lambda values: np.array(values).reshape(shape))
)


@pytest.mark.parametrize(
    ("level", "distance"),
    [
        ("nominal", lambda a, b, values: float(a != b)),
        ("ordinal", ordinal),
        ("interval", lambda a, b, values: (a - b) ** 2),
    ],
)
@given(ratings=RATINGS)
def test_alpha_is_what_its_definition_says(level, distance, ratings):
    expected = by_definition(ratings, distance)
    assert krippendorff(ratings, level) == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_alpha_does_not_depend_on_scale_or_origin():
    moved = krippendorff(RELIABILITY * 1e-3 + 1e6, "interval")
    assert moved == pytest.approx(krippendorff(RELIABILITY, "interval"), abs=1e-6)


def test_fleiss_of_the_papers_kind():
    """The worked example most quoted: 14 raters, ten items, five categories."""
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    ratings = np.array([np.repeat(np.arange(5), row) for row in counts]).T
    assert fleiss_kappa(ratings) == pytest.approx(0.210, abs=0.0005)


def test_fleiss_and_cohen_by_hand():
    ratings = [[1, 1, 2, 2], [1, 2, 2, 2]]
    # Agreed 3/4; by chance 1/2 x 1/4 + 1/2 x 3/4 (Cohen), (3/8)^2 + (5/8)^2 (Fleiss).
    assert cohen_kappa(ratings) == pytest.approx((3 / 4 - 1 / 2) / (1 / 2))
    assert fleiss_kappa(ratings) == pytest.approx((3 / 4 - 34 / 64) / (30 / 64))
    assert np.isnan(fleiss_kappa(np.ones((2, 3))))


def test_cohen_is_over_pairs_and_what_both_rated():
    ratings = np.array([[1, 1, 2, 2, NAN], [1, 2, 2, 2, 1], [NAN, NAN, NAN, NAN, 1]])
    assert cohen_kappa(ratings) == cohen_kappa(ratings[:2, :4])
    assert np.isnan(cohen_kappa([[1, NAN], [NAN, 1]]))
    quarter = np.array([[0.25, 0.5, 0.75, 0.25], [0.5, 0.5, 0.75, 0.25]])
    assert cohen_kappa(quarter, "quadratic") > cohen_kappa(quarter)


def test_faults_are_named():
    with pytest.raises(ValueError, match=r"shape \(3,\); it must be \(raters, items\)"):
        krippendorff(np.ones(3), "nominal")
    with pytest.raises(ValueError, match="no level 'ratio'"):
        krippendorff(RELIABILITY, "ratio")
    with pytest.raises(ValueError, match="7 ratings are missing"):
        fleiss_kappa(RELIABILITY)
    with pytest.raises(ValueError, match="needs two raters"):
        fleiss_kappa(np.ones((1, 3)))
