"""`consort work`: runs the jobs of a service in another process or on another machine."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import clear_errors


def work(
    config: Annotated[
        Path | None, typer.Option(help="Settings file; see configs/service.yaml.")
    ] = None,
) -> None:
    """Run jobs of a service with the same database and state folder."""
    from service.core.settings import load_settings
    from service.jobs.worker import work as run_jobs

    with clear_errors():
        run_jobs(load_settings(config))
