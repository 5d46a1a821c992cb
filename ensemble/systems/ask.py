"""Ask several systems at once, by a deadline; one that fails never keeps the others' answers."""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal

from ensemble.candidates.answers import is_answer
from ensemble.systems.base import System, SystemFailure
from ensemble.systems.line_protocol import split_lines
from ensemble.systems.turn import TURN, Turn, check_wanted

LONGEST_ANSWER = 4
"""An answer may have this many times the characters of its source, and `LENGTH_ALLOWANCE` more."""

LENGTH_ALLOWANCE = 1000

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


AnswerStatus = Literal["ok", "failed", "timeout", "late", "not asked"]
"""Status of an answer: `late` where it was not waited for, `not asked` where it was not needed."""

_unfinished: set[asyncio.Task["Answer"]] = set()
"""Answers that nothing waits for any more; without a reference, a task may not run to its end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one system: `text` where the status is "ok", else a `reason`."""

    text: str | None
    status: AnswerStatus
    reason: str | None
    milliseconds: float


async def ask(
    systems: Iterable[System],
    source: str,
    deadline_s: float,
    slots: Mapping[str, asyncio.Semaphore] | None = None,
) -> dict[str, Answer]:
    """Put `source` to every system at once; their answers by name, in the order of `systems`.

    Returns within about `deadline_s` seconds and raises for no failing system. A system that is
    named in `slots` is asked as soon as one of its slots is free; its time counts from then.
    """
    systems = list(systems)
    free = slots or {}
    turns = (ask_one(system, source, deadline_s, free.get(system.name)) for system in systems)
    answers = await asyncio.gather(*turns)
    return {system.name: answer for system, answer in zip(systems, answers, strict=True)}


async def ask_one(
    system: System, source: str, deadline_s: float, slot: asyncio.Semaphore | None = None
) -> Answer:
    """Return the answer of one system, as soon as `slot` is free.

    Cancelled, it returns at once. The request to an endpoint is cancelled too. Other systems would
    lose their process or thread: they finish, and keep their slot until then, unless they have not
    begun.
    """
    turn = Turn(TURN.get())
    if getattr(system, "can_be_cancelled", False):
        async with slot or nullcontext():
            return await _answer(system, source, deadline_s, turn)
    if slot:
        await slot.acquire()
    answering = asyncio.create_task(_answer(system, source, deadline_s, turn))
    _unfinished.add(answering)
    answering.add_done_callback(_unfinished.discard)
    if slot:
        answering.add_done_callback(lambda _: slot.release())
    try:
        return await asyncio.shield(answering)
    except asyncio.CancelledError:
        turn.is_abandoned = True
        raise


async def _answer(system: System, source: str, deadline_s: float, turn: Turn) -> Answer:
    began, token = time.perf_counter(), TURN.set(turn)

    def answer(status: AnswerStatus, text: str | None, reason: str | None) -> Answer:
        return Answer(text, status, reason, (time.perf_counter() - began) * 1000)

    try:
        async with asyncio.timeout(deadline_s) as turn.deadline:
            check_wanted()
            check_source(source)
            text = await system.correct(source)
            check_answer(source, text)
    except SystemFailure as failure:
        return answer("failed", None, failure.reason)
    except Exception as error:  # the boundary: whatever a system raises is its own failure
        if turn.deadline and turn.deadline.expired():
            return answer("timeout", None, f"no answer within {deadline_s:g} s")
        return answer("failed", None, SystemFailure(f"{type(error).__name__}: {error}").reason)
    finally:
        TURN.reset(token)
    return answer("ok", text, None)


def check_source(source: str) -> None:
    """Refuse a source that cannot be sent: one with NUL or a lone surrogate.

    Raises:
        SystemFailure: naming the character and where it is.
    """
    if "\x00" in source:
        raise SystemFailure(f"the source has a NUL character at {source.index(chr(0))}")
    if found := _SURROGATE.search(source):
        raise SystemFailure(f"the source has a lone surrogate at {found.start()}")


def check_answer(source: str, answer: str) -> None:
    """Refuse rubbish: no text, far too long, stray control characters, lines gained or lost.

    Control characters that the source has too are let through: an echo is not rubbish.

    Raises:
        SystemFailure: saying which.
    """
    if not isinstance(answer, str):
        raise SystemFailure(f"answered with {type(answer).__name__}, not text")
    if not is_answer(source, answer):
        raise SystemFailure("answered with an empty text")
    longest = LONGEST_ANSWER * len(source) + LENGTH_ALLOWANCE
    if len(answer) > longest:
        raise SystemFailure(f"answered {len(answer)} characters where {longest} are the limit")
    if _SURROGATE.search(answer):
        raise SystemFailure("answered with a lone surrogate")
    if stray := set(_CONTROL.findall(answer)) - set(source):
        raise SystemFailure(f"answered with the control character U+{ord(min(stray)):04X}")
    sent, received = len(split_lines(source)[0]), len(split_lines(answer)[0])
    if sent != received:
        raise SystemFailure(f"changed the number of lines from {sent} to {received}")
