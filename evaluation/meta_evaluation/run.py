"""A benchmark run: a configuration in, findings for each group and dimension out."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluation.execution.progress import Progress
from evaluation.meta_evaluation.analysis import Finding, Human, find
from evaluation.meta_evaluation.config import Config
from evaluation.meta_evaluation.correlations import Comparison
from evaluation.meta_evaluation.dataset import read_material
from evaluation.meta_evaluation.human_scores import read_humans
from evaluation.meta_evaluation.plan import Plan
from evaluation.meta_evaluation.scoring import score_all
from evaluation.reporting.table import Table, sign
from evaluation.types import Booleans, Integers

MOST_SEEDS = 100


@dataclass(frozen=True)
class Spread:
    """What the conclusion on one question was under several seeds, with how often each.

    `p` is the least and the largest p-value of the best metric against the next.
    """

    conclusions: tuple[tuple[str, int], ...]
    p: tuple[float, float]


@dataclass(frozen=True)
class Benchmark:
    """All findings, notes on the whole, and the signature that gives them again.

    `spreads` is by finding, in their order; empty where one seed was used.
    """

    name: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    signature: str
    spreads: tuple[Spread, ...] = ()

    @property
    def table(self) -> Table:
        """All rows, each statistic behind what it is of."""
        rows = [
            replace(row, statistic=f"{finding.title}: {row.statistic}")
            for finding in self.findings
            for row in finding.rows
        ]
        return Table(rows, self.signature)

    def to_json(self) -> str:
        """Return the table's object with a list of `findings` and `notes`; NaN is null."""
        content = self.table.fields()
        spreads: Sequence[Spread | None] = self.spreads or [None] * len(self.findings)
        pairs = zip(self.findings, spreads, strict=True)
        content["findings"] = [finding_fields(*pair) for pair in pairs]
        content["notes"] = list(self.notes)
        return json.dumps({"name": self.name, **content}, allow_nan=False, ensure_ascii=False)


def run(config: Config, progress: Progress, seeds: int = 1) -> Benchmark:
    """Run a benchmark, as often as there are seeds to see what chance does to it.

    The figures are those of the plan's own seed; the others' are in `spreads`.

    Raises:
        DataError: a file cannot be read.
        ValueError: what is configured does not go together, or `seeds` is out of bounds.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"{seeds} seeds; it is 1 to {MOST_SEEDS}")
    material = read_material(config)
    humans = read_humans(config, material)
    judged = np.any([_judged(one, len(material.segments)) for one in humans.values()], axis=0)
    scores, notes = score_all(config.metrics, material, judged, material.groups, progress)
    rows = np.flatnonzero(judged.any(axis=1))
    if dropped := [name for i, name in enumerate(material.systems) if i not in rows]:
        notes.append(f"not judged, and left out: {', '.join(dropped)}")
    jobs = [(group, dimension) for group in material.groups for dimension in humans]
    findings, spreads = [], []
    for group, dimension in progress(jobs, "Comparing"):
        human = _part(humans[dimension], material.groups[group], rows)
        own = {name: one.of(rows) for name, one in scores[group].items()}
        plans = [_seeded(config.plan, k) for k in range(seeds)]
        found = [find(own, human, plan, group, dimension, config.decide) for plan in plans]
        findings.append(found[0])
        spreads.append(_spread(found))
    signature = sign(f"benchmark {config.name}", config.plan.parameters())
    kept = tuple(spreads) if seeds > 1 else ()
    return Benchmark(config.name, tuple(findings), tuple(notes), signature, kept)


def finding_fields(finding: Finding, spread: Spread | None = None) -> dict[str, Any]:
    """Return what JSON says of a finding beside its rows; NaN is None."""
    fields: dict[str, Any] = {
        "group": finding.group,
        "dimension": finding.dimension,
        "conclusion": finding.conclusion,
        "verdict": finding.verdict,
        "notes": list(finding.notes),
        "comparisons": [comparison_fields(one) for one in finding.comparisons.values()],
    }
    if spread is not None:
        fields["seeds"] = {"conclusions": dict(spread.conclusions), "p": [*map(_number, spread.p)]}
    return fields


def comparison_fields(found: Comparison) -> dict[str, Any]:
    """Return the ranking, from the best, with clusters and p-values; NaN is None."""
    ranking = [
        {
            "metric": found.names[i],
            "value": _number(found.values[i]),
            "cluster": int(found.cluster[i]),
            "p_better_than": {
                found.names[j]: _number(found.p[i, j]) for j in found.order if j != i
            },
        }
        for i in found.order
    ]
    return {
        "level": found.level,
        "statistic": found.statistic,
        "test": found.method,
        "ranking": ranking,
    }


def _judged(human: Human, segments: int) -> Booleans:
    if human.values is None:
        return np.ones((len(human.systems), segments), dtype=bool)
    return np.asarray((~np.isnan(human.values)).any(axis=0))


def _part(human: Human, where: Sequence[int], rows: Integers) -> Human:
    systems = tuple(human.systems[i] for i in rows)
    if human.values is None:
        return Human(systems, standing=np.asarray(human.standing)[rows])
    values = human.values[:, rows][:, :, list(where)]
    rated = (~np.isnan(values)).any(axis=(1, 2))
    return Human(systems, values[rated] if rated.any() else values)


def _seeded(plan: Plan, k: int) -> Plan:
    return plan.model_copy(update={"seed": plan.seed + k})


def _spread(found: Sequence[Finding]) -> Spread:
    conclusions = Counter(one.conclusion for one in found)
    orders = [one.decisive.order for one in found]
    p = [
        float(one.decisive.p[order[0], order[1]]) if len(order) > 1 else float("nan")
        for one, order in zip(found, orders, strict=True)
    ]
    return Spread(tuple(conclusions.most_common()), (min(p), max(p)))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
