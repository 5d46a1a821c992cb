"""The outputs of systems of a roster, which are asked for them while a dataset is read."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from ensemble.answer_cache import ask_once, digest
from ensemble.systems.ask import Answer, ask_one
from ensemble.systems.base import System, SystemConfig
from ensemble.systems.roster import create_system, read_roster
from evaluation.execution.progress import Progress

_PATIENCE_S = 600.0  # no request waits for a training


def live_outputs(
    roster: Path, names: Sequence[str], sources: Sequence[str], progress: Progress
) -> Mapping[str, Sequence[str]]:
    """Return the output of each named system of a roster for each source.

    Answers are cached by the entry of a system in the roster: a system that changes behind the same
    entry needs another name.

    Raises:
        RosterError: the roster cannot be read.
        ValueError: a system is not in the roster, does not start, or gives no answer.
    """
    entries = {entry.name: entry for entry in read_roster(roster).entries}
    if missing := [name for name in names if name not in entries]:
        known = ", ".join(entries)
        raise ValueError(f"{roster} has no system {missing[0]!r}; there are {known}")
    return {name: _outputs(entries[name], sources, progress) for name in names}


def _outputs(entry: SystemConfig, sources: Sequence[str], progress: Progress) -> list[str]:
    name = f"{entry.name} {digest(repr(entry), 8)}"
    system = create_system(entry)
    with asyncio.Runner() as runner:

        def ask(texts: Sequence[str]) -> list[str]:
            return runner.run(_answers(system, texts, entry.concurrency))

        try:
            return ask_once(name, sources, ask, progress)
        finally:
            runner.run(system.stop())


async def _answers(system: System, texts: Sequence[str], at_once: int) -> list[str]:
    """Return the answer of a system to each text; it is started if it is not ready."""
    if system.health.state != "ready":
        await system.start()
    slot = asyncio.Semaphore(at_once)
    questions = (ask_one(system, text, _PATIENCE_S, slot) for text in texts)
    answers = await asyncio.gather(*questions)
    return [_text(system, *pair) for pair in zip(texts, answers, strict=True)]


def _text(system: System, source: str, answer: Answer) -> str:
    if answer.text is None:
        raise ValueError(f"{system.name}: {answer.reason}; the source was {source[:60]!r}")
    return answer.text
