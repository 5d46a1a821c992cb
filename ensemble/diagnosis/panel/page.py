"""The page on a panel: score against cost, and the table."""

from collections.abc import Iterator, Sequence

import numpy as np

from ensemble.diagnosis.panel.costs import CALLS
from ensemble.diagnosis.panel.figures import Figures
from ensemble.diagnosis.panel.rows import table_of
from ensemble.types import Array
from evaluation.reporting.page import Grid, Section
from evaluation.reporting.plots.drawing import Drawing

_COLUMNS = (
    "Calls and tokens are of a prompt, prices of 1000 prompts. The cost of a point is the "
    "extra cost over the best single model, in calls of a prompt or the price of 1000 prompts. "
    "Intervals (95%) are from a bootstrap over prompts; gains are paired. Each interval is that of "
    "one comparison: the best of many rows may be best by chance."
)
_NUMBERS = "The numbers are those of the table below; the lines are 95% intervals over prompts."
_NEAR = 0.02  # of either axis: points so near have one label


def sections(every: Sequence[Figures], measure: str) -> Iterator[Section]:
    """Yield the plot and the table.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    yield Section("Score and cost", (), _plot(every, measure), _NUMBERS)
    yield Section("Ways to answer", (_COLUMNS,), grid=Grid(*table_of(every)))


def _plot(every: Sequence[Figures], measure: str) -> Drawing:
    from evaluation.reporting.plots import scatter

    is_priced = all(figures.price for figures in every)
    costs = [(figures.price if is_priced else figures.cost[CALLS]) or np.nan for figures in every]
    points: dict[tuple[float, float], list[str]] = {}
    x, y = np.log(costs), np.array([figures.score.value for figures in every])
    for place in range(len(every)):
        points.setdefault(_near(x, y, place), []).append(str(place + 1))
    first = [int(names[0]) - 1 for names in points.values()]
    bounds = np.array([every[i].score[1:] for i in first], dtype=float)
    return scatter(
        np.array(costs)[first],
        y[first],
        [", ".join(names) for names in points.values()],
        "price of 1000 prompts" if is_priced else "calls a prompt",
        measure,
        low=bounds[:, 0],
        high=bounds[:, 1],
        log_x=True,
    )


def _near(x: Array, y: Array, place: int) -> tuple[float, float]:
    """Return the first point that is as good as at the same place."""
    for i in range(place + 1):
        across, up = (abs(v[i] - v[place]) / max(float(np.ptp(v)), 1e-9) for v in (x, y))
        if across <= _NEAR and up <= _NEAR:
            return float(x[i]), float(y[i])
    raise AssertionError("a point is near itself")
