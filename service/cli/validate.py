"""`consort validate`: metrics tried on lattices of gold edits, where nobody need judge."""

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
    """Find out, without people, which corrections a metric rewards and which it punishes."""
    from evaluation.lattice.config import read_config
    from evaluation.lattice.report import write
    from evaluation.lattice.run import run

    with clear_errors():
        asked = read_config(config, settings or [])
        with working(engine, ray_address):
            found = run(asked, progress, seeds)
        written = write(out, found) if out else []
        present(found, _said(found), written, as_json)


def _said(found: "Validation") -> Iterator[str]:
    for finding in found.summaries:
        yield f"{finding.metric}: {finding.verdict}"
    for (source, name, level, statistic), (least, largest) in found.spreads.items():
        where = f"{name}, {level} {statistic}, {source} source"
        yield f"{where}: {least:.3f} to {largest:.3f} over seeds"
    yield from (f"note: {note}" for note in found.notes)
