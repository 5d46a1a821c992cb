"""The table for papers, read by a strict reader: balance, escapes, columns, and the marks."""

import re
from math import nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluation.reporting.latex import latex_escaped, latex_table
from evaluation.reporting.overview import Cell, Column, Overview
from evaluation.reporting.plots.canvas import legible

NAMED = {
    "textbackslash": "\\",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textasciigrave": "`",
}
LAYOUT = {
    *("begin", "end", "centering", "caption", "label", "toprule", "midrule", "bottomrule"),
    *("multicolumn", "cmidrule", "textbf", "scriptsize", "resizebox", "textwidth"),
}
HOSTILE = [
    "\\input{x}",
    "a & b % c # $d$ _e^f~ {g",
    "*",
    "[2pt]",
    "--",
    "``x''",
    '<>|"',
    "",
    "翻译",
]


def read(text: str) -> str:
    """Return text as LaTeX sets it; fails on a special letter that is not escaped."""
    result, depth, at = "", 0, 0
    while at < len(text):
        letter = text[at]
        command = re.match(r"\\([A-Za-z]+)\{\}", text[at:])
        if command:
            result, at = result + NAMED[command[1]], at + len(command[0])
        elif letter == "\\":
            assert text[at + 1] in "{}$&#%_"
            result, at = result + text[at + 1], at + 2
        else:
            assert letter not in "$&#%_^~"
            depth += {"{": 1, "}": -1}.get(letter, 0)
            assert depth >= 0
            result, at = result + ("" if letter in "{}" else letter), at + 1
    assert depth == 0
    return result


def rows_of(latex: str) -> list[list[str]]:
    """Return the cells of the table; fails if LaTeX could not read the file."""
    lines = [line for line in latex.splitlines() if not line.startswith("%")]
    text = "\n".join(lines)
    bare = re.sub(r"\\[^A-Za-z]", "", text)
    assert bare.count("{") == bare.count("}")
    assert all(line.count("$") % 2 == 0 for line in bare.splitlines())
    assert not set(re.findall(r"\\([A-Za-z]+)", text)) - LAYOUT - set(NAMED)
    opened = re.findall(r"\\begin\{(\w+\*?)\}", text)
    assert opened == re.findall(r"\\end\{(\w+\*?)\}", text)[::-1] == ["table*", "tabular"]
    columns = len(re.search(r"\\begin\{tabular\}\{(lc*)\}", text)[1])
    rows = [re.split(r"(?<!\\)&", line[:-2]) for line in lines if line.endswith(r"\\")]
    for row in rows:
        widths = [re.match(r"\s*\\multicolumn\{(\d+)\}", cell) for cell in row]
        assert sum(int(width[1]) if width else 1 for width in widths) == columns
    return [[cell.strip() for cell in row] for row in rows]


def column(subject: str, names, decides=True, best=0) -> Column:
    cells = {
        name: Cell(0.5 - i, 0.4 - i, 0.6 - i, i == best, nan if i == best else 10.0**-i / 4)
        for i, name in enumerate(names)
    }
    return Column(subject, "segment", "tau_b & co", "PERM-BOTH", decides, cells)


@given(st.text())
@example("\\input{x}")
@example("a---b")
@example("\u2028{")
def test_text_is_set_as_it_is(text):
    line = " ".join(legible(text).split())
    assert read(latex_escaped(text)) == line.replace('"', "''").replace("\ufffd", "?")
    assert "--" not in latex_escaped(text)
    assert not re.match(r"[*\[]", latex_escaped(text))


@given(st.lists(st.text(), min_size=1, max_size=4, unique=True), st.text(), st.text())
def test_names_of_users_leave_a_table_that_can_be_read(names, subject, title):
    overview = Overview([column(subject, names), column("other", names)], names[:1], names[1:])
    latex = latex_table(overview, title, title)
    rows = rows_of(latex)
    assert rows[2][0] == latex_escaped(names[0])
    assert latex == latex_table(overview, title, title)


def test_hostile_names():
    rows = rows_of(latex_table(Overview([column("a", HOSTILE)], HOSTILE), "%", "x\n\\end{table*}"))
    assert [read(row[0]) for row in rows[2::2]] == [name.replace('"', "''") for name in HOSTILE]


def test_values_intervals_marks_and_the_best_cluster():
    names = ["a", "b", "c", "d"]
    overview = Overview([column("x", names), column("y", names)], names, ["random"])
    latex = latex_table(overview, "Study: run", "signature")
    rows = rows_of(latex)
    assert rows[0] == ["", r"\multicolumn{1}{c}{x}", r"\multicolumn{1}{c}{y}"]
    assert rows[2] == ["a", r"\textbf{0.500}", r"\textbf{0.500}"]
    assert rows[3][1] == r"{\scriptsize {[}0.400, 0.600{]}}"
    assert [row[1] for row in rows[4:10:2]] == [
        r"$-$0.500$^{*}$",
        r"$-$1.500$^{**}$",
        r"$-$2.500$^{***}$",
    ]
    assert rows[10] == ["random", "--", "--"]
    caption = re.search(r"\\caption\{(.*)\}", latex)[1]
    assert r"Segment level, tau\_b \& co, with 95\% intervals" in caption
    assert "$^{*}$ $p < .05$, $^{**}$ $p < .01$, $^{***}$ $p < .001$ (PERM-BOTH)" in caption
    assert latex.count(r"\midrule") == 2


@pytest.mark.parametrize("levels", [1, 2])
def test_levels_of_a_subject_stand_side_by_side(levels):
    columns = [column(subject, ["a"]) for subject in "xy" for _ in range(levels)]
    rows = rows_of(latex_table(Overview(columns, ["a"]), "t", "s"))
    assert rows[0][1:] == [rf"\multicolumn{{{levels}}}{{c}}{{{subject}}}" for subject in "xy"]
    assert rows[1][1:] == ["segment"] * 2 * levels


@pytest.mark.parametrize(("columns", "scaled"), [(8, False), (9, True)])
def test_a_table_wider_than_a_page_is_scaled(columns, scaled):
    latex = latex_table(Overview([column("x", ["a"])] * columns, ["a"]), "t", "s")
    assert rows_of(latex)[1][1:] == ["segment"] * columns
    assert (r"\resizebox" in latex) == ("graphicx" in latex) == scaled
