"""Slopes of samples: of a straight line exactly, with an interval that contains them."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.processes import Usage
from benchmarks.trend import Sample, slope, slopes

SMALL = st.floats(-1000, 1000)


@given(SMALL, SMALL, st.integers(3, 200))
@example(start=0.0, an_hour=0.0, number=3)
@example(start=0.0, an_hour=1e-160, number=3)  # the square of which is no float
def test_a_straight_line_has_its_slope(start: float, an_hour: float, number: int) -> None:
    minutes = np.arange(number)
    middle, low, high = slope(minutes, start + an_hour * minutes / 60)
    assert middle == pytest.approx(an_hour, rel=1e-6, abs=1e-6)
    assert low == pytest.approx(an_hour, rel=1e-4, abs=1e-4)
    assert high == pytest.approx(an_hour, rel=1e-4, abs=1e-4)


def test_an_interval_has_the_slope_in_nineteen_of_twenty_runs() -> None:
    rng = np.random.default_rng(7)
    minutes = np.arange(110)
    runs = [slope(minutes, 5 * minutes / 60 + rng.normal(size=110)) for _ in range(1000)]
    held = np.mean([low <= 5 <= high for _, low, high in runs])
    assert 0.93 < held < 0.97


def test_two_samples_have_no_interval() -> None:
    with pytest.raises(ValueError, match="needs 3 samples, not 2"):
        slope([1, 2], [1, 2])


def test_memory_is_in_percent_of_its_mean() -> None:
    samples = [Sample(m, Usage(0.0, 1000 + m, 9 + m, 2 + m, 4 + m, 1)) for m in range(0, 121)]
    trend = slopes(samples)
    assert trend["memory, % an hour"].startswith(f"**{6000 / 1060:+.2f}**")
    assert trend["descriptors an hour"].startswith("**+60.00**")
    assert trend["without sockets, an hour"].startswith("**+0.00**")
    assert trend["threads an hour"].startswith("**+60.00**")
