"""The plot of ranks: every name is there, and unknown intervals are left out."""

import pytest

from evaluation.reporting.plots import rank_plot


def test_names_and_label_are_drawn():
    drawing = rank_plot(["a<b", "c"], [1.0, 2.0], [0.5, float("nan")], [1.5, float("nan")], "Elo")
    assert "a&lt;b" in drawing.svg
    assert "Elo" in drawing.svg
    again = rank_plot(["a<b", "c"], [1.0, 2.0], [0.5, float("nan")], [1.5, float("nan")], "Elo")
    assert drawing.svg == again.svg


def test_numbers_must_agree():
    with pytest.raises(ValueError, match="of one number"):
        rank_plot(["a"], [1.0, 2.0], [0, 0], [1, 1], "Elo")
