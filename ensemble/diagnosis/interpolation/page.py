"""The page on loss paths: every path, what was claimed of them, what lies between members."""

from collections.abc import Iterator, Sequence

import numpy as np

from ensemble.diagnosis.interpolation.claims import Claim, height
from ensemble.diagnosis.interpolation.members import Together
from ensemble.diagnosis.interpolation.runs import Trained
from evaluation.reporting.page import Section
from evaluation.reporting.table import Table


def sections(
    runs: Sequence[Trained], claims: Sequence[Claim], ensembles: Sequence[Together]
) -> Iterator[Section]:
    """Yield the figures.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    yield Section("What was claimed", table=Table([one.row for one in claims], ""))
    grid = [one for one in runs if not one.cell.member]
    for task in dict.fromkeys(one.cell.task for one in grid):
        for how in dict.fromkeys(one.cell.optimiser for one in grid):
            own = [one for one in grid if (one.cell.task, one.cell.optimiser) == (task, how)]
            yield from _paths(f"{task}, {how}", own)
    yield from _controls(grid)
    yield from _members(ensembles)
    yield _bumps(grid)
    if any(one.layers for one in grid):
        yield _layers([one for one in grid if one.layers])


def _paths(name: str, runs: Sequence[Trained]) -> Iterator[Section]:
    from evaluation.reporting.plots import Series, curves

    at = runs[0].walk.at.tolist()
    words = "0 is where training began, 1 where it ended; each loss as a share of its largest."
    losses = {one.cell.start: one.walk.loss("train") for one in runs}
    series: dict[str, Series] = {start: Series(loss / loss.max()) for start, loss in losses.items()}
    yield Section(
        f"From the start to the end: {name}",
        (words,),
        curves(at, series, "way from start to end", "training loss, share of its largest"),
    )
    errors: dict[str, Series] = {one.cell.start: Series(one.walk.error("test")) for one in runs}
    drawing = curves(at, errors, "way from start to end", "test error")
    yield Section(f"Test error: {name}", (), drawing)


def _controls(runs: Sequence[Trained]) -> Iterator[Section]:
    from evaluation.reporting.plots import Series, curves

    for one in runs:
        if one.controls and one.cell.start == "pretrained":
            walks = {"where it began": one.walk, **one.controls}
            series = {name: Series(walk.loss("train")) for name, walk in walks.items()}
            yield Section(
                f"From elsewhere to the same end: {one.cell.name}",
                ("Controls: from zero, and from the start's numbers in chance order.",),
                curves(one.walk.at.tolist(), series, "way to the end", "training loss"),
            )


def _members(ensembles: Sequence[Together]) -> Iterator[Section]:
    from evaluation.reporting.plots import Series, curves

    for one in ensembles:
        series = {
            f"pair {k}, {data}": Series(walk.error(data))
            for k, walk in enumerate(one.walks, start=1)
            for data in ("train", "test")
        }
        words = (
            f"They disagree on {one.disagreement:.1%} of {one.n} texts. Accuracy alone "
            f"{one.alone:.3f}, of their outputs combined {one.ensemble:.3f}, of the soup "
            f"{one.soup:.3f}. What follows: {one.advice}."
        )
        yield Section(
            f"Between members that began at {one.start} weights",
            (words,),
            curves(one.walks[0].at.tolist(), series, "way from one to the other", "error"),
        )


def _bumps(runs: Sequence[Trained]) -> Section:
    from evaluation.reporting.scatter import scatter

    errors = [float(one.walk.error("test")[-1]) for one in runs]
    names = [f"{one.cell.task} {one.cell.start}" for one in runs]
    return Section(
        "Does a bump mean a worse model?",
        ("A point is a run.",),
        scatter([height(one) for one in runs], errors, names, "bump, share of the loss's range",
                "test error at the end"),
    )  # fmt: skip


def _layers(runs: Sequence[Trained]) -> Section:
    from evaluation.reporting.plots import heat_map

    table = np.array([list(one.layers.values()) for one in runs])
    return Section(
        "What putting one layer back costs",
        ("Test error above that of the trained model, with one layer where it began.",),
        heat_map(table, [one.cell.name for one in runs], list(runs[0].layers), "test error",
                 centre=0.0),
    )  # fmt: skip
