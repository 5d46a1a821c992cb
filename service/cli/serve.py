"""`consort serve`: the API and the playground."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import clear_errors, say


def serve(
    config: Annotated[
        Path | None, typer.Option(help="Settings file; see configs/service.yaml.")
    ] = None,
    host: Annotated[str | None, typer.Option(show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(show_default="8000")] = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="Roster of systems.", show_default="the five embedded correctors"),
    ] = None,
) -> None:
    """Serve the API and the playground."""
    from service.api.app import create_app
    from service.api.serving import check_exposure
    from service.api.serving import serve as run
    from service.core.settings import load_settings

    options = {"host": host, "port": port, "roster": roster}
    with clear_errors():
        settings = load_settings(
            config, **{name: value for name, value in options.items() if value is not None}
        )
        check_exposure(settings)
        service = create_app(settings)
    say(f"Consort: playground http://{settings.host}:{settings.port}/, API under /docs")
    run(service, settings)
