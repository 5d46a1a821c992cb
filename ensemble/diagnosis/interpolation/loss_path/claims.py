"""Published claims on straight paths, almost none of them on language, compared with our runs.

A claim is seen where the 95% interval of its number lies wholly on its side, not seen where it lies
wholly on the other (or, for a claim that something matters, within a negligible range), and unclear
otherwise. Intervals are bootstraps over runs, or over pairs of runs that differ in one thing alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from ensemble.diagnosis.interpolation.loss_path.config import LossPath
from ensemble.diagnosis.interpolation.loss_path.members import MemberComparison
from ensemble.diagnosis.interpolation.loss_path.runs import Cell, TrainedRun
from ensemble.diagnosis.interpolation.shape import (
    BARRIER_ERROR,
    BARRIER_LOSS,
    bump,
    fallen,
    monotone,
)
from ensemble.types import Array
from evaluation.reporting.table import Row
from evaluation.statistics.correlation import spearman

Verdict = Literal["seen", "not seen", "unclear"]

SAME = 0.05
"""A difference of bumps, as a share of the range of the loss, that is negligible."""

_HALF = 0.1  # share of the fall done half way, below which a path is flat until near the end
_DRAWS = 2000


@dataclass(frozen=True)
class Claim:
    """A claim, its source, and the number that decides whether it was seen here."""

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


def bump_height(run: TrainedRun) -> float:
    """Return the largest bump of the training loss, as a share of its whole range."""
    losses = run.curve.loss("train")
    return float(bump(losses) / max(losses.max() - losses.min(), 1e-9))


def claims_of(
    config: LossPath, runs: Sequence[TrainedRun], ensembles: Sequence[MemberComparison]
) -> Iterator[Claim]:
    """Yield every claim that the runs allow a verdict on."""
    plain = [run for run in runs if run.cell.start in ("pretrained", "random")]
    yield _share(
        "from the initialisation the loss falls all the way",
        "Goodfellow et al. 2015",
        "share of paths that are monotone",
        [bool(monotone(run.curve.loss("train"))) for run in plain],
    )
    yield _share(
        "the loss is flat until near the end",
        "Frankle 2020; Lucas et al. 2021",
        f"share of paths with less than {_HALF:.0%} of their fall done half way",
        [bool(fallen(run.curve.at, run.curve.loss("train")) < _HALF) for run in plain],
    )
    yield from _changes(config, runs)
    yield from _across(runs)
    yield from _layers(runs)
    yield from _members(ensembles)


def _changes(config: LossPath, runs: Sequence[TrainedRun]) -> Iterator[Claim]:
    """Yield whether changing one thing changes the bump."""
    grid = [run for run in runs if not run.cell.member]
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
    by_cell = {run.cell: bump_height(run) for run in grid}
    for what, source, swap in changes:
        pairs = [
            (by_cell[cell], by_cell[other])
            for cell in by_cell
            if (other := swap(cell, base)) in by_cell
        ]
        if len(pairs) > 1:
            yield _changed(f"{what} changes the bump", source, pairs)


def _swap(**new: str) -> Callable[[Cell, dict[str, str]], Cell | None]:
    """Return a function that changes one thing of a cell with its usual value to a new value."""
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


def _across(runs: Sequence[TrainedRun]) -> Iterator[Claim]:
    """Yield the correlations of a bump with properties of the runs."""
    heights = np.array([bump_height(run) for run in runs])
    yield _correlated(
        "models that went further have higher bumps",
        "Lucas et al. 2021",
        np.array([run.relative for run in runs]),
        heights,
    )
    yield _correlated(
        "paths whose outputs turn more have higher bumps",
        "Lucas et al. 2021",
        np.array([run.curve.gauss for run in runs]),
        heights,
    )
    error = np.array([run.curve.error("test")[-1] for run in runs])
    for task in {run.cell.task for run in runs}:
        of_task = np.array([run.cell.task == task for run in runs])
        # Tasks differ in difficulty, which must not look like an effect of the bump.
        error[of_task] -= error[of_task].mean()
    claim = _correlated("", "Vlaar & Frankle 2021", error, heights)
    verdicts: dict[Verdict, Verdict] = {"seen": "not seen", "not seen": "seen"}
    yield replace(
        claim,
        what="a barrier does not mean a worse model",
        statistic="Spearman of the bump and the test error within its task",
        verdict=verdicts.get(claim.verdict, "unclear"),
    )


def _correlated(what: str, source: str, x: Array, y: Array) -> Claim:
    def rho(rows: Array) -> Array:
        return np.asarray(spearman(rows[..., 0], rows[..., 1]))

    value, low, high = _interval(np.stack([x, y], axis=1), rho)
    verdict = _verdict(low, high, 0.0)
    return Claim(what, source, "Spearman over runs", value, low, high, len(x), verdict)


def _layers(runs: Sequence[TrainedRun]) -> Iterator[Claim]:
    """Yield whether one layer matters more than the others."""
    layers = [
        run.layers for run in runs if run.layers and run.cell.start in ("pretrained", "random")
    ]
    if len(layers) < 2:
        return
    table = np.array([list(run.values()) for run in layers])
    gaps = table.max(axis=1) - np.median(table, axis=1)
    value, low, high = _interval(gaps, _mean)
    yield Claim(
        "one layer matters more than the others: put back, it costs more",
        "Zhang et al. 2019; Vlaar & Frankle 2021",
        "test error the worst layer costs above the median layer",
        value,
        low,
        high,
        len(layers),
        _verdict(low, high, BARRIER_ERROR),
    )


def _members(ensembles: Sequence[MemberComparison]) -> Iterator[Claim]:
    """Yield whether there are barriers between the members of each ensemble."""
    claims = {
        "pretrained": "there is no barrier between models fine-tuned from the same weights",
        "random": "there is a barrier between models trained from other random weights",
    }
    for ensemble, (what, barriers, limit) in product(ensembles, _BARRIERS):
        value, low, high = _interval(barriers(ensemble), _mean)
        verdict = _verdict(low, high, limit)
        # This claim denies a barrier, so the interval must lie below the limit.
        if ensemble.start == "pretrained":
            verdict = _verdict(-high, -low, -limit)
        source = (
            "Neyshabur et al. 2020" if ensemble.start == "pretrained" else "Frankle et al. 2020"
        )
        statistic = f"instability of the training {what} between two members"
        n = len(ensemble.curves)
        yield Claim(claims[ensemble.start], source, statistic, value, low, high, n, verdict)


_BARRIERS: tuple[tuple[str, Callable[[MemberComparison], Array], float], ...] = (
    ("error", lambda members: members.barriers, BARRIER_ERROR),
    ("loss", lambda members: members.loss_barriers, BARRIER_LOSS),
)


def _share(what: str, source: str, statistic: str, answers: Sequence[bool]) -> Claim:
    """Return a claim on most paths, with the interval of Wilson (1927)."""
    from scipy.stats import binomtest

    interval = binomtest(sum(answers), len(answers)).proportion_ci(method="wilson")
    low, high = float(interval.low), float(interval.high)
    value = sum(answers) / len(answers)
    return Claim(what, source, statistic, value, low, high, len(answers), _verdict(low, high, 0.5))


def _verdict(low: float, high: float, limit: float) -> Verdict:
    return "seen" if low > limit else "not seen" if high < limit else "unclear"


def _mean(values: Array) -> Array:
    return np.asarray(values.mean(axis=-1))


def _interval(rows: Array, statistic: Callable[[Array], Array]) -> tuple[float, float, float]:
    """Return a statistic of rows, (n, ...), with its 95% bootstrap interval."""
    drawn = np.random.default_rng(0).integers(len(rows), size=(_DRAWS, len(rows)))
    low, high = np.nanpercentile(statistic(rows[drawn]), (2.5, 97.5))
    return float(statistic(rows)), float(low), float(high)
