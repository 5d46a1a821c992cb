"""What a study found: verdicts in words, figures in rows, and a page to look at."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.data.writers import write_report
from evaluation.reporting.page import Section, page
from evaluation.reporting.table import Row, Table

_MOST_ROWS = 300  # that anybody reads; report.json and report.md have all there are


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """A study's result; `draw` makes the page's sections, for which matplotlib is needed.

    `findings` is what JSON says beside the rows: matrices, curves, profiles.
    """

    study: str
    name: str
    verdicts: tuple[str, ...]
    notes: tuple[str, ...]
    table: Table
    findings: Mapping[str, object]
    draw: Callable[[], Iterable[Section]]

    def to_json(self) -> str:
        """Return the table's object with the study's name, verdicts, findings and notes."""
        content = {
            "study": self.study,
            "name": self.name,
            **self.table.fields(),
            "verdicts": list(self.verdicts),
            "findings": _plain(self.findings),
            "notes": list(self.notes),
        }
        return json.dumps(content, allow_nan=False, ensure_ascii=False)

    def markdown(self) -> str:
        """Return verdicts, notes and all rows as Markdown."""
        lines = [f"# {_quiet(self.study)}: {_quiet(self.name)}", ""]
        lines += [f"- {_quiet(verdict)}." for verdict in self.verdicts]
        lines += ["", *(f"Note: {_quiet(note)}.  " for note in self.notes), ""]
        lines += ["| name | level | statistic | value | 95% interval | n |"]
        lines += ["| --- | --- | --- | --- | --- | --- |", *map(_line, self.table.rows)]
        return "\n".join([*lines, "", f"Signature `{self.table.signature}`", ""])

    def html(self) -> str:
        """Return one page that loads nothing.

        Raises:
            ImportError: matplotlib is missing; the message names the extra to install.
        """
        said = [f"{verdict}." for verdict in self.verdicts] + [f"Note: {n}." for n in self.notes]
        sections = [Section("What was found", said), *self.draw()]
        if len(self.table.rows) <= _MOST_ROWS:
            sections.append(Section("All figures", table=self.table))
        return page(f"{self.study}: {self.name}", sections, self.table.signature)


def write(folder: Path, diagnosis: Diagnosis) -> list[Path]:
    """Write JSON, Markdown and HTML into a folder, all made before the first is written.

    Raises:
        OSError: the folder cannot be written to.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    made = (diagnosis.to_json(), diagnosis.markdown(), diagnosis.html())
    return write_report(folder, *made)


def _line(row: Row) -> str:
    low, high = row.low, row.high
    bounds = "" if low is None or high is None else f"{low:.3f} to {high:.3f}"
    cells = [_quiet(row.name), row.level, _quiet(row.statistic), f"{row.value:.3f}", bounds]
    return f"| {' | '.join(cells)} | {'' if row.n is None else row.n} |"


def _plain(content: object) -> object:
    """Return what JSON can say of arrays and numbers; NaN and infinity are null."""
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if hasattr(content, "tolist"):
        return _plain(content.tolist())
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if isinstance(content, float) and content - content != 0:
        return None
    return content


def _quiet(text: str) -> str:
    """Return text that Markdown takes for text, on one line."""
    line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_|<>[]#" else letter for letter in line)
