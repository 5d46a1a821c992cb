"""One child process in lockstep: a line in, a line out."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

from ensemble.systems.base import SystemFailure
from ensemble.systems.line_protocol import REFUSAL

LINE_LIMIT = 1 << 20
"""The longest line a process may write, in bytes."""

SETTLE_S = 0.002
"""How long to look for output beyond the answer before taking the process for being in step."""

LAST_WORDS_S = 0.5
"""How long a process that closed its output has to be reaped and its standard error read."""

_STDERR_TAIL = 2000


class Died(SystemFailure):
    """The process is gone, or as good as."""


class OutOfStep(SystemFailure):
    """The process lives, but its next line can no longer be told to belong to the next segment."""


class Child:
    """A running command, leader of its own process group; `spawn` makes one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._stderr_tail = b""
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def spawn(cls, argv: Sequence[str]) -> "Child":
        """Start `argv` (never through a shell). Raises OSError where it cannot be started."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            start_new_session=True,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """The process id, which is the id of its group too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not exited, as far as is known yet."""
        return self._process.returncode is None

    async def exchange(self, lines: Sequence[str]) -> list[str]:
        """Send each line and wait for its answer; as many answers as lines.

        Cancelled half-way, the process is out of step and has to be killed.

        Raises:
            Died: the process is gone, or has closed its output.
            OutOfStep: it wrote more than an answer, or a line beyond `LINE_LIMIT`.
            SystemFailure: it refused the line or its answer is not UTF-8; it is still in step.
        """
        if await self._has_output(within_s=0):
            raise OutOfStep("wrote output that nothing had asked for")
        answers = [await self._exchange_line(line) for line in lines]
        if await self._has_output(within_s=SETTLE_S):
            raise OutOfStep("changed the number of lines: wrote more than it was sent")
        return answers

    async def _exchange_line(self, line: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(line.encode("utf-8") + b"\n")
            await stdin.drain()
            answer = await stdout.readline()
        except ValueError as error:
            raise OutOfStep(f"wrote a line longer than {LINE_LIMIT} bytes") from error
        except (OSError, RuntimeError):  # RuntimeError is uvloop's word for a closed pipe
            raise await self._death() from None
        if not answer.endswith(b"\n"):
            raise await self._death()
        return _decode(answer)

    async def _has_output(self, within_s: float) -> bool:
        assert self._process.stdout is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                return await self._process.stdout.read(1) != b""
        return False

    async def _listen(self) -> None:
        """Keep standard error flowing, and its last words."""
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(65536):
            self._stderr_tail = (self._stderr_tail + chunk)[-_STDERR_TAIL:]

    async def _death(self) -> Died:
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._process.wait()
                await asyncio.shield(self._listening)
        return Died(self.obituary())

    def obituary(self) -> str:
        """How the process ended and the last line it wrote to standard error."""
        status = self._process.returncode
        if status is None:
            end = "closed its output"
        elif status < 0:
            end = f"killed by {signal.Signals(-status).name}"
        else:
            end = f"exited with status {status}"
        words = self._stderr_tail.decode("utf-8", "replace").strip().splitlines()
        last = "".join(filter(str.isprintable, words[-1]))[:300] if words else ""
        return f"{end}: {last}" if last else end

    def kill(self) -> None:
        """Kill the process and its group now; `close` waits until it is gone."""
        # A reaped leader's number may be another process's by now: leave it alone.
        if self.alive:
            self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def close(self, grace_s: float = 1.0) -> None:
        """End the process: end of input, then SIGTERM, then SIGKILL, `grace_s` apart."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self.alive:
            for number in (signal.SIGTERM, signal.SIGKILL):
                if await self._gone(grace_s):
                    break
                self._signal_group(number)
            self._signal_group(signal.SIGKILL)  # for what the leader left behind
        await self._gone(grace_s)
        self._listening.cancel()

    async def _gone(self, grace_s: float) -> bool:
        try:
            async with asyncio.timeout(grace_s):
                await self._leave()
        except TimeoutError:
            return False
        return True

    async def _leave(self) -> None:
        assert self._process.stdout is not None
        # Unread output keeps its pipe open; RuntimeError: an exchange is reading it already.
        with suppress(RuntimeError):
            while await self._process.stdout.read(65536):
                pass
        await self._process.wait()


def _decode(answer: bytes) -> str:
    try:
        text = answer.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise SystemFailure("answered with bytes that are not UTF-8") from error
    if text.startswith(REFUSAL):
        raise SystemFailure(f"refused: {text.removeprefix(REFUSAL)}")
    return text
