"""`consort mcp`: the tools of Consort for models, by the Model Context Protocol."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import clear_errors


def mcp(
    config: Annotated[
        Path | None, typer.Option(help="Settings file; see configs/service.yaml.")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="Roster of systems.", show_default="the five embedded correctors"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            help="Serve HTTP at http://127.0.0.1:PORT/mcp, for clients on this machine.",
            show_default="standard input and output",
        ),
    ] = None,
) -> None:
    """Serve the tools combine, check, explain and score to models, by MCP.

    An editor or a desktop application starts this command and speaks to it on standard input and
    output. The log goes to standard error.
    """
    import asyncio
    import signal
    from logging.config import dictConfig

    from ensemble.systems.roster import read_roster
    from service.core.engine import Engine
    from service.core.settings import load_settings
    from service.mcp.server import require_sdk, serve_http, serve_stdio
    from service.telemetry.logs import logging_config

    with clear_errors():
        require_sdk()
        settings = load_settings(config, **({} if roster is None else {"roster": roster}))
        engine = Engine(read_roster(settings.roster), settings)
    dictConfig(logging_config())
    if port is not None:
        asyncio.run(serve_http(engine, settings, port))
        return
    # The thread that reads standard input cannot be interrupted, so Ctrl-C ends the process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(serve_stdio(engine, settings))
