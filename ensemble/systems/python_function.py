"""A system that is a Python function, named by its import path."""

from collections.abc import Callable

from ensemble.systems.base import SystemConfig
from ensemble.systems.import_path import FunctionOfRoster, load_function
from ensemble.systems.registry import register
from ensemble.systems.threaded import Threaded

Corrector = Callable[[str], str]


@register("callable", key="callable")
class CallableConfig(FunctionOfRoster, SystemConfig):
    """A function str -> str by its import path, `package.module:function`."""

    def system(self) -> "CallableSystem":
        """The system it describes, not started."""
        return CallableSystem(self.name, self.load)


def load_callable(path: str) -> Corrector:
    """Import the function `package.module:function` from a source to its output.

    Raises:
        ImportError, AttributeError, TypeError: as `load_function`.
    """
    corrector: Corrector = load_function(path)
    return corrector


class CallableSystem(Threaded[Corrector]):
    """A function from a source to its output, run in a thread of its own."""

    async def correct(self, source: str) -> str:
        """Call the function on the whole source, in its thread.

        Raises:
            SystemFailure: it raised, or an earlier call still holds the thread.
        """
        return await self.call(lambda corrector: corrector(source))
