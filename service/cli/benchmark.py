"""`consort benchmark`: compares metrics with human judgements."""

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
    """Report which metric agrees with people best, and how certain that is."""
    from evaluation.meta_evaluation.config import read_config
    from evaluation.meta_evaluation.report import write
    from evaluation.meta_evaluation.run import run

    with clear_errors():
        run_config = read_config(config, settings or [])
        with working(engine, ray_address):
            result = run(run_config, progress, seeds)
        written = write(out, result) if out else []
        present(result, _lines(result), written, as_json)


def _lines(result: "Benchmark") -> Iterator[str]:
    from evaluation.meta_evaluation.report import spread_words

    for analysis in result.analyses:
        yield f"{analysis.title}: {analysis.verdict}"
        yield from (f"  note: {note}" for note in analysis.notes)
    for spread, analysis in zip(result.spreads, result.analyses, strict=False):
        yield f"{analysis.title}: {spread_words(spread)}"
    yield from (f"note: {note}" for note in result.notes)
