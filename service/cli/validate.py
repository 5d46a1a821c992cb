"""`consort validate`: validates metrics without judgements, on lattices of gold edits."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evaluation.execution.engine import working
from service.cli.console import (
    AsJson,
    Config,
    EngineName,
    Out,
    RayAddress,
    Seeds,
    Settings,
    clear_errors,
    present,
    progress,
)

if TYPE_CHECKING:
    from evaluation.lattice.run import Validation


def validate(
    config: Config,
    settings: Settings = None,
    seeds: Seeds = 1,
    out: Out = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Report without human judgements which corrections a metric rewards or punishes."""
    from evaluation.lattice.config import read_config
    from evaluation.lattice.report import write
    from evaluation.lattice.run import run

    with clear_errors():
        run_config = read_config(config, settings or [])
        with working(engine, ray_address):
            result = run(run_config, progress, seeds)
        written = write(out, result) if out else []
        present(result, _lines(result), written, as_json)


def _lines(result: "Validation") -> Iterator[str]:
    for summary in result.summaries:
        yield f"{summary.metric}: {summary.verdict}"
    for (source, name, level, statistic), (least, largest) in result.spreads.items():
        where = f"{name}, {level} {statistic}, {source} source"
        yield f"{where}: {least:.3f} to {largest:.3f} over seeds"
    yield from (f"note: {note}" for note in result.notes)
