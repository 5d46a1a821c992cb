"""The page on loss paths: every path, the claims, and the lines between members."""

from collections.abc import Iterator, Sequence

import numpy as np

from ensemble.diagnosis.interpolation.loss_path.claims import Claim, bump_height
from ensemble.diagnosis.interpolation.loss_path.members import MemberComparison
from ensemble.diagnosis.interpolation.loss_path.runs import TrainedRun
from evaluation.reporting.page import Section
from evaluation.reporting.table import Table


def sections(
    runs: Sequence[TrainedRun], claims: Sequence[Claim], ensembles: Sequence[MemberComparison]
) -> Iterator[Section]:
    """Yield the figures.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    yield Section("Published claims", table=Table([run.row for run in claims], ""))
    grid = [run for run in runs if not run.cell.member]
    for task in dict.fromkeys(run.cell.task for run in grid):
        for how in dict.fromkeys(run.cell.optimiser for run in grid):
            chosen = [run for run in grid if (run.cell.task, run.cell.optimiser) == (task, how)]
            yield from _paths(f"{task}, {how}", chosen)
    yield from _controls(grid)
    yield from _members(ensembles)
    yield _bumps(grid)
    if any(run.layers for run in grid):
        yield _layers([run for run in grid if run.layers])


def _paths(name: str, runs: Sequence[TrainedRun]) -> Iterator[Section]:
    from evaluation.reporting.plots import Series, curves

    at = runs[0].curve.at.tolist()
    words = "0 is where training began, 1 where it ended; each loss as a share of its largest."
    losses = {run.cell.start: run.curve.loss("train") for run in runs}
    series: dict[str, Series] = {start: Series(loss / loss.max()) for start, loss in losses.items()}
    yield Section(
        f"From the start to the end: {name}",
        (words,),
        curves(at, series, "way from start to end", "training loss, share of its largest"),
    )
    errors: dict[str, Series] = {run.cell.start: Series(run.curve.error("test")) for run in runs}
    drawing = curves(at, errors, "way from start to end", "test error")
    yield Section(f"Test error: {name}", (), drawing)


def _controls(runs: Sequence[TrainedRun]) -> Iterator[Section]:
    from evaluation.reporting.plots import Series, curves

    for run in runs:
        if run.controls and run.cell.start == "pretrained":
            curves_by_start = {"where it began": run.curve, **run.controls}
            series = {name: Series(curve.loss("train")) for name, curve in curves_by_start.items()}
            yield Section(
                f"From elsewhere to the same end: {run.cell.name}",
                ("Controls: from zero, and from the start's numbers in chance order.",),
                curves(run.curve.at.tolist(), series, "way to the end", "training loss"),
            )


def _members(ensembles: Sequence[MemberComparison]) -> Iterator[Section]:
    from evaluation.reporting.plots import Series, curves

    for members in ensembles:
        series = {
            f"pair {k}, {data}": Series(curve.error(data))
            for k, curve in enumerate(members.curves, start=1)
            for data in ("train", "test")
        }
        words = (
            f"They disagree on {members.disagreement:.1%} of {members.n} texts. Accuracy alone "
            f"{members.alone:.3f}, of their outputs combined {members.ensemble:.3f}, of the soup "
            f"{members.soup:.3f}. What follows: {members.advice}."
        )
        yield Section(
            f"Between members that began at {members.start} weights",
            (words,),
            curves(members.curves[0].at.tolist(), series, "way from one to the other", "error"),
        )


def _bumps(runs: Sequence[TrainedRun]) -> Section:
    from evaluation.reporting.plots import scatter

    errors = [float(run.curve.error("test")[-1]) for run in runs]
    names = [f"{run.cell.task} {run.cell.start}" for run in runs]
    heights = [bump_height(run) for run in runs]
    return Section(
        "Does a bump mean a worse model?",
        ("A point is a run.",),
        scatter(heights, errors, names, "bump, share of the loss's range", "test error at the end"),
    )


def _layers(runs: Sequence[TrainedRun]) -> Section:
    from evaluation.reporting.plots import heat_map

    table = np.array([list(run.layers.values()) for run in runs])
    names = [run.cell.name for run in runs]
    return Section(
        "Cost of putting one layer back",
        ("Test error above that of the trained model, with one layer where it began.",),
        heat_map(table, names, list(runs[0].layers), "test error", centre=0.0),
    )
