"""The systems of the service's roster: started and stopped together, asked side by side."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ensemble.combiners.base import Combiner
from ensemble.systems import System, ask
from ensemble.systems.registry import kind_of
from ensemble.systems.roster import Roster
from service.core.limits import Gate, Refused, check_text
from service.core.query import Query, Voice
from service.core.settings import Settings

_PLACE_S = 0.05
"""How often a patient query looks for room: systems take as long as they take."""


@dataclass(frozen=True, slots=True)
class Member:
    """A system of the ensemble, and what its voice weighs."""

    system: System
    kind: str
    weight: float


class Members:
    """Holds the systems, by name, and asks them for as many queries at once as `asking` lets in."""

    def __init__(self, roster: Roster, settings: Settings) -> None:
        self.by_name: Mapping[str, Member] = {
            entry.name: Member(entry.system(), kind_of(entry).name, entry.weight)
            for entry in roster.entries
        }
        self.asking = Gate(settings.asking_at_once)
        self._deadline_s = settings.deadline_s
        self._patience_s = settings.batch_deadline_s
        self._starting: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Have all systems start, side by side, and do not wait for them."""
        self._starting = {
            name: asyncio.create_task(member.system.start())
            for name, member in self.by_name.items()
        }

    async def stop(self) -> None:
        """Stop all systems, those that are still starting too."""
        tasks = self._starting.values()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(member.system.stop() for member in self.by_name.values()))

    def chosen(self, query: Query) -> Sequence[str]:
        """Return the systems to ask: those named, or all where nothing is named or given.

        Raises:
            Refused: a system is not known, or there is none and nothing is given.
        """
        if query.systems is None and query.outputs is None:
            if not self.by_name:
                raise Refused([], "needs outputs: this service has no systems to ask")
            return list(self.by_name)
        chosen = query.systems or ()
        for place, name in enumerate(chosen):
            if name not in self.by_name:
                there_are = ", ".join(self.by_name)
                raise Refused(["systems", place], f"{name!r} is not known; there are {there_are}")
        return chosen

    async def ask(self, query: Query, names: Sequence[str], combiner: Combiner) -> dict[str, Voice]:
        """Return what each system makes of the source, weighed as `combiner` weighs it.

        Raises:
            Busy: systems are being asked for as many queries as may be; a patient one waits.
            TimeoutError: a patient one waited for as long as a whole batch may take.
        """
        if query.patient:
            # Apart from the systems' time: what others take of it is no fault of theirs.
            async with asyncio.timeout(self._patience_s):
                await self.asking.room(1, _PLACE_S)
        with self.asking.enter():
            await self._wait_for_the_first_start(names)
            systems = [self.by_name[name].system for name in names]
            answers = await ask(systems, query.source, self._deadline_s)
        return {
            name: _bounded(Voice(a.status, combiner.weight(name), a.milliseconds, a.text, a.reason))
            for name, a in answers.items()
        }

    async def _wait_for_the_first_start(self, names: Sequence[str]) -> None:
        """Let systems that are only just starting finish: an early query wants them too."""
        pending = [self._starting[name] for name in names if name in self._starting]
        if not all(task.done() for task in pending):
            await asyncio.wait(pending, timeout=self._deadline_s)


def _bounded(voice: Voice) -> Voice:
    """Count an answer that is too long to combine as the system's failure."""
    try:
        check_text(voice.text or "", [])
    except Refused as refusal:
        reason = f"its answer {refusal.detail}"
        return replace(voice, status="failed", text=None, reason=reason)
    return voice
