"""`consort benchmark`: compares metrics with human judgements."""

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
    finish,
    progress,
)


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
    from evaluation.meta_evaluation.report import report
    from evaluation.meta_evaluation.run import run

    with clear_errors():
        run_config = read_config(config, settings or [])
        with working(engine, ray_address):
            result = run(run_config, progress, seeds)
        finish(report(result), out, as_json)
