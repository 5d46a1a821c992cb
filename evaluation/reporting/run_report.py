"""The report of a run that benchmarks, validates, diagnoses or trains: JSON, Markdown and HTML."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from evaluation.data.writers import write_report
from evaluation.reporting.page import Section, page
from evaluation.reporting.table import Row, Table


@dataclass(frozen=True, eq=False)
class RunReport:
    """The result of a run.

    `subject` names the study and `name` is the configuration's. `verdicts` and `notes` are
    sentences without a full stop. `content` is what JSON has beside the table, `details` returns
    the lines of Markdown below the notes, and `sections` draws the sections of the page, for
    which matplotlib is needed.
    """

    subject: str
    name: str
    verdicts: Sequence[str]
    notes: Sequence[str]
    table: Table
    content: Mapping[str, object]
    details: Callable[[], Iterable[str]]
    sections: Callable[[], Iterable[Section]]

    def to_json(self) -> str:
        """Return one JSON object with everything; NaN and infinity are null."""
        fields = {
            "name": self.name,
            **self.table.fields(),
            "verdicts": self.verdicts,
            "notes": self.notes,
            **self.content,
        }
        return json.dumps(_plain(fields), allow_nan=False, ensure_ascii=False)

    def markdown(self) -> str:
        """Return verdicts, notes and details as Markdown."""
        lines = [f"# {escaped(self.subject)}: {escaped(self.name)}", ""]
        lines += [f"- {escaped(verdict)}." for verdict in self.verdicts]
        lines += ["", *(f"Note: {escaped(note)}.  " for note in self.notes), ""]
        return "\n".join([*lines, *self.details(), "", f"Signature `{self.table.signature}`", ""])

    def html(self) -> str:
        """Return one page that loads nothing.

        Raises:
            ImportError: matplotlib is missing; the message names the extra to install.
        """
        sentences = [f"{verdict}." for verdict in self.verdicts]
        sentences += [f"Note: {note}." for note in self.notes]
        sections = [Section("Conclusions", sentences), *self.sections()]
        return page(f"{self.subject}: {self.name}", sections, self.table.signature)

    def write(self, folder: Path) -> list[Path]:
        """Write the three files into a folder, and return their paths.

        All are made before the first is written.

        Raises:
            OSError: the folder cannot be written to.
            ImportError: matplotlib is missing; the message names the extra to install.
        """
        return write_report(folder, self.to_json(), self.markdown(), self.html())


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table as lines of Markdown, all its text escaped."""
    lines = [f"| {' | '.join(map(escaped, heads))} |", "|" + " --- |" * len(heads)]
    return lines + [f"| {' | '.join(map(escaped, row))} |" for row in rows]


def markdown_rows(rows: Iterable[Row]) -> list[str]:
    """Return all figures as a Markdown table, one a line."""
    heads = ("name", "level", "statistic", "value", "95% interval", "n")
    return markdown_table(heads, map(_cells, rows))


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in line)


def _cells(row: Row) -> tuple[str, ...]:
    bounds = "" if row.low is None or row.high is None else f"{row.low:.3f} to {row.high:.3f}"
    n = "" if row.n is None else str(row.n)
    return row.name, row.level, row.statistic, f"{row.value:.3f}", bounds, n


def _plain(content: object) -> object:
    """Return arrays as lists, and numbers that are not finite as `None`."""
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if hasattr(content, "tolist"):
        return _plain(content.tolist())
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if isinstance(content, float) and not isfinite(content):
        return None
    return content
