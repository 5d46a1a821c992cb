"""Commands whose modules are imported when they are called, so that listing them is quick."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command


def defer(app: typer.Typer, name: str, address: str, help: str) -> None:
    """Add the command `name` to `app`: the function or the typer at `module:attribute`.

    `help` is its line in the list of commands, which cannot be read from a module that is not
    imported yet.
    """

    class Deferred(TyperCommand):
        def make_context(self, *given: Any, **extra: Any) -> Any:  # noqa: ANN401 - as typer does
            return get_command(imported(name, address)).make_context(*given, **extra)

    app.command(name, cls=Deferred, help=help)(_stand_in)


def imported(name: str, address: str) -> typer.Typer:
    """Return the command `name` at `module:attribute`, with the module's `EPILOG` if it has one."""
    place, _, attribute = address.partition(":")
    module = import_module(place)
    command = getattr(module, attribute)
    if isinstance(command, typer.Typer):
        return command
    app = typer.Typer(add_completion=False)
    app.command(name, epilog=getattr(module, "EPILOG", None))(command)
    return app


def _stand_in() -> None:
    """Stand where typer wants a function: the options of the real one are not known yet."""
