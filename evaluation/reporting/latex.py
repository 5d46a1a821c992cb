"""An overview as a LaTeX table, for `booktabs`."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isnan

from evaluation.reporting.overview import Cell, Column, Overview, sentence
from evaluation.reporting.plots.canvas import legible

MARKS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
"""Marks of a figure that the best one is better than, by the bound that p is below."""

WIDEST = 8
"""The columns that a page is wide enough for."""

_ESCAPES = {
    **{letter: f"\\{letter}" for letter in "{}$&#%_"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': "''",
    "\ufffd": "?",
    # Behind the end of a row these would be its options.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
}


def latex_escaped(text: str) -> str:
    """Return text that LaTeX sets as it is, on one line.

    Letters beyond Latin need XeLaTeX or LuaLaTeX, and a font that has them.
    """
    escaped = "".join(_ESCAPES.get(letter, letter) for letter in _one_line(text))
    return re.sub("-(?=-)", "-{}", escaped)  # two hyphens would be a dash


def latex_table(overview: Overview, title: str, signature: str) -> str:
    """Return a table of all columns of an overview, those of one subject side by side.

    A value has its interval below it. Those of the best cluster are bold, and marks (`MARKS`) say
    that the best is better; the caption explains both. A table of more than `WIDEST` columns is
    scaled to the width of the page.
    """
    columns = overview.columns
    scaled = len(columns) > WIDEST
    lines = [
        f"% Needs \\usepackage{{booktabs{',graphicx' if scaled else ''}}}. Made by Consort:",
        f"% {_one_line(signature)}",
        r"\begin{table*}",
        r"\centering",
        rf"\caption{{{_caption(overview, title)}}}",
        rf"\label{{tab:{latex_slug(title)}}}",
        *([r"\resizebox{\textwidth}{!}{%"] if scaled else ()),
        rf"\begin{{tabular}}{{l{'c' * len(columns)}}}",
        r"\toprule",
        *_heads(columns),
        r"\midrule",
        *_rows(overview, overview.names),
        *([r"\midrule", *_rows(overview, overview.baselines)] if overview.baselines else ()),
        r"\bottomrule",
        r"\end{tabular}" + ("}" if scaled else ""),
        r"\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def _caption(overview: Overview, title: str) -> str:
    bases = dict.fromkeys(column.basis for column in overview.columns)
    tests = dict.fromkeys(column.test for column in overview.columns)
    marks = ", ".join(f"$^{{{mark}}}$ $p < {f'{p:g}'[1:]}$" for p, mark in reversed(MARKS))
    sentences = [
        f"{latex_escaped(title)}.",
        f"{latex_escaped(sentence('; '.join(bases)))}, with 95\\% intervals in small type.",
        f"Bold: the best cluster. The best of the column is better: {marks}",
        f"({latex_escaped('; '.join(tests))}).",
    ]
    if overview.baselines:
        sentences.append("Below the line, not ranked: chance, and the length of texts.")
    return " ".join(sentences)


def _heads(columns: Sequence[Column]) -> Iterator[str]:
    """Yield the rows of subjects and, below them, of levels."""
    subjects, rules, place = [], [], 2
    for subject, group in groupby(columns, key=lambda column: column.subject):
        width = len(list(group))
        subjects.append(rf"\multicolumn{{{width}}}{{c}}{{{latex_escaped(subject)}}}")
        rules.append(rf"\cmidrule(lr){{{place}-{place + width - 1}}}")
        place += width
    yield rf" & {' & '.join(subjects)} \\"
    yield "".join(rules)
    yield rf"metric & {' & '.join(latex_escaped(column.level) for column in columns)} \\"


def _rows(overview: Overview, names: Sequence[str]) -> Iterator[str]:
    """Yield two lines a name: values and, in small type, intervals."""
    for name in names:
        cells = [column.cells.get(name) for column in overview.columns]
        yield from with_intervals(name, list(map(_value, cells)), list(map(_interval, cells)))


def with_intervals(name: str, values: Sequence[str], intervals: Sequence[str]) -> Iterator[str]:
    """Yield the line of a name with its values and, if any is not empty, that of intervals."""
    yield rf"{latex_escaped(name)} & {' & '.join(values)} \\"
    if any(intervals):
        yield rf" & {' & '.join(intervals)} \\"


def _value(cell: Cell | None) -> str:
    if cell is None or isnan(cell.value):
        return "--"
    words = f"{cell.value:z.3f}".replace("-", "$-$")
    mark = next((mark for bound, mark in MARKS if cell.p < bound), "")
    words = rf"\textbf{{{words}}}" if cell.is_best else words
    return words + (f"$^{{{mark}}}$" if mark else "")


def _interval(cell: Cell | None) -> str:
    if cell is None or isnan(cell.low) or isnan(cell.high):
        return ""
    bounds = f"{cell.low:z.3f}, {cell.high:z.3f}".replace("-", "$-$")
    return rf"{{\scriptsize {{[}}{bounds}{{]}}}}"


def _one_line(text: str) -> str:
    return " ".join(legible(text).split())


def latex_slug(text: str) -> str:
    """Return a title as a label can have it: small letters, digits and hyphens."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-") or "consort"
