"""Runs a validation: scores lattices of gold edits and compares with human judgements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.lattice.analysis import MetricSummary, summarise
from evaluation.lattice.config import Config
from evaluation.lattice.experiment import LatticeResult, score_lattice
from evaluation.lattice.gold import Gold, read_gold
from evaluation.meta_evaluation.config import read_config as read_benchmark
from evaluation.meta_evaluation.run import MOST_SEEDS
from evaluation.meta_evaluation.run import run as run_benchmark
from evaluation.meta_evaluation.scoring import load
from evaluation.metrics.choice import MetricChoice
from evaluation.reporting.table import Row, Table, sign
from evaluation.statistics.correlation import spearman

COEFFICIENT = "spearman"
"""The coefficient of a metric's agreement with people that the lattice is compared with."""

Spread = tuple[float, float]
"""The smallest and the largest value under several seeds."""


@dataclass(frozen=True)
class Validation:
    """The result of a run: figures of the lattice, agreement with people, summaries of metrics.

    `spreads` is by source, metric, level and statistic; empty where one seed was used.
    """

    name: str
    result: LatticeResult
    human_rows: tuple[Row, ...]
    summaries: tuple[MetricSummary, ...]
    notes: tuple[str, ...]
    signature: str
    spreads: Mapping[tuple[str, str, str, str], Spread]

    @property
    def table(self) -> Table:
        """All rows; where there are several sources, each statistic names its own."""
        return Table([*named_rows(self.result), *self.human_rows], self.signature)

    def fields(self) -> dict[str, object]:
        """Return the summaries, the size, and the range over several seeds, as JSON has them."""
        content: dict[str, object] = {
            "findings": [summary.fields() for summary in self.summaries],
            "size": self.result.size,
        }
        if self.spreads:
            keys = ("source", "name", "level", "statistic", "least", "largest")
            rows = [(*key, *spread) for key, spread in self.spreads.items()]
            content["seeds"] = [dict(zip(keys, row, strict=True)) for row in rows]
        return content


def run(config: Config, progress: Progress, seeds: int = 1) -> Validation:
    """Run a validation, once for each of `seeds` seeds, to see how far chance moves it.

    The figures are those of the configured seed; `spreads` has the range over all seeds.

    Raises:
        DataError: a file cannot be read.
        ValueError: the configuration does not fit the data, or `seeds` is out of bounds.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"{seeds} seeds; it must be 1 to {MOST_SEEDS}")
    applied, pool = _read(config)
    metrics, notes = load(config.metrics)
    human: list[Row] = []
    # Before the lattice is scored, which takes long: the benchmark's data may be missing.
    if config.humans is not None:
        human, human_notes = human_rows(Path(config.humans), config.root, config.metrics, progress)
        notes += human_notes
    results = [
        score_lattice(applied, pool, metrics, options, progress)
        for options in (
            config.plan.model_copy(update={"seed": config.plan.seed + k}) for k in range(seeds)
        )
    ]
    human += agreement(results[0], human) if human else []
    notes += results[0].notes
    signature = sign(f"validate {config.name}", config.plan.parameters())
    return Validation(
        config.name,
        results[0],
        tuple(human),
        summarise(results[0], human),
        tuple(dict.fromkeys(notes)),
        signature,
        _spreads(results) if seeds > 1 else {},
    )


def human_rows(
    path: Path, root: Path, choices: Sequence[MetricChoice], progress: Progress
) -> tuple[list[Row], list[str]]:
    """Return each metric's agreement with people on systems, and notes on metrics left out.

    It is Spearman's rho with the first dimension of the benchmark at `path`, on its first group
    of segments. The data of the benchmark is in `root`; its own metrics are not used.

    Raises:
        DataError: the benchmark or its data cannot be read.
        ValueError: it does not fit its data, or no metric can score it.
    """
    config = read_benchmark(path, [f"data={root}"])
    metrics = tuple(choice.model_copy(update={"optional": True}) for choice in choices)
    dimensions = _first(config.judgements.dimensions)
    judgements = config.judgements.model_copy(update={"dimensions": dimensions})
    # No p-values are needed, so one permutation is enough.
    options = config.plan.model_copy(update={"permutations": 1})
    changes = {"metrics": metrics, "judgements": judgements, "plan": options}
    benchmark = run_benchmark(config.model_copy(update=changes), progress)
    analysis = benchmark.analyses[0]
    rows = [row for row in analysis.rows if (row.level, row.statistic) == ("system", COEFFICIENT)]
    statistic = f"{COEFFICIENT} with {analysis.title}"
    return [replace(row, level="humans", statistic=statistic) for row in rows], list(
        benchmark.notes
    )


def _first(dimensions: object) -> object:
    if isinstance(dimensions, dict):
        name = next(iter(dimensions))
        return {name: dimensions[name]}
    return tuple(dimensions)[:1]  # type: ignore[arg-type]


def named_rows(result: LatticeResult) -> list[Row]:
    """Return all rows; where there are several sources, each statistic names its own."""
    several = len(result.by_source) > 1
    return [
        replace(row, statistic=f"{row.statistic}, {scores.source} source") if several else row
        for scores in result.by_source
        for row in scores.rows
    ]


def agreement(result: LatticeResult, human: Sequence[Row]) -> list[Row]:
    """Return Spearman's rho of the rankings of metrics by people and by each lattice."""
    rows = []
    by_people = {row.name: row.value for row in human}
    for scores in result.by_source:
        for level, statistic in (("corpus", "spearman"), ("sentence", "tau, all pairs")):
            by_lattice = {
                row.name: row.value
                for row in scores.rows
                if (row.level, row.statistic) == (level, statistic)
            }
            both = [name for name in by_people if not isnan(by_lattice.get(name, np.nan))]
            pairs = [[values[name] for name in both] for values in (by_people, by_lattice)]
            value = float(spearman(*pairs)) if both else float("nan")
            with_level = f"spearman with the {level} level, {scores.source} source"
            rows.append(Row("ranking of metrics", "humans", with_level, value, n=len(both)))
    return rows


def _read(config: Config) -> tuple[Gold, Gold]:
    applied = read_gold([config.root / path for path in config.gold])
    paths = config.references
    pool = applied if paths is None else read_gold([config.root / path for path in paths])
    if [s.source for s in applied.sentences] != [s.source for s in pool.sentences]:
        raise ValueError("the references are of other sentences than the gold edits")
    n = config.sentences
    return (
        replace(applied, sentences=applied.sentences[:n]),
        replace(pool, sentences=pool.sentences[:n]),
    )


def _spreads(results: Sequence[LatticeResult]) -> dict[tuple[str, str, str, str], Spread]:
    by_key: dict[tuple[str, str, str, str], list[float]] = {}
    for result in results:
        for scores in result.by_source:
            for row in scores.rows:
                if row.level in ("corpus", "sentence") and not isnan(row.value):
                    key = (scores.source, row.name, row.level, row.statistic)
                    by_key.setdefault(key, []).append(row.value)
    return {key: (min(values), max(values)) for key, values in by_key.items()}
