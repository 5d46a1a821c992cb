"""The study of complementarity: what systems could gain together, and their contributions."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from ensemble.diagnosis.capabilities import Capabilities, capabilities_of, items_of
from ensemble.diagnosis.complementarity.forecast import forecast
from ensemble.diagnosis.complementarity.page import Results, sections
from ensemble.diagnosis.complementarity.pairs import pairs_of
from ensemble.diagnosis.complementarity.pool import COMBINERS, Pool
from ensemble.diagnosis.complementarity.rows import (
    ensemble_rows,
    forecast_rows,
    pair_rows,
    system_rows,
    verdicts,
)
from ensemble.diagnosis.complementarity.shapley import Value, left_out, shapley
from ensemble.diagnosis.outputs import LabelledOutputs, Outputs, read_labelled_outputs
from ensemble.diagnosis.result import study_report
from ensemble.types import Array
from evaluation.config import Part, Run
from evaluation.execution.progress import Progress
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Table, sign
from evaluation.statistics.significance import RESAMPLES, SEED

_UNKNOWN = (
    "without labels it is unknown which system is right where they differ, so the oracle, its gap "
    "to the vote, Yule's Q, double faults, contributions and the gain of adding a system are "
    "missing; agreement is not truth"
)


class Plan(Part):
    """How often random draws are repeated."""

    orders: int = Field(default=20, ge=2, le=10_000)
    """Orders in which systems join, each in all rotations, for Shapley values."""
    labelled: int = Field(default=2000, ge=10)
    """Labelled segments for a forecast; half of all segments where there are fewer."""
    seeds: int = Field(default=10, ge=1, le=1000)
    """Draws of the labelled segments, to see how much the forecast depends on them."""
    seed: int = Field(default=SEED, ge=0)


class Complementarity(Run):
    """The configuration of the study."""

    study: Literal["complementarity"]
    outputs: Outputs
    plan: Plan = Plan()


CONFIG = Complementarity


def run(config: Complementarity, folder: Path | None, progress: Progress) -> RunReport:
    """Measure what `config` names; it takes seconds, so `folder` is not used.

    Raises:
        DataError: a file cannot be read.
        ValueError: there are too few systems, or labels are for other segments.
    """
    outputs = read_labelled_outputs(config.outputs, config.root)
    pool = Pool.of(outputs.ballots, outputs.targets)
    results = _measure(pool, outputs, config, progress)
    parameters = {**config.plan.model_dump(), "kind": pool.kind, "systems": len(pool.systems)}
    signature = sign(f"complementarity {config.name}", {**parameters, "resamples": RESAMPLES})
    rows = [*pair_rows(pool, results.pairs)]
    if pool.labelled:
        rows = [
            *ensemble_rows(pool),
            *system_rows(pool, results),
            *forecast_rows(results.forecast),
            *rows,
        ]
    notes = [*results.notes, *([] if pool.labelled else [_UNKNOWN])]
    return study_report(
        "complementarity",
        config.name,
        tuple(verdicts(pool, results)),
        tuple(notes),
        Table(rows, signature),
        _findings(pool, results),
        lambda: sections(pool, results),
    )


def _measure(
    pool: Pool, outputs: LabelledOutputs, config: Complementarity, progress: Progress
) -> Results:
    plan, notes = config.plan, []
    pairs = pairs_of(pool)
    if not pool.labelled:
        return Results(pairs)
    s = len(pool.systems)
    values = {"oracle": pool.oracle, COMBINERS[pool.kind]: pool.combined}
    shapley_values = {
        name: shapley(_scored(pool, of), s, plan.orders, plan.seed, progress, f"Shapley, {name}")
        for name, of in values.items()
    }
    lost = {name: left_out(pool, of) for name, of in values.items()}
    labelled = min(plan.labelled, len(pool.ballots) // 2)
    ahead = None
    if s > 2:
        ahead = forecast(pool, labelled, plan.seeds, plan.seed, progress)
    else:
        notes.append("with two systems none can be held out, so a forecast is missing")
    return Results(
        pairs, shapley_values, lost, ahead, _profiles(outputs, config, notes), tuple(notes)
    )


def _scored(pool: Pool, counts: Callable[[Sequence[int]], Array]) -> Value:
    return lambda members: pool.score(counts(members))


def _profiles(
    outputs: LabelledOutputs, config: Complementarity, notes: list[str]
) -> dict[str, Capabilities]:
    try:
        items = items_of(outputs, config.outputs.groups)
    except ValueError as error:
        notes.append(f"no profiles: {error}")
        return {}
    return {facet: capabilities_of(items, facet) for facet in items.facets}


def _findings(pool: Pool, results: Results) -> dict[str, object]:
    content: dict[str, object] = {"systems": list(pool.systems), "pairs": results.pairs._asdict()}
    if not pool.labelled:
        return content
    content["worth"] = {name: shapley._asdict() for name, shapley in results.shapley_values.items()}
    if results.forecast is not None:
        content["forecast"] = {
            **results.forecast._asdict(),
            "r": results.forecast.r(results.forecast.foretold),
        }
    content["profiles"] = {
        facet: {"kinds": list(profile.names), "n": profile.n, "share": profile.share}
        for facet, profile in results.profiles.items()
    }
    return content
