"""Links that save the figures and tables of a page, which has their files in it."""

import csv
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from io import StringIO

from evaluation.reporting.figures_csv import Part, figures_csv
from evaluation.reporting.plots.drawing import Drawing
from evaluation.reporting.table import Table


def file_name(heading: str, number: int) -> str:
    """Return the name of a file about something with a heading: numbered, as headings may be alike.

    It has the letters a to z, digits and hyphens alone, and no suffix.
    """
    words = re.sub("[^a-z0-9]+", "-", heading.lower())[:60].strip("-")
    return f"{number:02d}-{words}".rstrip("-")


def svg_file(drawing: Drawing) -> bytes:
    """Return a figure as an SVG file."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n{drawing.svg}'.encode()


def save_svg(name: str, drawing: Drawing) -> str:
    """Return a link that saves a figure as `name.svg`, as HTML."""
    return _link(f"{name}.svg", "image/svg+xml", svg_file(drawing), "Save the figure (SVG)")


def save_table(name: str, table: Table) -> str:
    """Return a link that saves a table as `name.csv` with its numbers in full, as HTML."""
    return _csv_link(name, figures_csv([Part(table.rows)]))


def save_grid(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a link that saves a table of words as `name.csv`, as HTML."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([headings, *rows])
    return _csv_link(name, text.getvalue())


def _csv_link(name: str, text: str) -> str:
    return _link(f"{name}.csv", "text/csv", text.encode("utf-8"), "Save the table (CSV)")


def _link(file: str, kind: str, content: bytes, words: str) -> str:
    address = f"data:{kind};base64,{b64encode(content).decode()}"
    return f'<p class="save"><a download="{escape(file)}" href="{address}">{words}</a></p>'
