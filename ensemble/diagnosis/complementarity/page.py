"""The page on complementarity: pairs of systems, contributions, and profiles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ensemble.diagnosis.capabilities import Capabilities
from ensemble.diagnosis.complementarity.forecast import Forecast
from ensemble.diagnosis.complementarity.pairs import Pairs
from ensemble.diagnosis.complementarity.pool import COMBINERS, Pool
from ensemble.diagnosis.complementarity.shapley import Shapley
from ensemble.types import Array
from evaluation.reporting.page import Section
from evaluation.statistics.significance import Difference

_MOST_KINDS = 16


@dataclass(frozen=True, eq=False)
class Results:
    """All measurements; without labels the pairs alone."""

    pairs: Pairs
    shapley_values: Mapping[str, Shapley] = field(default_factory=dict)
    lost: Mapping[str, Sequence[Difference]] = field(default_factory=dict)
    forecast: Forecast | None = None
    profiles: Mapping[str, Capabilities] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def sections(pool: Pool, results: Results) -> Iterator[Section]:
    """Yield the figures.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    if results.shapley_values:
        yield _growth(pool, results)
        yield from _shapley_values(pool, results)
    if results.forecast is not None:
        yield _forecast(results.forecast)
    yield from _pairs(pool, results.pairs)
    for facet, profile in results.profiles.items():
        yield _profile(facet, profile)


def _growth(pool: Pool, results: Results) -> Section:
    from evaluation.reporting.plots import Series, curves

    sizes = list(range(1, len(pool.systems) + 1))
    series = {name: Series(shapley.growth) for name, shapley in results.shapley_values.items()}
    return Section(
        "Gain of more systems",
        ("The mean over ensembles of that size. The oracle takes the best of all proposals.",),
        curves(sizes, series, "systems", pool.yardstick.name),
    )


def _shapley_values(pool: Pool, results: Results) -> Iterator[Section]:
    from evaluation.reporting.plots import bars

    for name, shapley in results.shapley_values.items():
        order = np.argsort(-shapley.value)
        names = [pool.systems[i] for i in order]
        value, half = shapley.value[order], shapley.half[order]
        caption = "Shares of the whole value (Shapley); bounds are for the sampling of orders."
        yield Section(
            f"Contributions to the {name}",
            (caption,),
            bars(names, value, value - half, value + half, pool.yardstick.name),
        )
        lost = np.array([results.lost[name][i][:3] for i in order], dtype=float)
        yield Section(
            f"Loss of the {name} without each system",
            ("95% bootstrap over segments. Below zero, the others are better without it.",),
            bars(names, lost[:, 0], lost[:, 1], lost[:, 2], pool.yardstick.name),
        )


def _forecast(forecast: Forecast) -> Section:
    from evaluation.reporting.plots import scatter

    r = forecast.r(forecast.foretold)
    words = (
        f"Each system held out, the others being the ensemble. Foretold from {forecast.n} labelled "
        f"segments, gained on all others. Pearson's r of a draw: {r.mean():.2f} "
        f"({r.min():.2f} to {r.max():.2f}, {len(r)} draws); the first is drawn."
    )
    points = forecast.foretold[0], forecast.gained[0], forecast.systems
    return Section("Gain of adding a system", (words,), scatter(*points, "foretold", "gained"))


def _pairs(pool: Pool, pairs: Pairs) -> Iterator[Section]:
    from evaluation.reporting.plots import heat_map

    measures = {
        "Shared proposals (Jaccard)": pairs.jaccard,
        "Cohen's kappa of the same proposals": pairs.kappa,
        "One right, the other wrong": pairs.disagreement,
        "Yule's Q: 1 where they are right about the same things": pairs.q,
        "Double fault: both wrong": pairs.double_fault,
        "Cohen's kappa of being right": pairs.kappa_right,
    }
    for name, values in measures.items():
        if np.isfinite(values).any():
            drawing = heat_map(_off_diagonal(values), pool.systems, pool.systems, name)
            yield Section(name.split(":")[0], (), drawing)
    if not np.isfinite(pairs.q).any():
        words = (
            f"Which system is right where they differ, and the gain of the {COMBINERS[pool.kind]},"
        )
        yield Section("Unknown without labels", (f"{words} are known only with labels.",))


def _off_diagonal(values: Array) -> Array:
    return np.where(np.eye(len(values), dtype=bool), np.nan, values)


def _profile(facet: str, profile: Capabilities) -> Section:
    from evaluation.reporting.plots import heat_map

    share = profile.share[:, :_MOST_KINDS]
    names = [f"{name} ({n:.0f})" for name, n in zip(profile.names, profile.n, strict=True)]
    from_mean = 100 * (share - share.mean(axis=0))
    label = "percentage points above the mean of the systems"
    return Section(
        f"Strengths of the systems: {facet}",
        ("The share each system gets right, less the mean of all; in brackets the items.",),
        heat_map(from_mean, profile.systems, names[:_MOST_KINDS], label, centre=0.0),
    )
