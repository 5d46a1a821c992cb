"""Ask several systems at once, by a deadline; one that fails never keeps the others' answers."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from ensemble.candidates.answers import is_answer
from ensemble.systems.base import Metered, System, SystemFailure
from ensemble.systems.line_protocol import split_lines
from ensemble.systems.spending import Spent
from ensemble.systems.turn import TURN, Turn, check_wanted

T = TypeVar("T")

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
    """The answer of one system: `text` where the status is "ok", else a `reason`.

    `spent` is its cost, where the system counts it. `finish` is there for an answer to a
    conversation: "length" if it was cut off.
    """

    text: str | None
    status: AnswerStatus
    reason: str | None
    milliseconds: float
    spent: Spent = field(default_factory=Spent)
    finish: Literal["stop", "length"] | None = None


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
    async def call(spent: Spent) -> str:
        check_source(source)
        text = await _corrected(system, source, spent)
        check_answer(source, text)
        return text

    answer, text = await by_deadline(call, deadline_s, turn)
    return answer if text is None else replace(answer, text=text)


async def by_deadline(
    call: Callable[[Spent], Awaitable[T]], deadline_s: float, turn: Turn
) -> tuple[Answer, T | None]:
    """Return the answer to a question of `turn` without its text, and the result of `call`.

    `call` counts its cost. Whatever it raises is the failure of the system, and the result is
    `None`.
    """
    began, spent, token = time.perf_counter(), Spent(), TURN.set(turn)

    def answer(status: AnswerStatus, reason: str | None) -> Answer:
        return Answer(None, status, reason, (time.perf_counter() - began) * 1000, spent)

    try:
        async with asyncio.timeout(deadline_s) as turn.deadline:
            check_wanted()
            result = await call(spent)
    except SystemFailure as failure:
        return answer("failed", failure.reason), None
    except Exception as error:  # the boundary: whatever a system raises is its own failure
        if turn.deadline and turn.deadline.expired():
            return answer("timeout", f"no answer within {deadline_s:g} s"), None
        return answer("failed", SystemFailure(f"{type(error).__name__}: {error}").reason), None
    finally:
        TURN.reset(token)
    return answer("ok", None), result


async def _corrected(system: System, source: str, spent: Spent) -> str:
    if isinstance(system, Metered):
        return await system.correct_counting(source, spent)
    return await system.correct(source)


def check_source(source: str) -> None:
    """Refuse a source that cannot be sent: one with NUL or a lone surrogate.

    Raises:
        SystemFailure: naming the character and where it is.
    """
    if "\x00" in source:
        raise SystemFailure(f"the source has a NUL character at {source.index(chr(0))}")
    if found := _SURROGATE.search(source):
        raise SystemFailure(f"the source has a lone surrogate at {found.start()}")


def check_text(answer: object) -> None:
    """Refuse an answer that is not a text, or one that no encoding can carry.

    Raises:
        SystemFailure: saying which.
    """
    if not isinstance(answer, str):
        raise SystemFailure(f"answered with {type(answer).__name__}, not text")
    if _SURROGATE.search(answer):
        raise SystemFailure("answered with a lone surrogate")


def check_answer(source: str, answer: str) -> None:
    """Refuse rubbish: no text, far too long, stray control characters, lines gained or lost.

    Control characters that the source has too are let through: an echo is not rubbish.

    Raises:
        SystemFailure: saying which.
    """
    check_text(answer)
    if not is_answer(source, answer):
        raise SystemFailure("answered with an empty text")
    longest = LONGEST_ANSWER * len(source) + LENGTH_ALLOWANCE
    if len(answer) > longest:
        raise SystemFailure(f"answered {len(answer)} characters where {longest} are the limit")
    if stray := set(_CONTROL.findall(answer)) - set(source):
        raise SystemFailure(f"answered with the control character U+{ord(min(stray)):04X}")
    sent, received = len(split_lines(source)[0]), len(split_lines(answer)[0])
    if sent != received:
        raise SystemFailure(f"changed the number of lines from {sent} to {received}")
