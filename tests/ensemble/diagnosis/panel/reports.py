"""Reads the figures of a report, and writes the scores of judges."""

from collections.abc import Mapping, Sequence

from evaluation.reporting.run_report import RunReport


def values(report: RunReport) -> dict[tuple[str, str], float]:
    """The figures of a report, by name and statistic."""
    return {(row.name, row.statistic): row.value for row in report.table.rows}


def bounds(report: RunReport, name: str, statistic: str) -> tuple[float, float]:
    """The interval of one figure."""
    (row,) = [r for r in report.table.rows if (r.name, r.statistic) == (name, statistic)]
    assert row.low is not None
    assert row.high is not None
    return row.low, row.high


def judged(scores: Mapping[str, Mapping[str, Sequence[float]]]) -> list[str]:
    """The lines of judges.csv, by judge and system."""
    lines = ["judge,system,segment,score"]
    for judge, given in scores.items():
        for system, numbers in given.items():
            lines += [f"{judge},{system},{i},{score}" for i, score in enumerate(numbers, start=1)]
    return lines
