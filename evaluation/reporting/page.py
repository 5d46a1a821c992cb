"""Renders a report as one HTML file, which fetches nothing and runs nothing."""

import re
from collections.abc import Collection, Sequence
from html import escape
from math import isnan
from typing import NamedTuple

from evaluation.reporting.plots.canvas import legible
from evaluation.reporting.plots.drawing import Drawing
from evaluation.reporting.table import Row, Table

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_HEADINGS = ("name", "level", "statistic", "value", "95% interval", "n")
_TESTED = "p against the best"
_ABSENT = "–"
_STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --ink: #201f1c; --soft: #625e55; --line: #e4e0d6;
  --shade: #201f1c40;
  --sans: -apple-system, "Segoe UI", Roboto, "Liberation Sans", system-ui, sans-serif;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4",
    "Liberation Serif", Georgia, serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #17181b; --ink: #ebe8e1; --soft: #a9a59b; --line: #33353b;
    --shade: #000000b0; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: clamp(1.25rem, 5vw, 3.5rem) clamp(1rem, 5vw, 2.5rem) 4rem;
  max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 0.9375rem/1.55 var(--sans); overflow-wrap: anywhere;
}
h1, h2 { margin: 0; font: 600 1.625rem/1.2 var(--serif); text-wrap: balance; }
h2 { font-size: 1.25rem; }
section { margin-top: clamp(2rem, 5vw, 3rem); }
p { margin: 0.625rem 0 0; max-width: 42rem; }
.lead { margin-top: 1rem; font-size: 1.125rem; }
figure { margin: 1.25rem 0 0; }
/* Wide figures and tables scroll in a frame, so that the text can keep its size; a shadow marks
   the side on which there is more. */
.frame {
  overflow-x: auto; background-repeat: no-repeat;
  background-image:
    linear-gradient(to right, var(--paper) 40%, transparent),
    linear-gradient(to left, var(--paper) 40%, transparent),
    linear-gradient(to right, var(--shade), transparent),
    linear-gradient(to left, var(--shade), transparent);
  background-position: 0 0, 100% 0, 0 0, 100% 0;
  background-size: 2.5rem 100%, 2.5rem 100%, 0.875rem 100%, 0.875rem 100%;
  background-attachment: local, local, scroll, scroll;
}
.frame svg { display: block; overflow: visible; }
.frame text { font-family: var(--sans) !important; font-variant-numeric: tabular-nums; }
figcaption, caption, .signature { color: var(--soft); font-size: 0.8125rem; }
figcaption { margin-top: 0.75rem; max-width: 42rem; }
table {
  margin-top: 1.25rem; border-collapse: collapse; font-variant-numeric: tabular-nums;
}
caption { padding-bottom: 0.5rem; text-align: start; }
th, td {
  overflow-wrap: normal;
  padding: 0.3125rem 1.25rem 0.3125rem 0; border-bottom: 1px solid var(--line);
  font-weight: 400; text-align: start; vertical-align: baseline;
}
th[scope="row"] { min-width: 9rem; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-size: 0.8125rem; }
.number { padding-inline: 0.75rem 0; text-align: end; white-space: nowrap; }
code { font: 0.75rem/1.5 var(--mono); }
footer { margin-top: 3rem; }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .frame { overflow: visible; background: none; }
  .frame svg { max-width: 100%; height: auto; }
}
"""


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

    The `lead`, below the title, says in a sentence what it shows.
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
<style>{_STYLE}</style>
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
    if section.figure is not None:
        parts.append(_figure(section, section.figure.svg, number))
    if section.table is not None:
        caption = section.caption if section.figure is None else ""
        parts.append(_table(section.table, caption, section.heading))
        if section.table.signature not in ("", signature):
            parts.append(_signature(section.table.signature))
    if section.grid is not None:
        parts.append(_grid(section.grid, section.heading))
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
