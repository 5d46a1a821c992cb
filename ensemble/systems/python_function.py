"""A system that is a Python function, named by its import path."""

import importlib
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ensemble.systems.base import SystemConfig
from ensemble.systems.registry import register
from ensemble.systems.threaded import Threaded

Corrector = Callable[[str], str]

ImportPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")]


@register("callable", key="callable")
class CallableConfig(SystemConfig):
    """A function str -> str by its import path, `package.module:function`."""

    path: ImportPath = Field(alias="callable")

    def system(self) -> "CallableSystem":
        """The system it describes, not started."""
        return CallableSystem(self.name, lambda: load_callable(self.path))


def load_callable(path: str) -> Corrector:
    """Import the function `package.module:function` from a source to its output.

    Raises:
        ImportError, AttributeError, TypeError: as `load_function`.
    """
    corrector: Corrector = load_function(path)
    return corrector


def load_function(path: str) -> Callable[..., Any]:
    """Import `package.module:function`.

    Raises:
        ImportError: there is no such module.
        AttributeError: the module has no such function.
        TypeError: what it names cannot be called.
    """
    module, _, attribute = path.partition(":")
    function: object = importlib.import_module(module)
    for name in attribute.split("."):
        function = getattr(function, name)
    if not callable(function):
        raise TypeError(f"{path} is {type(function).__name__}, not a function")
    return function


class CallableSystem(Threaded[Corrector]):
    """A function from a source to its output, run in a thread of its own."""

    async def correct(self, source: str) -> str:
        """Call the function on the whole source, in its thread.

        Raises:
            SystemFailure: it raised, or an earlier call still holds the thread.
        """
        return await self.call(lambda corrector: corrector(source))
