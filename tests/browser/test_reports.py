"""The pages of reports: whatever is wide scrolls in its own frame, and nothing is cut off."""

import numpy as np
import pytest

from evaluation.reporting.page import Section, page
from evaluation.reporting.plots import heat_map

MEASURE = """
document.querySelector('.frame').scrollLeft = 1e6;
const right = node => node.getBoundingClientRect().right;
const frame = document.querySelector('.frame');
({
  page: document.documentElement.scrollWidth - innerWidth,
  figure: Math.max(...[...frame.querySelectorAll('text, rect, path')].map(right)) - right(frame),
  frame: right(frame) - innerWidth,
  scrolls: frame.scrollWidth > frame.clientWidth,
})
"""


@pytest.mark.parametrize(
    ("width", "columns", "scrolls"), [(1280, 6, False), (1280, 23, True), (390, 6, True)]
)
def test_a_heat_map_fits_or_can_be_scrolled_to_its_end(browser, tmp_path, width, columns, scrolls):
    pytest.importorskip("matplotlib", reason="plots are in consort[report]")
    rows = [f"replaced: agreement of verb and subject (R:VERB:SVA {i})" for i in range(8)]
    names = [f"a system of a long name {i}" for i in range(columns)]
    drawing = heat_map(np.ones((len(rows), columns)), rows, names, "log-odds", 0.0)
    file = tmp_path / "page.html"
    file.write_text(page("Title", [Section("Votes", (), drawing)], "signature", "A verdict."))
    view = browser.new_page(viewport={"width": width, "height": 800})
    view.goto(file.as_uri())
    sizes = view.evaluate(MEASURE)
    view.close()
    assert sizes["page"] <= 0
    assert sizes["frame"] <= 0
    assert sizes["figure"] <= 1
    assert sizes["scrolls"] == scrolls
