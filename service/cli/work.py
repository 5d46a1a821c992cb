"""`consort work`: the jobs of a service, done by another process or machine."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import clear_errors


def work(
    config: Annotated[Path | None, typer.Option(help="Settings, see configs/service.yaml.")] = None,
) -> None:
    """Do the jobs of a service that shares this one's database and folder of state."""
    from service.core.settings import load_settings
    from service.jobs.worker import work as do_jobs

    with clear_errors():
        do_jobs(load_settings(config))
