"""The page on complementarity: who is like whom, who is good at what, who contributes."""

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
class Found:
    """All that was measured; without labels the pairs alone."""

    pairs: Pairs
    worths: Mapping[str, Shapley] = field(default_factory=dict)
    lost: Mapping[str, Sequence[Difference]] = field(default_factory=dict)
    forecast: Forecast | None = None
    profiles: Mapping[str, Capabilities] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def sections(pool: Pool, found: Found) -> Iterator[Section]:
    """Yield the figures.

    Raises:
        ImportError: matplotlib is missing; the message names the extra to install.
    """
    if found.worths:
        yield _growth(pool, found)
        yield from _worths(pool, found)
    if found.forecast is not None:
        yield _forecast(found.forecast)
    yield from _pairs(pool, found.pairs)
    for facet, profile in found.profiles.items():
        yield _profile(facet, profile)


def _growth(pool: Pool, found: Found) -> Section:
    from evaluation.reporting.plots import Series, curves

    sizes = list(range(1, len(pool.systems) + 1))
    series = {name: Series(worth.growth) for name, worth in found.worths.items()}
    return Section(
        "How far more systems lead",
        ("The mean over ensembles of that many systems. The oracle takes the best of all said.",),
        curves(sizes, series, "systems", pool.yardstick.name),
    )


def _worths(pool: Pool, found: Found) -> Iterator[Section]:
    from evaluation.reporting.plots import bars

    for name, worth in found.worths.items():
        order = np.argsort(-worth.value)
        names = [pool.systems[i] for i in order]
        value, half = worth.value[order], worth.half[order]
        said = "Its share of the whole value, by Shapley; bounds are of the sampling of orders."
        yield Section(
            f"Who contributes to the {name}",
            (said,),
            bars(names, value, value - half, value + half, pool.yardstick.name),
        )
        lost = np.array([found.lost[name][i][:3] for i in order], dtype=float)
        yield Section(
            f"What the {name} loses without each",
            ("95% bootstrap over segments. Below zero, the others do better without it.",),
            bars(names, lost[:, 0], lost[:, 1], lost[:, 2], pool.yardstick.name),
        )


def _forecast(found: Forecast) -> Section:
    from evaluation.reporting.scatter import scatter

    r = found.r(found.foretold)
    words = (
        f"Each system held out, the others being the ensemble. Foretold from {found.n} labelled "
        f"segments, gained on all others. Pearson's r of a draw: {r.mean():.2f} "
        f"({r.min():.2f} to {r.max():.2f}, {len(r)} draws); the first is drawn."
    )
    points = found.foretold[0], found.gained[0], found.systems
    return Section("What adding a system gains", (words,), scatter(*points, "foretold", "gained"))


def _pairs(pool: Pool, pairs: Pairs) -> Iterator[Section]:
    from evaluation.reporting.plots import heat_map

    measures = {
        "What both say, of what either does (Jaccard)": pairs.jaccard,
        "Cohen's kappa of doing the same": pairs.kappa,
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
        words = f"Who is right where they differ is not known, nor what the {COMBINERS[pool.kind]}"
        yield Section("What this cannot tell", (f"{words} gains: that takes labels.",))


def _off_diagonal(values: Array) -> Array:
    return np.where(np.eye(len(values), dtype=bool), np.nan, values)


def _profile(facet: str, profile: Capabilities) -> Section:
    from evaluation.reporting.plots import heat_map

    share = profile.share[:, :_MOST_KINDS]
    names = [f"{name} ({n:.0f})" for name, n in zip(profile.names, profile.n, strict=True)]
    from_mean = 100 * (share - share.mean(axis=0))
    label = "percentage points above the mean of the systems"
    return Section(
        f"Who is good at what: {facet}",
        ("The share each system gets right, against the mean of all. In brackets, how many.",),
        heat_map(from_mean, profile.systems, names[:_MOST_KINDS], label, centre=0.0),
    )
