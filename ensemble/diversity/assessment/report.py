"""A run as three files one can act on: JSON, Markdown, and one HTML page with plots."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ensemble.diversity.assessment.conclusion import COMBINED, DISTANCE, GAIN, OWN, Conclusion
from ensemble.diversity.assessment.experiments import lambda_name
from ensemble.diversity.config import UNTRAINED
from ensemble.diversity.training.training_log import Point
from evaluation.data.writers import write_report
from evaluation.reporting.page import Section, page
from evaluation.reporting.table import Row

_SHOWN = (COMBINED, GAIN, OWN, DISTANCE)


def write(folder: Path, found: Conclusion) -> list[Path]:
    """Write JSON, Markdown and HTML into a folder, all made before the first is written.

    Raises:
        OSError: the folder cannot be written to.
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    made = (found.to_json(), markdown(found), html(found))
    return write_report(folder, *made)


def markdown(found: Conclusion) -> str:
    """Return the report as Markdown: verdicts, notes, and a row for each member."""
    lines = [f"# {found.name}", "", *(f"- **{one}**" for one in found.verdicts), ""]
    lines += [f"- note: {note}" for note in found.notes]
    lines += ["", "| member | " + " | ".join(_SHOWN) + " |", "| --- |" + " --- |" * len(_SHOWN)]
    for name in dict.fromkeys(row.name for row in found.rows):
        own = {row.statistic: row for row in found.rows if row.name == name}
        lines.append(f"| {name} | " + " | ".join(_cell(own.get(head)) for head in _SHOWN) + " |")
    over = [row for row in found.rows if row.statistic not in _SHOWN]
    lines += ["", *(f"- {row.name}, {row.statistic}: {_cell(row)}" for row in over)]
    lines += ["", "Gain of each seed: " + ", ".join(f"{gain:+.2f}" for gain in found.gains)]
    return "\n".join([*lines, "", f"Signature `{found.signature}`", ""])


def html(found: Conclusion) -> str:
    """Return the report as one page that loads nothing.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    notes = [f"Note: {note}." for note in found.notes]
    first = Section("What it is worth", [f"{one}." for one in found.verdicts] + notes)
    return page(f"Diversity: {found.name}", [first, *_sections(found)], found.signature)


def _sections(found: Conclusion) -> Iterator[Section]:
    from evaluation.reporting.plots import bars, heat_map

    gains = [row for row in found.rows if row.statistic == GAIN]
    low, high = [row.low or 0.0 for row in gains], [row.high or 0.0 for row in gains]
    drawing = bars([row.name for row in gains], [row.value for row in gains], low, high, GAIN)
    yield Section("Against the untouched member", (), drawing, "F0.5 of the combined output.")
    yield from _courses(found.courses[found.lesson], found.lesson)
    if found.lambdas:
        yield _front(found)
    drawing = heat_map(found.disagreement, found.systems, found.systems, "mean Jaccard distance")
    yield Section("Who differs from whom", (), drawing, "Over the edits of each test segment.")
    yield Section("Saved by the member", _examples(found))
    yield Section("All figures", table=found.table)


def _courses(seeds: Sequence[Sequence[Point]], lesson: str) -> Iterator[Section]:
    """Yield the curves of a lesson: means over the seeds that came so far."""
    from evaluation.reporting.plots import Series, curves

    shortest = min(map(len, seeds))
    steps = [point.steps for point in seeds[0][:shortest]]

    def mean(name: str) -> Series:
        values = np.array([[getattr(p, name) for p in one[:shortest]] for one in seeds])
        return Series(values.mean(axis=0), values.min(axis=0), values.max(axis=0))

    scores = {"combined F0.5": mean("combined"), "own F0.5": mean("quality")}
    caption = f"{lesson}, held-out sentences; the band is from the least to the most of all seeds."
    yield Section("Training", (), curves(steps, scores, "steps", "F0.5"), caption)
    others = {"distance from the others": mean("diversity"), "KL to the start": mean("kl")}
    drawing = curves(steps, others, "steps", "distance; nats a decision")
    yield Section("Training: how different it became", (), drawing, caption)


def _front(found: Conclusion) -> Section:
    """Return the sweep: what each lambda gives in diversity, quality and the combined score."""
    from evaluation.reporting.scatter import scatter

    names = [lambda_name(weight) for weight in found.lambdas]
    shown = [*names, found.lesson, UNTRAINED]
    far = [found.figure(name, DISTANCE).value for name in shown]
    up = [found.figure(name, COMBINED).value for name in shown]
    own = {name: found.figure(name, OWN).value for name in names}
    words = [f"{name}: own F0.5 {value:.2f}." for name, value in own.items()]
    best = [
        name
        for name, x, y in zip(shown, far, up, strict=True)
        if not any(a >= x and b >= y and (a, b) != (x, y) for a, b in zip(far, up, strict=True))
    ]
    words.append(f"On the Pareto front of difference and combined F0.5: {', '.join(best)}.")
    drawing = scatter(far, up, shown, DISTANCE, COMBINED)
    return Section("Lambda: difference against the combined score", words, drawing, "")


def _examples(found: Conclusion) -> list[str]:
    return [
        f"{number}. Source: {one.source} — untouched: {one.before} — trained: {one.after}"
        for number, one in enumerate(found.examples, start=1)
    ] or ["None."]


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    sign = "+" if row.statistic.startswith("gain") else ""
    return f"{row.value:{sign}.2f} ({row.low:{sign}.2f} to {row.high:{sign}.2f})"
