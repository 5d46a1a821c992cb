"""The answers of a roster's systems to sentences with planted errors, asked side by side."""

import asyncio
import random
from collections.abc import Sequence

from benchmarks.planting import Planted, plant
from benchmarks.prose import sentences
from ensemble.systems import System, ask
from ensemble.systems.roster import Roster
from evaluation.records import Segment

_CLEAN = 8
"""One sentence of this many stays as it is."""


def planted(number: int, size: int) -> list[Planted]:
    """Return `size` sentences of set `number`, errors planted in most of them."""
    generator = random.Random(number)
    return [
        plant(text, generator) if k % _CLEAN else Planted(text, text, ())
        for k, text in enumerate(sentences(number, size, seed=number))
    ]


def answers(roster: Roster, sources: Sequence[str]) -> list[Segment]:
    """Return what each system of `roster` answers to each of `sources`.

    Systems are asked side by side and never wait for each other: a slow one holds up the end.
    """
    return asyncio.run(_answers(roster.systems(), sources))


async def _answers(systems: Sequence[System], sources: Sequence[str]) -> list[Segment]:
    await asyncio.gather(*(system.start() for system in systems))
    try:
        columns = await asyncio.gather(*(_of_one(system, sources) for system in systems))
    finally:
        await asyncio.gather(*(system.stop() for system in systems))
    names = [system.name for system in systems]
    return [
        Segment(source, dict(zip(names, row, strict=True)))
        for source, row in zip(sources, zip(*columns, strict=True), strict=True)
    ]


async def _of_one(system: System, sources: Sequence[str]) -> list[str | None]:
    answers = [await ask([system], source, deadline_s=30) for source in sources]
    return [answer[system.name].text for answer in answers]
