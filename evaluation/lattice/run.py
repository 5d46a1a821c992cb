"""A validation run: a configuration in, what each metric is worth without people out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.lattice.analysis import Finding, findings
from evaluation.lattice.config import Config
from evaluation.lattice.experiment import Climbed, climb_all
from evaluation.lattice.gold import Gold, read_gold
from evaluation.lattice.human_scores import human_rows
from evaluation.meta_evaluation.run import MOST_SEEDS
from evaluation.meta_evaluation.scoring import load
from evaluation.reporting.table import Row, Table, sign
from evaluation.statistics.correlation import spearman

Spread = tuple[float, float]
"""The least and the largest value under several seeds."""


@dataclass(frozen=True)
class Validation:
    """What was found: the climbs, what people say of the metrics, and each metric in words.

    `spreads` is by source, metric, level and statistic; empty where one seed was used.
    """

    name: str
    climbed: Climbed
    humans: tuple[Row, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    signature: str
    spreads: Mapping[tuple[str, str, str, str], Spread]

    @property
    def table(self) -> Table:
        """All rows; where there are several sources, each statistic with the one it is of."""
        return Table([*named_rows(self.climbed), *self.humans], self.signature)

    def to_json(self) -> str:
        """Return the table's object with `findings`, `notes` and the size; NaN is null."""
        content = {"name": self.name, **self.table.fields()}
        content["findings"] = [finding.fields() for finding in self.findings]
        content["notes"] = list(self.notes)
        content["size"] = self.climbed.size
        if self.spreads:
            keys = ("source", "name", "level", "statistic", "least", "largest")
            content["seeds"] = [
                dict(zip(keys, (*key, *spread), strict=True))
                for key, spread in self.spreads.items()
            ]
        return json.dumps(content, allow_nan=False, ensure_ascii=False)


def run(config: Config, progress: Progress, seeds: int = 1) -> Validation:
    """Run a validation, as often as there are seeds to see what chance does to it.

    The figures are those of the plan's own seed; the others' are in `spreads`.

    Raises:
        DataError: a file cannot be read.
        ValueError: what is configured does not go together, or `seeds` is out of bounds.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"{seeds} seeds; it is 1 to {MOST_SEEDS}")
    applied, pool = _read(config)
    metrics, notes = load(config.metrics)
    plans = [config.plan.model_copy(update={"seed": config.plan.seed + k}) for k in range(seeds)]
    people: list[Row] = []
    # First, for where their data is missing nothing should have been climbed in vain.
    if config.humans is not None:
        people, said = human_rows(Path(config.humans), config.root, config.metrics, progress)
        notes += said
    climbed = [climb_all(applied, pool, metrics, plan, progress) for plan in plans]
    people += agreement(climbed[0], people) if people else []
    notes += climbed[0].notes
    signature = sign(f"validate {config.name}", config.plan.parameters())
    return Validation(
        config.name,
        climbed[0],
        tuple(people),
        findings(climbed[0], people),
        tuple(dict.fromkeys(notes)),
        signature,
        _spreads(climbed) if seeds > 1 else {},
    )


def named_rows(climbed: Climbed) -> list[Row]:
    """Return all rows; where there are several sources, each statistic with the one it is of."""
    several = len(climbed.climbs) > 1
    return [
        replace(row, statistic=f"{row.statistic}, {climb.source} source") if several else row
        for climb in climbed.climbs
        for row in climb.rows
    ]


def agreement(climbed: Climbed, people: Sequence[Row]) -> list[Row]:
    """Return how alike people and each lattice rank the metrics: Spearman's rho of the two."""
    rows = []
    by_people = {row.name: row.value for row in people}
    for climb in climbed.climbs:
        for level, statistic in (("corpus", "spearman"), ("sentence", "tau, all pairs")):
            found = {
                row.name: row.value
                for row in climb.rows
                if (row.level, row.statistic) == (level, statistic)
            }
            both = [name for name in by_people if not isnan(found.get(name, np.nan))]
            pairs = [[of[name] for name in both] for of in (by_people, found)]
            value = float(spearman(*pairs)) if both else float("nan")
            what = f"spearman with the {level} level, {climb.source} source"
            rows.append(Row("ranking of metrics", "humans", what, value, n=len(both)))
    return rows


def _read(config: Config) -> tuple[Gold, Gold]:
    applied = read_gold([config.root / path for path in config.gold])
    given = config.references
    pool = applied if given is None else read_gold([config.root / path for path in given])
    if [one.source for one in applied.sentences] != [one.source for one in pool.sentences]:
        raise ValueError("the references are of other sentences than the gold edits")
    first = config.sentences
    kept = [replace(gold, sentences=gold.sentences[:first]) for gold in (applied, pool)]
    return kept[0], kept[1]


def _spreads(climbed: Sequence[Climbed]) -> dict[tuple[str, str, str, str], Spread]:
    found: dict[tuple[str, str, str, str], list[float]] = {}
    for one in climbed:
        for climb in one.climbs:
            for row in climb.rows:
                if row.level in ("corpus", "sentence") and not isnan(row.value):
                    key = (climb.source, row.name, row.level, row.statistic)
                    found.setdefault(key, []).append(row.value)
    return {key: (min(values), max(values)) for key, values in found.items()}
