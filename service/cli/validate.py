"""`consort validate`: validates metrics without judgements, on lattices of gold edits."""

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
    from evaluation.lattice.report import report
    from evaluation.lattice.run import run

    with clear_errors():
        run_config = read_config(config, settings or [])
        with working(engine, ray_address):
            result = run(run_config, progress, seeds)
        finish(report(result), out, as_json)
