"""What has been published on straight paths, almost none of it on language, held against ours.

A claim is seen where the 95% interval of its number lies wholly on its side, not seen where it
lies wholly on the other (or, of a claim that something matters, within what does not), and
unclear where neither. Intervals are bootstraps over runs, or over pairs of runs that differ in
one thing alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from ensemble.diagnosis.interpolation.config import LossPath
from ensemble.diagnosis.interpolation.members import ENOUGH, ENOUGH_LOSS, Together
from ensemble.diagnosis.interpolation.runs import Cell, Trained
from ensemble.diagnosis.interpolation.shape import bump, fallen, monotone
from ensemble.types import Array
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import spearman

Verdict = Literal["seen", "not seen", "unclear"]

SAME = 0.05
"""A difference of bumps, as a share of the range of the loss, that makes none."""

_HALF = 0.1  # of the fall: a path that has no more behind it half way is flat until near the end
_DRAWS = 2000


@dataclass(frozen=True)
class Claim:
    """What was claimed, by whom, and the number that says whether it was seen here."""

    what: str
    source: str
    statistic: str
    value: float
    low: float
    high: float
    n: int
    verdict: Verdict

    @property
    def row(self) -> Row:
        """The number as a row."""
        return Row(self.what, "claim", self.statistic, self.value, self.low, self.high, self.n)


def height(one: Trained) -> float:
    """Return the largest bump of the training loss, as a share of its whole range."""
    losses = one.walk.loss("train")
    return float(bump(losses) / max(losses.max() - losses.min(), 1e-9))


def claims_of(
    config: LossPath, runs: Sequence[Trained], ensembles: Sequence[Together]
) -> Iterator[Claim]:
    """Yield every claim that the runs made can say something on."""
    plain = [one for one in runs if one.cell.start in ("pretrained", "random")]
    yield _share(
        "from the initialisation the loss falls all the way",
        "Goodfellow et al. 2015",
        "share of paths that are monotone",
        [bool(monotone(one.walk.loss("train"))) for one in plain],
    )
    yield _share(
        "the loss is flat until near the end",
        "Frankle 2020; Lucas et al. 2021",
        f"share of paths with less than {_HALF:.0%} of their fall done half way",
        [bool(fallen(one.walk.at, one.walk.loss("train")) < _HALF) for one in plain],
    )
    yield from _changes(config, runs)
    yield from _across(runs)
    yield from _layers(runs)
    yield from _members(ensembles)


def _changes(config: LossPath, runs: Sequence[Trained]) -> Iterator[Claim]:
    """Yield whether changing one thing changes the bump."""
    grid = [one for one in runs if not one.cell.member]
    tasks, hows = list(config.tasks), list(config.grid.optimisers)
    changes = [
        (f"{start} rather than random weights", "Vlaar & Frankle 2021", _swap(start=start))
        for start in ("pretrained", "scaled", "adversarial")
    ]
    if len(tasks) > 1:
        what = f"complex data ({tasks[-1]}) rather than simple ({tasks[0]})"
        changes.append((what, "Frankle 2020; Vlaar & Frankle 2021", _swap(task=tasks[-1])))
    for how in hows[1:]:
        what = f"{how} rather than {hows[0]}"
        changes.append((what, "Lucas et al. 2021; Vlaar & Frankle 2021", _swap(optimiser=how)))
    base = {"start": "random", "task": tasks[0], "optimiser": hows[0]}
    by_cell = {one.cell: height(one) for one in grid}
    for what, source, swap in changes:
        pairs = [(by_cell[cell], by_cell[other]) for cell in by_cell
                 if (other := swap(cell, base)) in by_cell]  # fmt: skip
        if len(pairs) > 1:
            yield _changed(f"{what} changes the bump", source, pairs)


def _swap(**new: str) -> Callable[[Cell, dict[str, str]], Cell | None]:
    """Return what turns a cell that has the usual value of one thing into that with the new."""
    ((key, value),) = new.items()

    def swap(cell: Cell, base: dict[str, str]) -> Cell | None:
        usual = getattr(cell, key) == base[key]
        return Cell(**{**asdict(cell), key: value}) if usual else None

    return swap


def _changed(what: str, source: str, pairs: Sequence[tuple[float, float]]) -> Claim:
    old, new = np.array(pairs).T
    value, low, high = _interval(new - old, _mean)
    verdict: Verdict = "seen" if low > 0 or high < 0 else "unclear"
    if max(abs(low), abs(high)) < SAME:
        verdict = "not seen"
    statistic = "mean difference of the bump, share of the loss's range"
    return Claim(what, source, statistic, value, low, high, len(pairs), verdict)


def _across(runs: Sequence[Trained]) -> Iterator[Claim]:
    """Yield what goes along with a bump over all runs."""
    heights = np.array([height(one) for one in runs])
    yield _correlated(
        "models that went further have higher bumps",
        "Lucas et al. 2021",
        np.array([one.relative for one in runs]),
        heights,
    )
    yield _correlated(
        "paths whose outputs turn more have higher bumps",
        "Lucas et al. 2021",
        np.array([one.walk.gauss for one in runs]),
        heights,
    )
    error = np.array([one.walk.error("test")[-1] for one in runs])
    for task in {one.cell.task for one in runs}:
        own = np.array([one.cell.task == task for one in runs])
        error[own] -= error[own].mean()
    found = _correlated("", "Vlaar & Frankle 2021", error, heights)
    verdicts: dict[Verdict, Verdict] = {"seen": "not seen", "not seen": "seen"}
    yield replace(
        found,
        what="a barrier does not mean a worse model",
        statistic="Spearman of the bump and the test error within its task",
        verdict=verdicts.get(found.verdict, "unclear"),
    )


def _correlated(what: str, source: str, one: Array, other: Array) -> Claim:
    def rho(rows: Array) -> Array:
        return np.asarray(spearman(rows[..., 0], rows[..., 1]))

    value, low, high = _interval(np.stack([one, other], axis=1), rho)
    verdict = _verdict(low, high, 0.0)
    return Claim(what, source, "Spearman over runs", value, low, high, len(one), verdict)


def _layers(runs: Sequence[Trained]) -> Iterator[Claim]:
    own = [one.layers for one in runs if one.layers and one.cell.start in ("pretrained", "random")]
    if len(own) < 2:
        return
    table = np.array([list(one.values()) for one in own])
    gaps = table.max(axis=1) - np.median(table, axis=1)
    value, low, high = _interval(gaps, _mean)
    yield Claim(
        "one layer matters more than the others: put back, it costs more",
        "Zhang et al. 2019; Vlaar & Frankle 2021",
        "test error the worst layer costs above the median layer",
        value,
        low,
        high,
        len(own),
        _verdict(low, high, ENOUGH),
    )


def _members(ensembles: Sequence[Together]) -> Iterator[Claim]:
    said = {
        "pretrained": "there is no barrier between models fine-tuned from the same weights",
        "random": "there is a barrier between models trained from other random weights",
    }
    for one, (what, barriers, bar) in product(ensembles, _BARRIERS):
        value, low, high = _interval(barriers(one), _mean)
        verdict = _verdict(low, high, bar)
        if one.start == "pretrained":
            verdict = _verdict(-high, -low, -bar)
        source = "Neyshabur et al. 2020" if one.start == "pretrained" else "Frankle et al. 2020"
        statistic = f"instability of the training {what} between two members"
        n = len(one.walks)
        yield Claim(said[one.start], source, statistic, value, low, high, n, verdict)


_BARRIERS: tuple[tuple[str, Callable[[Together], Array], float], ...] = (
    ("error", lambda one: one.barriers, ENOUGH),
    ("loss", lambda one: one.loss_barriers, ENOUGH_LOSS),
)


def _share(what: str, source: str, statistic: str, found: Sequence[bool]) -> Claim:
    """Return a claim on most paths, with the interval of Wilson (1927)."""
    from scipy.stats import binomtest

    interval = binomtest(sum(found), len(found)).proportion_ci(method="wilson")
    low, high = float(interval.low), float(interval.high)
    value = sum(found) / len(found)
    return Claim(what, source, statistic, value, low, high, len(found), _verdict(low, high, 0.5))


def _verdict(low: float, high: float, bar: float) -> Verdict:
    return "seen" if low > bar else "not seen" if high < bar else "unclear"


def _mean(values: Array) -> Array:
    return np.asarray(values.mean(axis=-1))


def _interval(rows: Array, statistic: Callable[[Array], Array]) -> tuple[float, float, float]:
    """Return a statistic of rows, (n, ...), with its 95% bootstrap interval."""
    drawn = np.random.default_rng(0).integers(len(rows), size=(_DRAWS, len(rows)))
    low, high = np.nanpercentile(statistic(rows[drawn]), (2.5, 97.5))
    return float(statistic(rows)), float(low), float(high)
