"""The report of a training: verdicts, the score of each member, and plots."""

from collections.abc import Iterator

import numpy as np

from ensemble.diversity.assessment.conclusion import DISTANCE, GAIN, OVER_CHOOSER, Conclusion
from ensemble.diversity.assessment.experiments import lambda_name
from ensemble.diversity.config import UNTRAINED
from evaluation.reporting.markdown import markdown_table
from evaluation.reporting.page import Section
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Row


def report(found: Conclusion) -> RunReport:
    """Return the report of a training."""
    return RunReport(
        subject="Diversity",
        name=found.name,
        verdicts=found.verdicts,
        notes=found.notes,
        table=found.table,
        content=found.fields(),
        details=lambda: _markdown(found),
        sections=lambda: _sections(found),
    )


def _markdown(found: Conclusion) -> Iterator[str]:
    """Yield a row for each member, then all other figures."""
    cells = {(row.name, row.statistic): _cell(row) for row in found.rows}
    names = dict.fromkeys(row.name for row in found.rows)
    shown = (found.combined, GAIN, OVER_CHOOSER, found.own, DISTANCE)
    rows = [[name, *(cells.get((name, head), "") for head in shown)] for name in names]
    yield from markdown_table(["member", *shown], rows)
    others = [row for row in found.rows if row.statistic not in shown]
    yield from ("", *(f"- {row.name}, {row.statistic}: {_cell(row)}" for row in others))
    yield from ("", "Gain of each seed: " + ", ".join(f"{gain:+.2f}" for gain in found.gains))


def _sections(found: Conclusion) -> Iterator[Section]:
    from evaluation.reporting.plots import bars, heat_map

    gains = [row for row in found.rows if row.statistic == GAIN]
    low, high = [row.low or 0.0 for row in gains], [row.high or 0.0 for row in gains]
    drawing = bars([row.name for row in gains], [row.value for row in gains], low, high, GAIN)
    yield Section("Against the untouched member", (), drawing, f"{found.combined.capitalize()}.")
    yield from _courses(found)
    if found.lambdas:
        yield _front(found)
    drawing = heat_map(found.disagreement, found.systems, found.systems, "mean Jaccard distance")
    yield Section("Who differs from whom", (), drawing, "Over each test segment.")
    yield Section("Saved by the member", _examples(found))
    yield Section("All figures", table=found.table)


def _courses(found: Conclusion) -> Iterator[Section]:
    """Yield the curves of the lesson: means over the seeds that came so far."""
    from evaluation.reporting.plots import Series, curves

    lesson, seeds = found.lesson, found.courses[found.lesson]
    shortest = min(map(len, seeds))
    steps = [point.steps for point in seeds[0][:shortest]]

    def mean(name: str) -> Series:
        values = np.array([[getattr(p, name) for p in one[:shortest]] for one in seeds])
        return Series(values.mean(axis=0), values.min(axis=0), values.max(axis=0))

    scores = {found.combined: mean("combined"), found.own: mean("quality")}
    caption = f"{lesson}, held-out segments; the band is from the least to the most of all seeds."
    yield Section("Training", (), curves(steps, scores, "steps", found.measure), caption)
    others = {"distance from the others": mean("diversity"), "KL to the start": mean("kl")}
    drawing = curves(steps, others, "steps", "distance; nats a decision")
    yield Section("Training: how different it became", (), drawing, caption)


def _front(found: Conclusion) -> Section:
    """Return the sweep: what each lambda gives in diversity, quality and the combined score."""
    from evaluation.reporting.plots import scatter

    names = [lambda_name(weight) for weight in found.lambdas]
    shown = [*names, found.lesson, UNTRAINED]
    far = [found.figure(name, DISTANCE).value for name in shown]
    up = [found.figure(name, found.combined).value for name in shown]
    own = {name: found.figure(name, found.own).value for name in names}
    words = [f"{name}: {found.own} {value:.2f}." for name, value in own.items()]
    best = [
        name
        for name, x, y in zip(shown, far, up, strict=True)
        if not any(a >= x and b >= y and (a, b) != (x, y) for a, b in zip(far, up, strict=True))
    ]
    words.append(f"On the Pareto front of difference and {found.combined}: {', '.join(best)}.")
    drawing = scatter(far, up, shown, DISTANCE, found.combined)
    return Section("Lambda: difference against the combined score", words, drawing, "")


def _examples(found: Conclusion) -> list[str]:
    return [
        f"{number}. Source: {one.source} — untouched: {one.before} — trained: {one.after}"
        for number, one in enumerate(found.examples, start=1)
    ] or ["None."]


def _cell(row: Row) -> str:
    sign = "+" if row.statistic.startswith("gain") else ""
    return f"{row.value:{sign}.2f} ({row.low:{sign}.2f} to {row.high:{sign}.2f})"
