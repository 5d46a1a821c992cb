"""`consort benchmark`: metrics held against human judgements, and which of them to use."""

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
    from evaluation.meta_evaluation.run import Benchmark


def benchmark(
    config: Config,
    settings: Settings = None,
    seeds: Seeds = 1,
    out: Out = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Find out which metric agrees with people best, and how sure that is."""
    from evaluation.meta_evaluation.config import read_config
    from evaluation.meta_evaluation.report import write
    from evaluation.meta_evaluation.run import run

    with clear_errors():
        asked = read_config(config, settings or [])
        with working(engine, ray_address):
            found = run(asked, progress, seeds)
        written = write(out, found) if out else []
        present(found, _said(found), written, as_json)


def _said(found: "Benchmark") -> Iterator[str]:
    from evaluation.meta_evaluation.report import spread_words

    for analysis in found.analyses:
        yield f"{analysis.title}: {analysis.verdict}"
        yield from (f"  note: {note}" for note in analysis.notes)
    for spread, analysis in zip(found.spreads, found.analyses, strict=False):
        yield f"{analysis.title}: {spread_words(spread)}"
    yield from (f"note: {note}" for note in found.notes)
