"""A system that is a command: lines in, lines out, kept alive."""

import asyncio
import sys
from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat

from ensemble.systems.base import WARM_UP, Health, SystemConfig, SystemFailure
from ensemble.systems.child_process import Child, Died, OutOfStep
from ensemble.systems.line_protocol import split_lines
from ensemble.systems.registry import register
from ensemble.systems.turn import check_wanted


@register("command", key="command")
class CommandConfig(SystemConfig):
    """A command by its arguments; `{python}` in one stands for the interpreter in use."""

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    warm_up: str | None = WARM_UP
    start_timeout_s: PositiveFloat = 60
    cool_down_s: NonNegativeFloat = 5
    cool_down_max_s: NonNegativeFloat = 60

    def system(self) -> "CommandSystem":
        """The system it describes, not started."""
        return CommandSystem(self)

    @property
    def argv(self) -> list[str]:
        """The arguments as they are run."""
        return [argument.replace("{python}", sys.executable) for argument in self.command]


class CommandSystem:
    """A process kept alive, asked one segment at a time.

    A process that falls out of step (time ran out, too much output) is killed and replaced at
    once. One that died is left dead until a request meets it, which fails; then it is replaced
    after a cool-down that doubles with every loss in a row. Meanwhile requests fail at once.
    """

    def __init__(self, config: CommandConfig) -> None:
        self.name = config.name
        self._config = config
        self._turn = asyncio.Lock()
        self._child: Child | None = None
        self._health = Health("stopped")
        self._losses = 0
        self._launching: asyncio.Task[None] | None = None

    @property
    def health(self) -> Health:
        """Its state; a process that died unnoticed is shown as failed, though not yet replaced."""
        if self._health.state == "ready" and self._child and not self._child.alive:
            return Health("failed", self._child.obituary())
        return self._health

    async def start(self) -> None:
        """Start the process and wait until it has answered its warm-up line."""
        await self.stop()
        self._launching = asyncio.create_task(self._launch())
        await asyncio.wait({self._launching})

    async def correct(self, source: str) -> str:
        """Send the source's lines, put the answers back together with the source's line breaks.

        Raises:
            SystemFailure: the process died, fell out of step, refused, or is not ready.
        """
        lines, breaks = split_lines(source)
        async with self._turn:
            check_wanted()
            child = self._ready_child()
            try:
                answers = await child.exchange(lines)
            except asyncio.CancelledError:
                self._lose(OutOfStep("ran out of time on an earlier segment"))
                raise
            except (Died, OutOfStep) as failure:
                self._lose(failure)
                raise
        self._losses = 0
        return "".join(answer + end for answer, end in zip(answers, breaks, strict=True))

    async def stop(self) -> None:
        """End the process: end of input first, SIGKILL for one that will not leave."""
        self._health = Health("stopped")
        if self._launching:
            self._launching.cancel()
            await asyncio.wait({self._launching})
        await self._bury()

    def _ready_child(self) -> Child:
        if self._child is None or self._health.state != "ready":
            raise SystemFailure(self._health.reason or self._health.state)
        return self._child

    async def _launch(self) -> None:
        self._health = Health("starting", self._health.reason)
        try:
            async with asyncio.timeout(self._config.start_timeout_s):
                self._child = await Child.spawn(self._config.argv)
                if self._config.warm_up is not None:
                    await self._child.exchange([self._config.warm_up])
        except TimeoutError:
            self._lose(Died(f"not ready within {self._config.start_timeout_s:g} s"))
        except OSError as error:
            self._lose(Died(f"cannot be started: {error}"))
        except SystemFailure as failure:
            self._lose(Died(failure.reason))
        else:
            self._health = Health("ready", pid=self._child.pid)

    def _lose(self, failure: Died | OutOfStep) -> None:
        """Give the process up and have another one started."""
        if self._child:
            self._child.kill()
        if self._health.state == "stopped":
            return
        self._losses += 1
        self._health = Health("failed", failure.reason)
        self._launching = asyncio.create_task(self._revive(self._pause_s(failure)))

    def _pause_s(self, failure: Died | OutOfStep) -> float:
        doublings = self._losses - (2 if isinstance(failure, OutOfStep) else 1)
        if doublings < 0:
            return 0
        # Capped before it is raised: 2.0 ** 1024 overflows, and an outage can last that long.
        return min(
            self._config.cool_down_s * 2.0 ** min(doublings, 30), self._config.cool_down_max_s
        )

    async def _revive(self, pause_s: float) -> None:
        await self._bury()
        await asyncio.sleep(pause_s)
        await self._launch()

    async def _bury(self) -> None:
        if self._child:
            await self._child.close()
            self._child = None
