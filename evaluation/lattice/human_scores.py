"""What people say of the metrics that a lattice was asked about: a benchmark's system level."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evaluation.execution.progress import Progress
from evaluation.meta_evaluation.config import read_config
from evaluation.meta_evaluation.run import run
from evaluation.metrics.choice import MetricChoice
from evaluation.reporting.table import Row

COEFFICIENT = "spearman"


def human_rows(
    path: Path, root: Path, choices: Sequence[MetricChoice], progress: Progress
) -> tuple[list[Row], list[str]]:
    """Return each metric's agreement with people on systems, and notes on those left out.

    It is Spearman's rho with the first dimension that the benchmark at `path` has, on its first
    group of segments; its data is in `root`, and its own metrics are not asked.

    Raises:
        DataError: the benchmark or its data cannot be read.
        ValueError: it does not go together, or a metric that is not optional cannot score.
    """
    config = read_config(path, [f"data={root}"])
    chosen = tuple(choice.model_copy(update={"optional": True}) for choice in choices)
    first = config.judgements.model_copy(
        update={"dimensions": _first(config.judgements.dimensions)}
    )
    # p-values are not asked for here.
    plan = config.plan.model_copy(update={"permutations": 1})
    asked = config.model_copy(update={"metrics": chosen, "judgements": first, "plan": plan})
    found = run(asked, progress)
    finding = found.findings[0]
    rows = [row for row in finding.rows if (row.level, row.statistic) == ("system", COEFFICIENT)]
    statistic = f"{COEFFICIENT} with {finding.title}"
    return [replace(row, level="humans", statistic=statistic) for row in rows], list(found.notes)


def _first(dimensions: object) -> object:
    if isinstance(dimensions, dict):
        name = next(iter(dimensions))
        return {name: dimensions[name]}
    return tuple(dimensions)[:1]  # type: ignore[arg-type]
