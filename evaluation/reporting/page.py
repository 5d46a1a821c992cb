"""Renders a report as one HTML file, which fetches nothing and runs nothing."""

import re
from collections.abc import Collection, Sequence
from html import escape
from math import isnan
from typing import NamedTuple

from evaluation.reporting.page_style import STYLE
from evaluation.reporting.plots.canvas import legible
from evaluation.reporting.plots.drawing import Drawing
from evaluation.reporting.saving import file_name, save_grid, save_svg, save_table
from evaluation.reporting.table import Row, Table

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_HEADINGS = ("name", "level", "statistic", "value", "95% interval", "n")
_TESTED = "p against the best"
_ABSENT = "–"


class Grid(NamedTuple):
    """A table of words: the headings, and the cells of each row, of which the first names it.

    `strong` are the places of cells that stand out: a row and a column, from 0, without names.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    strong: Collection[tuple[int, int]] = ()


class Section(NamedTuple):
    """A part of a page: text, then a figure, then a table or a grid.

    The SVG of `figure` is not escaped. The `caption` belongs to the figure, or
    to the table without a figure.
    """

    heading: str
    paragraphs: Sequence[str] = ()
    figure: Drawing | None = None
    caption: str = ""
    table: Table | None = None
    grid: Grid | None = None


def page(title: str, sections: Sequence[Section], signature: str, lead: str = "") -> str:
    """Return one HTML page, which loads nothing and runs nothing.

    The `lead`, below the title, says in a sentence what it shows. Below each figure is a link that
    saves it as SVG, and below each table one that saves it as CSV; the page has these files in it.
    All text is escaped, as names come from users. The signature of a table is below it if it
    differs from that of the page.
    """
    body = "\n".join(
        _section(section, number, signature) for number, section in enumerate(sections, start=1)
    )
    opening = f'\n<p class="lead">{_text(lead)}</p>' if lead else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{_text(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{_text(title)}</h1>{opening}
{body}
</main>
<footer>{_signature(signature)}</footer>
</body>
</html>
"""


def _section(section: Section, number: int, signature: str) -> str:
    heading = f'<h2 id="section-{number}">{_text(section.heading)}</h2>'
    parts = [heading, *(f"<p>{_text(paragraph)}</p>" for paragraph in section.paragraphs)]
    name = file_name(section.heading, number)
    if section.figure is not None:
        parts.append(_figure(section, section.figure.svg, number))
        parts.append(save_svg(name, section.figure))
    if section.table is not None:
        caption = section.caption if section.figure is None else ""
        parts.append(_table(section.table, caption, section.heading))
        parts.append(save_table(name, section.table))
        if section.table.signature not in ("", signature):
            parts.append(_signature(section.table.signature))
    if section.grid is not None:
        parts.append(_grid(section.grid, section.heading))
        parts.append(save_grid(name, section.grid.headings, section.grid.rows))
    content = "\n".join(parts)
    return f'<section aria-labelledby="section-{number}">\n{content}\n</section>'


def _figure(section: Section, svg: str, number: int) -> str:
    label = _text(section.caption or section.heading)
    named = _prefixed(svg, number).replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
    caption = f"\n<figcaption>{_text(section.caption)}</figcaption>" if section.caption else ""
    return f"<figure>\n{_frame(named, section.heading)}{caption}\n</figure>"


def _prefixed(svg: str, number: int) -> str:
    """Prefix the ids of a figure, so that those of different figures differ."""
    return re.sub(
        r"<[^<>]*>",
        lambda tag: re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>figure-{number}-", tag[0]),
        svg,
    )


def _table(table: Table, caption: str, name: str) -> str:
    tested = any(row.p is not None for row in table.rows)
    headings = "".join(
        f'<th scope="col"{_align(place)}>{heading}</th>'
        for place, heading in enumerate((*_HEADINGS, *([_TESTED] if tested else ())))
    )
    title = f"<caption>{_text(caption)}</caption>\n" if caption else ""
    rows = "\n".join(_row(row, tested) for row in table.rows)
    whole = f"{title}<thead><tr>{headings}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
    return _frame(f"<table>\n{whole}\n</table>", name)


def _grid(grid: Grid, name: str) -> str:
    headings = "".join(f'<th scope="col">{_text(heading)}</th>' for heading in grid.headings)
    rows = "\n".join(
        _grid_row(cells, [place for row, place in grid.strong if row == number])
        for number, cells in enumerate(grid.rows)
    )
    whole = f"<thead><tr>{headings}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
    return _frame(f"<table>\n{whole}\n</table>", name)


def _grid_row(cells: Sequence[str], strong: Collection[int]) -> str:
    name, *others = (f"<bdi>{_text(cell)}</bdi>" for cell in cells)
    data = "".join(
        f"<td><strong>{cell}</strong></td>" if place in strong else f"<td>{cell}</td>"
        for place, cell in enumerate(others)
    )
    return f'<tr><th scope="row">{name}</th>{data}</tr>'


def _row(row: Row, tested: bool) -> str:
    bounds = [_number(row.low), _number(row.high)]
    interval = _ABSENT if _ABSENT in bounds else " to ".join(bounds)
    rest = [row.level, row.statistic, _number(row.value), interval, _number(row.n)]
    if tested:
        rest.append(_ABSENT if row.p is None else f"{row.p:.4f}")
    # <bdi> keeps a name written from right to left from reordering the text around it.
    cells = [f"<bdi>{_text(text)}</bdi>" for text in rest]
    data = "".join(f"<td{_align(place)}>{cell}</td>" for place, cell in enumerate(cells, start=1))
    return f'<tr><th scope="row"><bdi>{_text(row.name)}</bdi></th>{data}</tr>'


def _number(value: float | None) -> str:
    if value is None or isnan(value):
        return _ABSENT
    if isinstance(value, int):
        return str(value)
    return f"{value:z.{3 if abs(value) < 10 else 2}f}".replace("-", "−")


def _align(place: int) -> str:
    return ' class="number"' if place >= _HEADINGS.index("value") else ""


def _frame(content: str, name: str) -> str:
    """Return `content` in a frame that scrolls if necessary, also by keyboard."""
    label = f'role="group" aria-label="{_text(name)}"'
    return f'<div class="frame" tabindex="0" {label}>\n{content}\n</div>'


def _signature(signature: str) -> str:
    return f'<p class="signature">Signature <code>{_text(signature)}</code></p>'


def _text(text: str) -> str:
    return escape(legible(text))
