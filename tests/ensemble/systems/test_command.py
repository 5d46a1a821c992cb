"""Commands as systems: lockstep with real processes, and every way a process can misbehave."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ensemble.systems import Answer, CommandConfig, CommandSystem, ask
from ensemble.systems.line_protocol import REFUSAL
from tests.waiting import comes_to_an_end, is_running, until

DEADLINE_S = 20.0
SHORT_S = 0.5

UPPER = """
for line in sys.stdin:
    print(line.rstrip("\\n").upper(), flush=True)
"""


def program(body: str) -> tuple[str, ...]:
    return ("{python}", "-S", "-c", "import os, signal, sys, time\n" + body)


def misbehaving(action: str) -> tuple[str, ...]:
    """A program that puts lines in upper case, and runs `action` instead for a line `bad`."""
    return program(
        "for line in sys.stdin:\n"
        "    if line == 'bad\\n':\n"
        f"        {action}\n"
        "    else:\n"
        "        print(line.rstrip('\\n').upper(), flush=True)\n"
    )


def system_of(command: tuple[str, ...], **settings: Any) -> CommandSystem:
    settings = {"cool_down_s": 0.2, "cool_down_max_s": 1, **settings}
    return CommandConfig(name="x", command=command, **settings).system()


def run(system: CommandSystem, scenario: Callable[[CommandSystem], Awaitable[Any]]) -> Any:
    async def whole_life() -> Any:
        await system.start()
        try:
            return await scenario(system)
        finally:
            await system.stop()

    return asyncio.run(whole_life())


async def ask_one(system: CommandSystem, source: str, deadline_s: float = DEADLINE_S) -> Answer:
    return (await ask([system], source, deadline_s))["x"]


async def until_ready(system: CommandSystem) -> None:
    await until(lambda: system.health.state == "ready", DEADLINE_S)


@pytest.mark.parametrize(
    ("source", "corrected"),
    [
        ("one", "ONE"),
        ("", ""),
        ("zwölf 🙂 e\u0301", "ZWÖLF 🙂 E\u0301"),
        ("a\r\nb\n\nc\rd\n", "A\r\nB\n\nC\rD\n"),
        ("word " * 40_000, "WORD " * 40_000),
        ("line\n" * 300, "LINE\n" * 300),
    ],
)
def test_as_many_lines_come_back_with_the_source_s_own_breaks(source: str, corrected: str) -> None:
    answer = run(system_of(program(UPPER)), lambda system: ask_one(system, source))
    assert (answer.text, answer.status) == (corrected, "ok")


def test_the_process_is_kept_alive_between_segments() -> None:
    async def scenario(system: CommandSystem) -> set[int | None]:
        pids = set()
        for _ in range(5):
            await ask_one(system, "a")
            pids.add(system.health.pid)
        return pids

    assert len(run(system_of(program(UPPER)), scenario)) == 1


def test_fifty_concurrent_segments_get_their_own_answers() -> None:
    async def scenario(system: CommandSystem) -> list[Answer]:
        return await asyncio.gather(*(ask_one(system, f"s{i}\nt{i}") for i in range(50)))

    answers = run(system_of(program(UPPER)), scenario)
    assert [answer.text for answer in answers] == [f"S{i}\nT{i}" for i in range(50)]


FAULTS = {
    "dies": ("sys.exit(3)", "exited with status 3"),
    "says why": ("sys.exit('no model')", "exited with status 1: no model"),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
    "dies mid-line": ("os.write(1, b'half an ans'); os._exit(0)", "exited with status 0"),
    "closes its output": ("os.close(1); time.sleep(60)", "closed its output"),
    "floods its output": (
        "while True: os.write(1, b'x\\n' * 4096)",
        "changed the number of lines: wrote more than it was sent",
    ),
    "floods one line": (
        "while True: os.write(1, b'x' * 65536)",
        "wrote a line longer than 1048576 bytes",
    ),
    "two lines for one": (
        "os.write(1, b'one\\n'); os.write(1, b'two\\n')",
        "changed the number of lines: wrote more than it was sent",
    ),
    "not UTF-8": ("os.write(1, b'caf\\xe9\\n')", "answered with bytes that are not UTF-8"),
    "NUL": ("os.write(1, b'a\\0b\\n')", "answered with the control character U+0000"),
    "too long": (
        "os.write(1, b'x' * 5000 + b'\\n')",
        "answered 5000 characters where 1012 are the limit",
    ),
    "refuses": (f"print({REFUSAL!r} + 'not mine', flush=True)", "refused: not mine"),
}


@pytest.mark.parametrize(("action", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_fails_its_segment_and_the_system_comes_back(action: str, reason: str) -> None:
    async def scenario(system: CommandSystem) -> tuple[Answer, Answer]:
        fault = await ask_one(system, "bad")
        await until_ready(system)
        return fault, await ask_one(system, "good")

    fault, healed = run(system_of(misbehaving(action)), scenario)
    assert (fault.text, fault.status, fault.reason) == (None, "failed", reason)
    assert (healed.text, healed.status) == ("GOOD", "ok")


@pytest.mark.parametrize(
    "action",
    [
        "time.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
        "os.write(1, b'half'); time.sleep(60)",
    ],
    ids=["hangs", "ignores SIGTERM", "hangs mid-line"],
)
def test_a_process_that_ran_out_of_time_is_replaced_at_once(action: str) -> None:
    async def scenario(system: CommandSystem) -> tuple[Answer, bool, Answer]:
        pid = system.health.pid
        assert pid is not None
        slow = await ask_one(system, "bad", SHORT_S)
        await until_ready(system)
        return slow, is_running(pid), await ask_one(system, "good")

    slow, still_running, healed = run(system_of(misbehaving(action), cool_down_s=3600), scenario)
    assert (slow.text, slow.status) == (None, "timeout")
    assert not still_running
    assert healed.text == "GOOD"


def test_waiting_for_one_s_turn_in_vain_costs_no_process() -> None:
    async def scenario(system: CommandSystem) -> tuple[Answer, Answer]:
        slow = asyncio.create_task(ask_one(system, "bad"))
        await until(system._turn.locked)
        return await ask_one(system, "a", 0.1), await slow

    command = misbehaving("time.sleep(1); print('AT LAST', flush=True)")
    waited, served = run(system_of(command), scenario)
    assert waited.status == "timeout"
    assert served.text == "AT LAST"


def test_a_killed_process_fails_once_noticed_stays_away_and_heals() -> None:
    async def scenario(system: CommandSystem) -> None:
        assert (await ask_one(system, "a")).status == "ok"
        pid = system.health.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: system.health.state == "failed")
        tasks = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}
        assert "CommandSystem._revive" not in tasks  # nobody asked, so nobody replaces it
        met = await ask_one(system, "a")
        assert (met.status, met.reason) == ("failed", "killed by SIGKILL")
        again = await ask_one(system, "a")
        assert (again.status, again.reason) == ("failed", "killed by SIGKILL")
        await until_ready(system)
        assert system.health.pid != pid
        assert (await ask_one(system, "a")).text == "A"

    run(system_of(program(UPPER), cool_down_s=0.4), scenario)


def test_a_process_killed_and_asked_in_the_same_breath_fails() -> None:
    async def scenario(system: CommandSystem) -> Answer:
        pid = system.health.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        return await ask_one(system, "a")

    assert run(system_of(program(UPPER)), scenario).status == "failed"


def test_the_cool_down_doubles_with_every_loss_up_to_the_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses, revive = [], CommandSystem._revive

    async def at_once(system: CommandSystem, pause_s: float) -> None:
        pauses.append(pause_s)
        await revive(system, 0.0)

    async def scenario(system: CommandSystem) -> None:
        for _ in range(5):
            assert (await ask_one(system, "bad")).status == "failed"
            await until_ready(system)

    monkeypatch.setattr(CommandSystem, "_revive", at_once)
    run(system_of(misbehaving("sys.exit(1)"), cool_down_s=10, cool_down_max_s=60), scenario)
    assert pauses == [10, 20, 40, 60, 60]


def test_standard_error_is_drained_however_much_there_is() -> None:
    command = misbehaving("os.write(2, b'x' * 3_000_000); print('BAD', flush=True)")
    assert run(system_of(command), lambda system: ask_one(system, "bad")).text == "BAD"


def test_output_that_came_after_the_answer_is_not_taken_for_the_next(tmp_path: Path) -> None:
    taken, written = tmp_path / "taken", tmp_path / "written"

    async def scenario(system: CommandSystem) -> tuple[Answer, Answer]:
        first = await ask_one(system, "bad")
        taken.touch()
        await until(written.exists)
        return first, await ask_one(system, "good")

    action = (
        f"print('one', flush=True); _ = [time.sleep(.01) for _ in iter("
        f"lambda: os.path.exists({str(taken)!r}), True)]; "
        f"print('two', flush=True); open({str(written)!r}, 'w').close()"
    )
    first, second = run(system_of(misbehaving(action)), scenario)
    assert first.text == "one"
    assert (second.text, second.reason) == (None, "wrote output that nothing had asked for")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("/no/such/program",), "cannot be started: "),
        (program("sys.exit('harper is missing')"), "exited with status 1: harper is missing"),
    ],
)
def test_a_system_that_does_not_start_says_why_and_fails_fast(
    command: tuple[str, ...], reason: str
) -> None:
    async def scenario(system: CommandSystem) -> Answer:
        assert system.health.state == "failed"
        return await ask_one(system, "a")

    system = system_of(command, cool_down_s=60, cool_down_max_s=60)
    answer = run(system, scenario)
    assert answer.status == "failed"
    assert (answer.reason or "").startswith(reason)


def test_a_system_that_takes_too_long_to_start_is_failed() -> None:
    async def scenario(system: CommandSystem) -> str | None:
        return system.health.reason

    system = system_of(program("time.sleep(60)"), start_timeout_s=0.3)
    assert run(system, scenario) == "not ready within 0.3 s"


def test_a_system_that_was_not_started_fails() -> None:
    answer = asyncio.run(ask_one(system_of(program(UPPER)), "a"))
    assert (answer.status, answer.reason) == ("failed", "stopped")


@pytest.mark.parametrize(
    "body",
    [
        UPPER,
        "print(sys.stdin.readline(), flush=True)\ntime.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(sys.stdin.readline(), end='', flush=True)\ntime.sleep(60)",
        "os.write(1, b'x\\n' * 3_000_000)",
    ],
    ids=["leaves", "stays", "ignores SIGTERM", "floods"],
)
def test_stopping_leaves_no_process_behind(body: str) -> None:
    async def scenario(system: CommandSystem) -> int | None:
        pid = system.health.pid
        await ask_one(system, "a", SHORT_S)
        return pid

    system = system_of(program(body), warm_up=None)
    pid = run(system, scenario)
    assert system.health.state == "stopped"
    assert pid is not None
    assert not is_running(pid)


@pytest.mark.parametrize(
    "last_act", ["time.sleep(60)", "sys.stdin.read()"], ids=["stays", "leaves"]
)
def test_children_of_the_process_go_with_it(tmp_path: Path, last_act: str) -> None:
    marker = tmp_path / "pid"
    body = (
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(marker)!r}, 'w').write(str(child.pid))\n"
        "print(sys.stdin.readline(), end='', flush=True)\n" + last_act
    )

    async def nothing(system: CommandSystem) -> None:
        assert system.health.state == "ready"

    run(system_of(program(body)), nothing)
    assert comes_to_an_end(int(marker.read_text()))


def test_a_stopped_system_can_be_started_again() -> None:
    async def scenario(system: CommandSystem) -> Answer:
        await system.stop()
        await system.start()
        return await ask_one(system, "a")

    assert run(system_of(program(UPPER)), scenario).text == "A"


def test_a_killed_parent_leaves_no_orphan() -> None:
    script = (
        "import asyncio, os, signal, sys\n"
        "from ensemble.systems import CommandConfig\n"
        "async def main():\n"
        f"    system = CommandConfig(name='x', command={program(UPPER)!r}).system()\n"
        "    await system.start()\n"
        "    print(system.health.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )

    parent = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.returncode == -signal.SIGKILL
    assert comes_to_an_end(int(parent.stdout))


@pytest.mark.parametrize("source", ["a\x00b", "a\ud800b"])
def test_a_source_that_cannot_be_sent_costs_no_process(source: str) -> None:
    async def scenario(system: CommandSystem) -> tuple[Answer, Answer]:
        return await ask_one(system, source), await ask_one(system, "good")

    refused, served = run(system_of(program(UPPER)), scenario)
    assert refused.status == "failed"
    assert served.text == "GOOD"


def test_an_empty_command_is_refused() -> None:
    with pytest.raises(ValidationError, match="command"):
        CommandConfig(name="x", command=())


@pytest.mark.parametrize("name", ["", "_x", "a b", "../x", "x" * 65, "é", "a/b", "x\n"])
def test_a_name_that_is_no_safe_file_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="name"):
        CommandConfig(name=name, command=("cat",))


def test_starting_a_system_again_leaves_one_process() -> None:
    async def scenario(system: CommandSystem) -> tuple[int | None, int | None]:
        before = system.health.pid
        await system.start()
        return before, system.health.pid

    before, after = run(system_of(program(UPPER)), scenario)
    assert before is not None
    assert after is not None
    assert before != after
    assert not is_running(before)
    assert not is_running(after)


def test_an_answer_that_is_not_needed_any_more_costs_no_process() -> None:
    async def scenario(system: CommandSystem) -> tuple[int | None, int | None, Answer]:
        before = system.health.pid
        asking = [asyncio.create_task(ask_one(system, text)) for text in ("a", "b", "c")]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        answer = await ask_one(system, "d")
        return before, system.health.pid, answer

    before, after, answer = run(system_of(program(UPPER)), scenario)
    assert before == after
    assert answer.text == "D"
