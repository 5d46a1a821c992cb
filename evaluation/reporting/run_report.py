"""The report of a run that benchmarks, validates, diagnoses or trains, and its files."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from evaluation.data.writers import write_files
from evaluation.reporting.figures_csv import Part, figures_csv
from evaluation.reporting.latex import latex_table
from evaluation.reporting.markdown import escaped
from evaluation.reporting.overview import Overview
from evaluation.reporting.page import Section, page
from evaluation.reporting.saving import file_name, svg_file
from evaluation.reporting.table import Table


@dataclass(frozen=True, eq=False)
class RunReport:
    """The result of a run.

    `subject` names the study and `name` is the configuration's. `verdicts` and `notes` are
    sentences without a full stop. `content` is what JSON has beside the table, `details` returns
    the lines of Markdown below the notes, and `sections` draws the sections of the page, for
    which matplotlib is needed. `parts` has the rows of the table by group and dimension, where it
    has several. An `overview` is written as a LaTeX table.
    """

    subject: str
    name: str
    verdicts: Sequence[str]
    notes: Sequence[str]
    table: Table
    content: Mapping[str, object]
    details: Callable[[], Iterable[str]]
    sections: Callable[[], Iterable[Section]]
    parts: Sequence[Part] = ()
    overview: Overview | None = None

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
        return self._page(list(self.sections()))

    def _page(self, drawn: Sequence[Section]) -> str:
        sentences = [f"{verdict}." for verdict in self.verdicts]
        sentences += [f"Note: {note}." for note in self.notes]
        sections = [Section("Conclusions", sentences), *drawn]
        return page(f"{self.subject}: {self.name}", sections, self.table.signature)

    def files(self) -> dict[str, bytes]:
        """Return the content of each file by its name.

        They are report.json, report.md and report.html, figures.csv with all rows, table.tex if
        there is an overview, and each figure of the page as figures/*.svg and *.pdf.

        Raises:
            ImportError: matplotlib is missing; the message names the extra to install.
        """
        sections = list(self.sections())
        texts = {
            "report.json": self.to_json() + "\n",
            "report.md": self.markdown(),
            "report.html": self._page(sections),
            "figures.csv": figures_csv(self.parts or [Part(self.table.rows)]),
        }
        if self.overview is not None:
            title = f"{self.subject}: {self.name}"
            texts["table.tex"] = latex_table(self.overview, title, self.table.signature)
        files = {name: text.encode("utf-8") for name, text in texts.items()}
        return files | _figures(sections)

    def write(self, folder: Path) -> list[Path]:
        """Write `files` into a folder, and return their paths.

        All are made before the first is written.

        Raises:
            OSError: the folder cannot be written to.
            ImportError: matplotlib is missing; the message names the extra to install.
        """
        return write_files(folder, self.files())


def _figures(sections: Iterable[Section]) -> dict[str, bytes]:
    """Return the figures of a page as files; numbered, as headings may be alike."""
    files: dict[str, bytes] = {}
    drawn = [(section.heading, section.figure) for section in sections if section.figure]
    for number, (heading, figure) in enumerate(drawn, start=1):
        name = f"figures/{file_name(heading, number)}"
        files |= {f"{name}.svg": svg_file(figure), f"{name}.pdf": figure.pdf()}
    return files


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
