"""A point a system: names whole and harmless, what is unknown left out."""

from xml.etree import ElementTree

import numpy as np
import pytest

from evaluation.reporting.plots import scatter

pytest.importorskip("matplotlib", reason="figures are in consort[report]")


@pytest.mark.slow
def test_every_known_point_has_its_name_as_text():
    names = ["<script>", "$x$", "a & b", "unknown"]
    svg = scatter([1, 2, 3, np.nan], [1, 4, 9, 2], names, "metric", "people").svg
    words = "".join(ElementTree.fromstring(svg).itertext())
    assert all(name in words for name in (*names[:3], "metric", "people"))
    assert "unknown" not in words
    assert svg == scatter([1, 2, 3, np.nan], [1, 4, 9, 2], names, "metric", "people").svg


def test_nothing_known_is_drawn_as_nothing():
    assert scatter([np.nan], [1], ["a"], "x", "y").svg.startswith("<svg")


def test_names_and_values_go_together():
    with pytest.raises(ValueError, match="values for 1 names"):
        scatter([1, 2], [1, 2], ["a"], "x", "y")


def test_intervals_are_lines_and_the_axis_can_be_logarithmic():
    bounds = {"low": [0.5, 1.5], "high": [1.5, 2.5]}
    plain = scatter([1, 100], [1, 2], ["a", "b"], "x", "y").svg
    assert "LineCollection" in scatter([1, 100], [1, 2], ["a", "b"], "x", "y", **bounds).svg
    assert "LineCollection" not in plain
    words = "".join(
        ElementTree.fromstring(
            scatter([1, 100], [1, 2], ["a", "b"], "x", "y", log_x=True).svg
        ).itertext()
    )
    assert "10" in words.split()
    with pytest.raises(ValueError, match="logarithmic axis must be above 0"):
        scatter([0, 1], [1, 2], ["a", "b"], "x", "y", log_x=True)
