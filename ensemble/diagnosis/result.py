"""The report of a study: verdicts, figures, findings and plots."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from evaluation.reporting.markdown import markdown_rows
from evaluation.reporting.page import Section
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Table

_MOST_ROWS = 300  # more are not read on a page; report.json and report.md have all


def study_report(
    study: str,
    name: str,
    verdicts: Sequence[str],
    notes: Sequence[str],
    table: Table,
    findings: Mapping[str, object],
    draw: Callable[[], Iterable[Section]],
) -> RunReport:
    """Return the report of the run `name` of a `study`.

    `findings` is what JSON has beside the table (matrices, curves, profiles), and `draw` makes the
    sections of the page, for which matplotlib is needed.
    """

    def sections() -> Iterator[Section]:
        yield from draw()
        if len(table.rows) <= _MOST_ROWS:
            yield Section("All figures", table=table)

    return RunReport(
        subject=study,
        name=name,
        verdicts=verdicts,
        notes=notes,
        table=table,
        content={"study": study, "findings": findings},
        details=lambda: markdown_rows(table.rows),
        sections=sections,
    )
