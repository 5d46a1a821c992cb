"""A system that is a Python function, named by its import path."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ensemble.systems.base import WARM_UP, SystemConfig, SystemFailure
from ensemble.systems.registry import register
from ensemble.systems.roster_function import FunctionOfRoster
from ensemble.systems.threaded import Threaded

Corrector = Callable[[str], str]

WARM_UP_S = 10.0
"""The longest wait for the answer to the example."""


@register("callable", key="callable")
class CallableConfig(FunctionOfRoster, SystemConfig):
    """A function str -> str by its import path, `package.module:function`.

    It is called with `warm_up` before it counts as ready; `null` calls nothing.
    """

    warm_up: str | None = WARM_UP

    def system(self) -> "CallableSystem":
        """The system it describes, not started."""
        return CallableSystem(self.name, self.load, self.warm_up)


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
