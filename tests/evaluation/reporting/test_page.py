"""Pages and their figures: hostile names, missing values, and nothing from elsewhere."""

import csv
import re
import sys
from base64 import b64decode
from collections import Counter
from html.parser import HTMLParser
from io import StringIO
from math import inf, nan
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluation.reporting.page import Grid, Section, page
from evaluation.reporting.plots import Drawing, Series, bars, calibration, curves, heat_map
from evaluation.reporting.table import Row, Table

HOSTILE = ("<script>alert(1)</script>", "a & b \"c\" 'd'", "$x$", "_hidden", "#010203")
LONG = "a-system-whose-name-is-longer-than-anyone-would-ever-want-but-there-it-is-v2.1"
NAMES = [*HOSTILE, LONG, "翻译" * 30, 'id="text_1" href="#text_1"']
VOID = {"meta", "link", "br"}


class Balanced(HTMLParser):
    """Reads a page and fails on an element that is closed wrongly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def words(drawing: Drawing) -> list[str]:
    """Return the texts of a figure; this parses its SVG, which must be well formed."""
    texts = ElementTree.fromstring(drawing.svg).iter()
    return ["".join(text.itertext()) for text in texts if text.text]


def every_figure() -> list[Drawing]:
    values = np.linspace(-1, 1, len(NAMES) ** 2).reshape(len(NAMES), -1)
    row = values[0]
    series = {name: Series(row + at, row, row + 2 * at) for at, name in enumerate(NAMES)}
    return [
        heat_map(values, NAMES, NAMES, "correlation <r> & $r$", centre=0),
        heat_map(values, NAMES, NAMES, "score"),
        curves(list(range(1, len(NAMES) + 1)), series, "<x>", "$y$", log_x=True),
        calibration([0.1, 0.4, 0.9, 0.95], [0, 1, 1, 1]),
        bars(NAMES, row, row - 0.1, row + 0.1, "<gain>"),
    ]


def whole_page() -> str:
    table = Table([Row(name, name, name, 0.5, 0.4, 0.6, 1312) for name in NAMES], HOSTILE[0])
    sections = [
        Section(HOSTILE[place % 2], HOSTILE, figure, HOSTILE[0], table)
        for place, figure in enumerate(every_figure())
    ]
    grid = Grid(NAMES, [NAMES, NAMES])
    more = [Section("table", caption="x", table=table), Section("grid", grid=grid)]
    return page(HOSTILE[0], [*sections, *more], HOSTILE[1])


def cells(*rows: Row) -> list[list[str]]:
    body = page("t", [Section("h", table=Table(rows, ""))], "s").split("<tbody>")[1]
    found = [re.findall(r"<bdi>(.*?)</bdi>", line) for line in body.splitlines()]
    return [row for row in found if row]


def test_the_page_is_balanced_and_says_the_names():
    read = Balanced(whole_page())
    assert "script" not in {tag for tag, _ in read.tags}
    assert set(NAMES) <= set(read.words)
    assert not [name for _, attributes in read.tags for name in attributes if name[:2] == "on"]


def test_nothing_is_loaded():
    read = Balanced(whole_page())
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}) in read.tags
    for tag, attributes in read.tags:
        assert tag not in {"script", "link", "img", "iframe", "image", "object", "base"}
        for name, value in attributes.items():
            assert name not in {"src", "srcset", "action"}
            assert "href" not in name or value.startswith("#") or "download" in attributes
            assert "http" not in value or name.startswith("xmlns") or "http-equiv" in attributes
    assert not re.search(r"@import|url\((?!#)", whole_page())


def test_figures_and_tables_are_saved_as_files():
    links = {
        attributes["download"]: attributes["href"].partition(";base64,")
        for _, attributes in Balanced(whole_page()).tags
        if "download" in attributes
    }
    saved = {name: (kind, b64decode(content)) for name, (kind, _, content) in links.items()}
    assert [name for name in saved if name.startswith("01-")] == [
        "01-script-alert-1-script.svg",
        "01-script-alert-1-script.csv",
    ]
    kinds = Counter(kind for kind, _ in saved.values())
    assert kinds == {"data:image/svg+xml": 5, "data:text/csv": 7}
    for kind, content in saved.values():
        if kind == "data:image/svg+xml":
            assert ElementTree.fromstring(content).tag.endswith("svg")
    rows = list(csv.DictReader(StringIO(saved["06-table.csv"][1].decode())))
    assert [row["name"] for row in rows] == NAMES
    assert {row["value"] for row in rows} == {"0.5"}
    assert list(csv.reader(StringIO(saved["07-grid.csv"][1].decode()))) == [NAMES] * 3


def test_ids_are_unique_and_found():
    read = Balanced(whole_page())
    ids = Counter(attributes["id"] for _, attributes in read.tags if "id" in attributes)
    assert set(ids.values()) == {1}
    pairs = [pair for _, attributes in read.tags for pair in attributes.items()]
    links = {value.removeprefix("#") for name, value in pairs if name == "xlink:href"}
    painted = {found for _, value in pairs for found in re.findall(r"url\(#(.+?)\)", value)}
    assert links
    assert painted
    assert links | painted <= set(ids)


def test_what_a_reader_without_eyes_is_told():
    read = Balanced(whole_page())
    assert [tag for tag, _ in read.tags if re.fullmatch(r"h\d", tag)] == ["h1"] + ["h2"] * 7
    drawings = [attributes for tag, attributes in read.tags if tag == "svg"]
    assert len(drawings) == 5
    assert {(one["role"], one["aria-label"]) for one in drawings} == {("img", HOSTILE[0])}
    assert ("html", {"lang": "en"}) in read.tags
    assert sum(tag == "figcaption" for tag, _ in read.tags) == 5
    assert sum(tag == "caption" for tag, _ in read.tags) == 1


def test_a_grid_has_its_headings_and_the_name_of_each_row():
    grid = Grid(("way", "score"), [("first", "1.0"), ("second", "2.0")])
    text = page("t", [Section("h", grid=grid)], "s")
    assert re.findall(r'<th scope="col">(.*?)</th>', text) == ["way", "score"]
    assert re.findall(r'<th scope="row"><bdi>(.*?)</bdi></th>', text) == ["first", "second"]
    assert re.findall(r"<td><bdi>(.*?)</bdi></td>", text) == ["1.0", "2.0"]


def test_strong_cells_of_a_grid():
    grid = Grid(("metric", "a", "b"), [("x", "1", "2"), ("y", "3", "4")], {(0, 1), (1, 0)})
    text = page("t", [Section("h", grid=grid)], "s")
    assert re.findall(r"<strong><bdi>(.*?)</bdi></strong>", text) == ["2", "3"]


def test_p_values_have_a_column_where_there_are_any():
    rows = Row("a", "segment", "r", 1, p=0.01234), Row("b", "segment", "r", 1)
    assert [row[-1] for row in cells(*rows)] == ["0.0123", "–"]
    assert "p against the best" in page("t", [Section("h", table=Table(rows, ""))], "s")


def test_numbers_in_a_table():
    assert cells(
        Row("a", "corpus", "f0.5", -0.0004, -0.1, 0.25, 1312),
        Row("b", "system", "rank", 3),
        Row("c", "system", "chrf", 51.237, nan, nan, 0),
        Row("d", "system", "pearson", nan, nan, nan, 1),
    ) == [
        ["a", "corpus", "f0.5", "0.000", "−0.100 to 0.250", "1312"],
        ["b", "system", "rank", "3", "–", "–"],
        ["c", "system", "chrf", "51.24", "–", "0"],
        ["d", "system", "pearson", "–", "–", "1"],
    ]


def test_a_signature_is_said_once():
    table = Table([Row("a", "corpus", "x", 1)], "x|seed:1")
    assert page("t", [Section("h", table=table)], "x|seed:1").count("x|seed:1") == 1
    assert page("t", [Section("h", table=table)], "other").count("x|seed:1") == 1


def test_control_characters_and_broken_text_leave_a_mark():
    text = page("a\x00b\x1b[31m\ud800", [], "")
    assert "a\ufffdb\ufffd[31m\ufffd" in text
    text.encode()
    assert "a\ufffdb" in words(bars(["a\x00b"], [1], [0], [2], "\ud800"))


def test_the_same_bytes_twice():
    assert whole_page() == whole_page()


@pytest.mark.parametrize("figure", range(5))
def test_a_figure_is_one_element_in_the_colours_of_the_page(figure):
    drawing = every_figure()[figure]
    words(drawing)
    svg = drawing.svg
    assert svg.startswith("<svg")
    tags = "".join(re.findall("<[^>]*>", svg))
    assert "currentColor" in tags
    assert "#000000" not in tags
    assert "#010203" not in tags
    assert not re.search(r"<dc:date|Matplotlib|\d{4}-\d\d-\d\d", svg)


def test_names_are_whole():
    wide = {**dict.fromkeys(NAMES, Series([1, 2]))}
    for drawing in (
        heat_map(np.eye(len(NAMES)), NAMES, NAMES, "x"),
        curves([1, 2], wide, "x", "y"),
        bars(NAMES, np.ones(len(NAMES)), np.zeros(len(NAMES)), np.ones(len(NAMES)), "x"),
    ):
        said = "".join(words(drawing)).replace(" ", "").replace("\n", "")
        assert all(name.replace(" ", "") in said for name in NAMES)


def test_the_unknown_is_hatched_and_the_known_has_its_number():
    drawing = heat_map([[0.5, nan], [-0.25, 1]], ["a", "b"], ["c", "d"], "x", centre=0)
    said = words(drawing)
    assert {"0.50", "−0.25", "1.00"} <= set(said)
    assert drawing.svg.count("fill: url(#") == 1
    assert "nan" not in said


def test_shades_grow_from_the_centre():
    svg = heat_map([[1, 2, 3, 5]], ["a"], list("bcde"), "x", centre=3).svg
    shades = re.findall(r"fill: (#\w+); opacity: ([\d.]+)", svg)
    assert [(colour, float(alpha)) for colour, alpha in shades] == [
        ("#c2701c", 0.6),
        ("#c2701c", 0.3),
        ("#5b6bd6", 0.6),
    ]


@given(
    st.lists(
        st.sampled_from([nan, inf, -inf, 0, -0.0, 1e-300, 1e300, -7.25, 12345678, 3]),
        min_size=2,
        max_size=2,
    ),
    st.sampled_from([None, 0.0, 5.0]),
)
@example([nan, inf], None)
@settings(max_examples=25, deadline=None)
def test_no_value_breaks_a_heat_map(values, centre):
    assert words(heat_map([values], ["a"], ["b", "c"], "x", centre))


def test_numbers_are_as_long_as_they_need_be():
    assert {"0", "12"} <= set(words(heat_map([[0, 12]], ["a"], ["b", "c"], "x")))
    assert {"0.5", "12.0"} <= set(words(heat_map([[0.5, 12]], ["a"], ["b", "c"], "x")))
    assert {"1e+300", "−2.5e+08"} <= set(words(heat_map([[1e300, -2.5e8]], ["a"], ["b", "c"], "")))
    assert {"1.2e−09"} <= set(words(heat_map([[1.2e-9, nan]], ["a"], ["b", "c"], "x")))


def test_curves_and_bars_with_nothing_known():
    hole = Series([nan, nan], [nan, nan], [nan, nan])
    assert "a" in words(curves([1, 2], {"a": hole}, "x", "y", log_x=True))
    assert "a" in words(curves([1, 2], {"a": Series([1, nan], [0, nan], [2, nan])}, "x", "y"))
    assert words(curves([], {}, "x", "y"))
    assert "–" in words(bars(["a", "b"], [nan, 1], [nan, 0], [nan, 2], "x"))
    assert words(bars(["a"], [nan], [nan], [nan], "x"))


def test_few_points_are_marked_as_they_are():
    assert {"10", "300", "1,000"} <= set(
        words(curves([10, 300, 1000], {"a": Series([1, 2, 3])}, "x", "y", log_x=True))
    )


def test_a_diagram_says_its_error_and_takes_one_prediction():
    assert "expected calibration error 0.500" in words(calibration([1, 1], [1, 0]))
    assert "expected calibration error 0.000" in words(calibration([0.0], [0], bins=1))


def test_what_is_refused():
    with pytest.raises(ValueError, match="columns for shape"):
        heat_map([[1.0]], ["a", "b"], ["c"], "x")
    with pytest.raises(ValueError, match="columns for shape"):
        heat_map(np.empty((0, 0)), [], [], "x")
    with pytest.raises(ValueError, match="above 0"):
        curves([0, 1], {}, "x", "y", log_x=True)
    with pytest.raises(ValueError, match="shape"):
        curves([1, 2], {"a": Series([1])}, "x", "y")
    with pytest.raises(ValueError, match="at least 1"):
        bars([], [], [], [], "x")
    with pytest.raises(ValueError, match="of one number"):
        bars(["a"], [1], [0, 0], [1], "x")


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'consort\[report\]'"):
        bars(["a"], [1], [0], [2], "x")
    assert page("t", [Section("h")], "s")
