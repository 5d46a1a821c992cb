"""The study of complementarity: what these systems could gain together, and who contributes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from ensemble.diagnosis.capabilities import Capabilities, capabilities_of, items_of
from ensemble.diagnosis.complementarity.forecast import forecast
from ensemble.diagnosis.complementarity.page import Found, sections
from ensemble.diagnosis.complementarity.pairs import pairs_of
from ensemble.diagnosis.complementarity.pool import COMBINERS, Pool
from ensemble.diagnosis.complementarity.rows import agreement, each, foretold, together, verdicts
from ensemble.diagnosis.complementarity.shapley import Value, left_out, shapley
from ensemble.diagnosis.outputs import Material, Outputs, read_material
from ensemble.diagnosis.result import Diagnosis
from ensemble.types import Array
from evaluation.config import Part, Run
from evaluation.execution.progress import Progress
from evaluation.reporting.table import Table, sign
from evaluation.statistics.significance import RESAMPLES, SEED

_UNKNOWN = (
    "no labels: it is not known which system is right where they differ, so neither the oracle, "
    "its gap to the vote, Yule's Q, double faults, anybody's contribution nor the gain of adding "
    "a system can be told; agreement is not truth"
)


class Plan(Part):
    """How often chance is drawn."""

    orders: int = Field(default=20, ge=2, le=10_000)
    """Orders in which systems join, each in all rotations, for Shapley values."""
    labelled: int = Field(default=2000, ge=10)
    """Segments that a forecast may look at; half of all where there are too few."""
    seeds: int = Field(default=10, ge=1, le=1000)
    """How often other segments are labelled, to see what chance does to the forecast."""
    seed: int = Field(default=SEED, ge=0)


class Complementarity(Run):
    """The configuration of the study."""

    study: Literal["complementarity"]
    outputs: Outputs
    plan: Plan = Plan()


CONFIG = Complementarity


def run(config: Complementarity, kept: Path | None, progress: Progress) -> Diagnosis:
    """Measure what `config` names; it takes seconds, so that nothing is `kept`.

    Raises:
        DataError: a file cannot be read.
        ValueError: there are too few systems, or labels are for other segments.
    """
    material = read_material(config.outputs, config.root)
    pool = Pool.of(material.ballots, material.targets)
    found = _measure(pool, material, config, progress)
    parameters = {**config.plan.model_dump(), "kind": pool.kind, "systems": len(pool.systems)}
    signature = sign(f"complementarity {config.name}", {**parameters, "resamples": RESAMPLES})
    rows = [*agreement(pool, found.pairs)]
    if pool.labelled:
        rows = [*together(pool), *each(pool, found), *foretold(found.forecast), *rows]
    notes = [*found.notes, *([] if pool.labelled else [_UNKNOWN])]
    return Diagnosis(
        "complementarity",
        config.name,
        tuple(verdicts(pool, found)),
        tuple(notes),
        Table(rows, signature),
        _findings(pool, found),
        lambda: sections(pool, found),
    )


def _measure(pool: Pool, material: Material, config: Complementarity, progress: Progress) -> Found:
    plan, notes = config.plan, []
    pairs = pairs_of(pool)
    if not pool.labelled:
        return Found(pairs)
    s = len(pool.systems)
    values = {"oracle": pool.oracle, COMBINERS[pool.kind]: pool.combined}
    worths = {
        name: shapley(_scored(pool, of), s, plan.orders, plan.seed, progress, f"Shapley, {name}")
        for name, of in values.items()
    }
    lost = {name: left_out(pool, of) for name, of in values.items()}
    labelled = min(plan.labelled, len(pool.ballots) // 2)
    ahead = None
    if s > 2:
        ahead = forecast(pool, labelled, plan.seeds, plan.seed, progress)
    else:
        notes.append("with two systems none can be held out: there is no forecast")
    return Found(pairs, worths, lost, ahead, _profiles(material, config, notes), tuple(notes))


def _scored(pool: Pool, counts: Callable[[Sequence[int]], Array]) -> Value:
    return lambda members: pool.score(counts(members))


def _profiles(
    material: Material, config: Complementarity, notes: list[str]
) -> dict[str, Capabilities]:
    try:
        items = items_of(material, config.outputs.groups)
    except ValueError as error:
        notes.append(f"no profiles: {error}")
        return {}
    return {facet: capabilities_of(items, facet) for facet in items.facets}


def _findings(pool: Pool, found: Found) -> dict[str, object]:
    content: dict[str, object] = {"systems": list(pool.systems), "pairs": found.pairs._asdict()}
    if not pool.labelled:
        return content
    content["worth"] = {name: worth._asdict() for name, worth in found.worths.items()}
    if found.forecast is not None:
        content["forecast"] = {
            **found.forecast._asdict(),
            "r": found.forecast.r(found.forecast.foretold),
        }
    content["profiles"] = {
        facet: {"kinds": list(one.names), "n": one.n, "share": one.share}
        for facet, one in found.profiles.items()
    }
    return content
