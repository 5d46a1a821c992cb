"""The laws of a system: every registered kind keeps them, and `check_system` tries one of yours."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from ensemble.systems.ask import Answer, ask
from ensemble.systems.base import System, SystemConfig, SystemFailure

_STATES = ("starting", "ready", "failed", "stopped")
_INTERVAL_S = 0.02
_SHORT_S = 0.1
"""The deadline for a slow source: a system that answers it sooner is not slow."""

_AT_ONCE = 8
"""How many times each source is sent when all are sent at once."""


@dataclass(frozen=True, slots=True)
class SystemCase:
    """A system to check, and the sources that it is asked.

    `make` returns a new system, not started, at each call. `answers` has the right answer of each
    source, or `None` where any text will do. On `slow`, if it is there, the system works for more
    than 0.1 s; on each of `failing` it fails, or gives an answer that is refused.
    """

    make: Callable[[], System]
    answers: Mapping[str, str | None]
    slow: str | None = None
    failing: tuple[str, ...] = ()
    deadline_s: float = 30.0


def check_system(
    system: SystemConfig | Callable[[], System],
    answers: Mapping[str, str | None],
    *,
    slow: str | None = None,
    failing: Iterable[str] = (),
    deadline_s: float = 30.0,
) -> None:
    """Check that a system does what the service relies on.

    It can be started and stopped, twice over; its health says so; it answers each source by its
    own answer, also when asked many things at once; where it cannot answer it raises
    `SystemFailure` and nothing else; and it serves the next source after one that failed, took
    too long or was cancelled.

    Args:
        system: its configuration, or a function that returns a new system each time.
        answers: sources of one line or more, and the answer to each; `None` allows any text.
        slow: a source on which it works for more than 0.1 s; without one, time running out is
            not checked.
        failing: sources on which it fails, or gives an answer that is refused: a text that is far
            too long, has more lines than the source, or is empty.
        deadline_s: how long a start, an answer or a recovery may take.

    Raises:
        AssertionError: naming the law that it breaks.
    """
    make = system.system if isinstance(system, SystemConfig) else system
    case = SystemCase(make, answers, slow, tuple(failing), deadline_s)
    for check in SYSTEM_CHECKS:
        check(case)


def check_new_system_is_stopped(case: SystemCase) -> None:
    """A system that was not started is stopped, and fails when it is asked."""

    async def scenario() -> None:
        system = case.make()
        assert system.name == case.make().name, "two systems of one configuration differ in name"
        assert system.health.state == "stopped", f"a new system is {system.health.state}"
        await _assert_fails(system, next(iter(case.answers)), "before it was started")

    asyncio.run(scenario())


def check_start_and_stop_may_be_repeated(case: SystemCase) -> None:
    """Started twice it serves, stopped twice it is stopped, and it can be started again."""

    async def scenario() -> None:
        system = case.make()
        for _ in range(2):
            await _start(system, case)
            await _start(system, case)
            await _assert_answers(system, case)
            for _ in range(2):
                await _in_time(system.stop(), case, "stop")
                assert system.health.state == "stopped", "it is not stopped after stop"
            await _assert_fails(system, next(iter(case.answers)), "after it was stopped")

    asyncio.run(scenario())


def check_answers(case: SystemCase) -> None:
    """It gives each source its answer, one after the other and again."""

    async def scenario(system: System) -> None:
        await _assert_answers(system, case)
        await _assert_answers(system, case)
        assert system.health.state == "ready", f"it is {system.health.state} after answering"

    _run(case, scenario)


def check_concurrent_answers(case: SystemCase) -> None:
    """Asked many sources at once, it gives each its own answer, in the order of the sources."""

    async def scenario(system: System) -> None:
        sources = list(case.answers) * _AT_ONCE
        answers = await asyncio.gather(*(_ask(system, source, case) for source in sources))
        for source, answer in zip(sources, answers, strict=True):
            _assert_right(source, answer, case)

    _run(case, scenario)


def check_cancelled_at_once(case: SystemCase) -> None:
    """Cancelled as soon as it was asked, it raises only the cancellation and serves the next."""

    async def scenario(system: System) -> None:
        task = asyncio.create_task(system.correct(next(iter(case.answers))))
        await asyncio.sleep(0)
        task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        allowed = (str, SystemFailure, asyncio.CancelledError)
        assert isinstance(outcome, allowed), f"cancelling it raised {outcome!r}"
        await _assert_recovers(system, case, "a cancelled request")

    _run(case, scenario)


def check_source_that_cannot_be_sent(case: SystemCase) -> None:
    """A source with a NUL character is refused, and the next one is served."""

    async def scenario(system: System) -> None:
        answer = await _ask(system, "a\x00b", case)
        assert answer.status == "failed", f"a source with NUL was answered: {answer.text!r}"
        await _assert_answers(system, case)

    _run(case, scenario)


def check_failures(case: SystemCase) -> None:
    """If it cannot answer, it raises SystemFailure with a reason in one line, and recovers."""

    async def scenario(system: System) -> None:
        for source in case.failing:
            answer = await _ask(system, source, case)
            assert answer.status == "failed", f"{source!r} was answered: {answer.text!r}"
            reason = answer.reason or ""
            assert reason.strip(), f"it does not say why it failed on {source!r}"
            assert len(reason.splitlines()) == 1, f"its reason has several lines: {reason!r}"
            await _assert_recovers(system, case, f"the source {source!r}")
            await _assert_only_system_failure(system, source, case)
            await _assert_recovers(system, case, f"the source {source!r}")

    _run(case, scenario)


def check_time_running_out(case: SystemCase) -> None:
    """A source that takes too long is given up at the deadline, and the system recovers."""

    async def scenario(system: System) -> None:
        if case.slow is None:
            return
        answer = (await ask([system], case.slow, _SHORT_S))[system.name]
        assert answer.status == "timeout", f"the slow source came to {answer.status!r}"
        assert system.health.state in _STATES, f"its state is {system.health.state!r}"
        await _assert_recovers(system, case, "a source that took too long")

    _run(case, scenario)


def check_stopping_while_asked(case: SystemCase) -> None:
    """Stopped while it works on a source, it stops in time and can be started again."""

    async def scenario(system: System) -> None:
        source = case.slow if case.slow is not None else next(iter(case.answers))
        task = asyncio.create_task(system.correct(source))
        await asyncio.sleep(0)
        await _in_time(system.stop(), case, "stop")
        assert system.health.state == "stopped", "it is not stopped after stop"
        task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        allowed = (str, SystemFailure, asyncio.CancelledError)
        assert isinstance(outcome, allowed), f"stopping while it was asked raised {outcome!r}"
        await _start(system, case)
        await _assert_recovers(system, case, "being stopped while it was asked")

    _run(case, scenario)


SYSTEM_CHECKS: tuple[Callable[[SystemCase], None], ...] = (
    check_new_system_is_stopped,
    check_start_and_stop_may_be_repeated,
    check_answers,
    check_concurrent_answers,
    check_cancelled_at_once,
    check_source_that_cannot_be_sent,
    check_failures,
    check_time_running_out,
    check_stopping_while_asked,
)
"""All that `check_system` checks, each by itself."""


def _run(case: SystemCase, scenario: Callable[[System], Awaitable[None]]) -> None:
    """Run `scenario` with a started system, and stop it whatever happens."""

    async def whole() -> None:
        system = case.make()
        await _start(system, case)
        try:
            await scenario(system)
        finally:
            await _in_time(system.stop(), case, "stop")

    asyncio.run(whole())


async def _start(system: System, case: SystemCase) -> None:
    await _in_time(system.start(), case, "start")
    health = system.health
    assert health.state == "ready", f"started, it is {health.state}: {health.reason}"


async def _in_time(work: Awaitable[None], case: SystemCase, name: str) -> None:
    try:
        await asyncio.wait_for(work, case.deadline_s)
    except TimeoutError:
        raise AssertionError(f"{name} took longer than {case.deadline_s:g} s") from None


async def _ask(system: System, source: str, case: SystemCase) -> Answer:
    return (await ask([system], source, case.deadline_s))[system.name]


async def _assert_answers(system: System, case: SystemCase) -> None:
    for source in case.answers:
        _assert_right(source, await _ask(system, source, case), case)


def _assert_right(source: str, answer: Answer, case: SystemCase) -> None:
    assert answer.status == "ok", f"{source!r} was not answered: {answer.reason}"
    expected = case.answers[source]
    if expected is not None:
        assert answer.text == expected, f"{source!r} was answered by {answer.text!r}"


async def _assert_fails(system: System, source: str, when: str) -> None:
    try:
        text = await system.correct(source)
    except SystemFailure:
        return
    except Exception as error:
        raise AssertionError(f"asked {when}, it raised {error!r}, not SystemFailure") from error
    raise AssertionError(f"asked {when}, it answered {text!r}")


async def _assert_only_system_failure(system: System, source: str, case: SystemCase) -> None:
    """Assert that a system raises SystemFailure or returns a text, which `ask` would refuse."""
    try:
        await asyncio.wait_for(system.correct(source), case.deadline_s)
    except SystemFailure:
        return
    except Exception as error:
        raise AssertionError(f"on {source!r} it raised {error!r}, not SystemFailure") from error


async def _assert_recovers(system: System, case: SystemCase, after: str) -> None:
    """Wait until the system answers again: some replace a process or wait out a pause first."""
    source = next(iter(case.answers))
    loop = asyncio.get_running_loop()
    end = loop.time() + case.deadline_s
    answer = await _ask(system, source, case)
    while answer.status != "ok" and loop.time() < end:
        await asyncio.sleep(_INTERVAL_S)
        answer = await _ask(system, source, case)
    assert answer.status == "ok", f"it did not recover from {after}: {answer.reason}"
    _assert_right(source, answer, case)
