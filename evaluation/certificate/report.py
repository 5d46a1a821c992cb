"""The report of a certificate: the verdict, all figures, and the means of the systems."""

from collections.abc import Iterator
from math import isnan
from typing import Any

import numpy as np

from evaluation.certificate.agreement import FEWEST_SEGMENTS
from evaluation.certificate.bias import UNMEASURED
from evaluation.certificate.run import Certificate
from evaluation.reporting.markdown import markdown_rows, markdown_table
from evaluation.reporting.page import Section
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Row
from evaluation.statistics.alt_test import WINNING_RATE, AltTest


def report(certificate: Certificate) -> RunReport:
    """Return the report of a certificate."""
    return RunReport(
        subject="A judge against people",
        name=certificate.judge,
        verdicts=list(verdicts(certificate)),
        notes=certificate.notes,
        table=certificate.table,
        content=_content(certificate),
        details=lambda: _details(certificate),
        sections=lambda: _sections(certificate),
    )


def verdicts(certificate: Certificate) -> Iterator[str]:
    """Yield the conclusions: in place of an annotator, for means of systems, and its biases."""
    yield _on_test(certificate)
    yield _on_agreement(certificate)
    yield _on_means(certificate)
    if certificate.biases:
        yield _on_biases(certificate.biases)


def _on_test(certificate: Certificate) -> str:
    judge, test = certificate.judge, certificate.test
    if isinstance(test, str):
        return f"whether {judge} can replace an annotator is not tested: {test}"
    rate = f"winning rate {test.winning_rate:.2f}, {WINNING_RATE} passes"
    wins = f"it wins against {int(test.wins.sum())} of {len(test.wins)} ({rate}; "
    wins += f"advantage probability {test.advantage:.2f})"
    if doubt := _doubt(certificate, test):
        unknown = f"whether {judge} can replace an annotator is not known"
        return f"{unknown}: {wins}, but {doubt}: the test says nothing"
    passed = "can replace an annotator" if test.passed else "cannot replace an annotator"
    return f"{judge} {passed}: {wins}"


def _doubt(certificate: Certificate, test: AltTest) -> str | None:
    """Return that annotators, or a judge that passes, may agree with the others by chance.

    Among annotators who answer at random, a judge that does so is as good as each of them.
    """
    rows = {row.statistic: row for row in certificate.agreement}
    if not _is_above_0(row := rows["alpha of the annotators"]):
        return f"the annotators {_by_chance(row)}"
    row = rows["Cohen's kappa"] if "Cohen's kappa" in rows else rows["pearson"]
    if test.passed and not _is_above_0(row):
        return f"the judge and people {_by_chance(row)}"
    return None


def _passed(certificate: Certificate) -> bool | None:
    test = certificate.test
    if isinstance(test, str) or _doubt(certificate, test):
        return None
    return test.passed


def _is_above_0(row: Row) -> bool:
    return row.low is not None and row.low > 0


def _by_chance(row: Row) -> str:
    if row.low is None and row.value > 0:
        few = f"on fewer than {FEWEST_SEGMENTS} segments"
        return f"are not shown to agree beyond chance {few} ({row.statistic} {_figure(row)})"
    return f"do not agree beyond chance ({row.statistic} {_figure(row)})"


def _on_agreement(certificate: Certificate) -> str:
    row = certificate.agreement[0]
    found = _figure(row)
    if isnan(row.value) and certificate.undefined:
        found = f"undefined: {certificate.undefined}"
    return f"agreement with people: {row.statistic} {found}"


def _on_means(certificate: Certificate) -> str:
    means = certificate.means
    if not means:
        return "means of systems are not corrected: too few labels"
    used = [mean for mean in means if not mean.refusal]
    if all(mean.is_complete for mean in means):
        return "means of systems need no correction: every item that the judge scored has a label"
    if not used:
        return "do not correct means of systems with this judge: use labels alone"
    gain = 1 - np.median([mean.corrected.width / mean.alone.width for mean in used])
    of_all = f"{len(used)} of {len(means)} systems"
    return f"corrected means of {of_all} have intervals {gain:.0%} narrower than labels alone"


def _on_biases(biases: tuple[Row, ...]) -> str:
    tested = [row for row in biases if row.low is not None]
    clear = [row for row in tested if (row.low or 0) * (row.high or 0) > 0]
    parts = [f"{row.statistic} {_figure(row)}" for row in clear]
    if tested and not clear:
        parts = [f"none clear of 0 among {', '.join(row.statistic for row in tested)}"]
    few = [row for row in biases if row.low is None and not isnan(row.value)]
    parts += [f"too few segments to test {row.statistic} {_figure(row)}" for row in few]
    for row in biases:
        if isnan(row.value):
            reason = UNMEASURED.get(row.statistic, "undefined")
            parts.append(f"cannot be measured: {row.statistic} ({reason})")
    return f"biases: {'; '.join(parts)}"


def _figure(row: Row) -> str:
    if row.low is None or row.high is None:
        return "undefined" if isnan(row.value) else f"{row.value:.3f}"
    return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"


def _content(certificate: Certificate) -> dict[str, Any]:
    """Return what JSON has beside the table: each annotator's test, and each system's mean."""
    return {
        "passed": _passed(certificate),
        "annotators": _annotators(certificate),
        "means": [
            {
                "system": mean.system,
                "labels": mean.alone.labels,
                "judged": mean.corrected.judged,
                "weight": mean.corrected.weight,
                "refusal": mean.refusal,
                "half_width": mean.half_width,
                "labels_needed": mean.needed,
            }
            for mean in certificate.means
        ],
    }


def _annotators(certificate: Certificate) -> list[dict[str, Any]]:
    test = certificate.test
    if not isinstance(test, AltTest):
        return []
    return [
        {
            "annotator": certificate.raters[row],
            "items": int(test.items[i]),
            "judge": float(test.judge[i]),
            "annotator_advantage": float(test.human[i]),
            "p": float(test.p[i]),
            "wins": bool(test.wins[i]),
        }
        for i, row in enumerate(test.annotators)
    ]


def _details(certificate: Certificate) -> Iterator[str]:
    if annotators := _annotators(certificate):
        heads = ("annotator", "items", "judge", "annotator's own", "adjusted p", "judge wins")
        yield from ("", *markdown_table(heads, map(_cells, annotators)), "")
    yield from ("", *markdown_rows(certificate.table.rows))


def _cells(annotator: dict[str, Any]) -> list[str]:
    shares = f"{annotator['judge']:.3f}", f"{annotator['annotator_advantage']:.3f}"
    wins = "yes" if annotator["wins"] else "no"
    return [annotator["annotator"], str(annotator["items"]), *shares, f"{annotator['p']:.4f}", wins]


def _sections(certificate: Certificate) -> Iterator[Section]:
    from evaluation.reporting.plots import bars

    if certificate.means:
        figures = [
            (f"{mean.system}, {kind}", figure)
            for mean in certificate.means
            for kind, figure in (("labels alone", mean.alone), ("corrected", mean.corrected))
        ]
        value, low, high = np.array([(mean.value, mean.low, mean.high) for _, mean in figures]).T
        drawing = bars([name for name, _ in figures], value, low, high, "mean score")
        caption = "Means of systems with 95% intervals."
        yield Section("Means of systems", (), drawing, caption)
    yield Section("All figures", table=certificate.table)
