"""A system that is a Python function, named by its import path."""

import asyncio
import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ensemble.systems.base import WARM_UP, SystemConfig, SystemFailure
from ensemble.systems.registry import register
from ensemble.systems.threaded import Threaded

Corrector = Callable[[str], str]

WARM_UP_S = 10.0
"""The longest wait for the answer to the example."""

ImportPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")]


@register("callable", key="callable")
class CallableConfig(SystemConfig):
    """A function str -> str by its import path, `package.module:function`.

    It is called with `warm_up` before it counts as ready; `null` calls nothing.
    """

    path: ImportPath = Field(alias="callable")
    warm_up: str | None = WARM_UP

    def system(self) -> "CallableSystem":
        """The system it describes, not started."""
        return CallableSystem(self.name, lambda: load_callable(self.path), self.warm_up)


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
    """A function from a source to its output, run in a thread of its own.

    It is called with `example`, if there is one, before it counts as ready.
    """

    def __init__(
        self, name: str, load: Callable[[], Corrector], example: str | None = None
    ) -> None:
        super().__init__(name, load)
        self._example = example

    async def warm_up(self, function: Corrector) -> None:
        """Call the function with the example, for what it loads or makes on first use.

        An error is ignored: a function can refuse this source and accept others. After
        `WARM_UP_S` the call is left to run, and the system is busy until it comes back.
        """
        example = self._example
        if example is not None:
            with suppress(SystemFailure, TimeoutError):
                async with asyncio.timeout(WARM_UP_S):
                    await self.run(lambda: function(example))

    async def correct(self, source: str) -> str:
        """Call the function on the whole source, in its thread.

        Raises:
            SystemFailure: it raised, or an earlier call still holds the thread.
        """
        return await self.call(lambda corrector: corrector(source))
