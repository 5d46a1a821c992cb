"""The engine: who is asked, where the work is done, and what is turned away."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.neural.combiner import Neural
from ensemble.decoding.decode import Combination
from ensemble.systems.roster import read_roster
from ensemble.targets import from_references
from ensemble.training.artefact import Record, write
from evaluation.records import DataError, Segment
from service.core import engine as module
from service.core.admission import Busy
from service.core.admission.segments import work_of
from service.core.engine import Engine, Outcome, Query
from service.core.limits import Refused
from service.core.settings import Settings
from tests import trained
from tests.raising import raises_code

T = TypeVar("T")

ROSTER = f"""
version: 1
systems:
  - {{name: upper, callable: "builtins:str.upper"}}
  - {{name: lower, callable: "builtins:str.lower", weight: 3}}
  - name: wordy
    warm_up: null
    command: ["{sys.executable}", "-uc", "while input(): print('x' * 3000)"]
"""

SHORT = Query("one", {"a": "two", "b": "two", "c": None})
REWRITTEN = " ".join(f"a{i} c{i}" for i in range(400))
LONG = Query(REWRITTEN.replace("c", "b"), {"a": REWRITTEN, "b": REWRITTEN})


def units(engine: Engine, query: Query) -> int:
    """The estimated work of a query whose outputs it has."""
    segment = Segment(query.source, query.outputs or {})
    return asyncio.run(work_of(segment, "edits", engine.vote))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Engine]:
    path = tmp_path / "roster.yaml"
    path.write_text(ROSTER)

    def engine(**settings: object) -> Engine:
        return Engine(read_roster(path), Settings(roster=path, **settings))

    return engine


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads that combined, in turn."""
    used = []
    combine = module.combine_segment

    def recorded(*asked: object) -> Combination:
        used.append(threading.current_thread())
        return combine(*asked)

    monkeypatch.setattr(module, "combine_segment", recorded)
    return used


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no combination end within the context."""
    end = threading.Event()
    combine = module.combine_segment

    def waiting(*asked: object) -> Combination:
        end.wait(10)
        return combine(*asked)

    monkeypatch.setattr(module, "combine_segment", waiting)
    try:
        yield
    finally:
        end.set()


def running(engine: Engine, scenario: Callable[[], Awaitable[T]]) -> T:
    """Run `scenario` while the systems of `engine` are ready."""

    async def run() -> T:
        await engine.start()
        try:
            while any(m.system.health.state != "ready" for m in engine.members.values()):
                await asyncio.sleep(0.01)
            return await scenario()
        finally:
            await engine.stop()

    return asyncio.run(run())


def test_starting_does_not_wait_and_stopping_does(make: Callable[..., Engine]) -> None:
    engine = make()

    async def scenario() -> tuple[list[str], list[str]]:
        await engine.start()
        begun = [member.system.health.state for member in engine.members.values()]
        await engine.stop()
        return begun, [member.system.health.state for member in engine.members.values()]

    begun, ended = asyncio.run(scenario())
    assert "ready" not in begun
    assert set(ended) == {"stopped"}


def test_an_example_of_each_kind_is_combined_before_a_system_can_be_ready(
    make: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, kinds = make(), []
    combine = module.combine_segment

    def recorded(segment: Segment, kind: str, *rest: object) -> object:
        kinds.append(kind)
        assert all(m.system.health.state == "stopped" for m in engine.members.values())
        return combine(segment, kind, *rest)

    monkeypatch.setattr(module, "combine_segment", recorded)

    async def scenario() -> None:
        await engine.start()
        await engine.stop()

    asyncio.run(scenario())
    assert kinds == ["edits", "texts", "labels"]


def test_short_texts_are_combined_on_the_loop(
    make: Callable[..., Engine], threads: list[threading.Thread]
) -> None:
    outcome = asyncio.run(make().combine(SHORT))
    assert outcome.combination.text == "two"
    assert outcome.degraded
    assert threads == [threading.main_thread()]


def test_long_texts_are_combined_in_a_process(make: Callable[..., Engine]) -> None:
    engine = make(deadline_s=60)  # a process takes seconds to start where others want the cores
    outcome = asyncio.run(engine.combine(LONG))
    assert outcome.combination.text == REWRITTEN
    (process,) = [worker for worker in engine._workers._idle if worker.is_running]
    process.close()


def test_work_past_the_deadline_is_not_gone_on_with(make: Callable[..., Engine]) -> None:
    engine = make(deadline_s=0.01)  # a process does not even start in this time
    with pytest.raises(TimeoutError):
        asyncio.run(engine.combine(LONG))
    assert engine.queued == 0
    assert not any(worker.calling for worker in engine._workers._idle)


def test_work_that_cannot_be_sent_to_a_process_is_done_in_a_thread(
    make: Callable[..., Engine], threads: list[threading.Thread]
) -> None:
    outcome = asyncio.run(make().combine(LONG))
    assert outcome.combination.text == REWRITTEN
    assert [thread.name for thread in threads] == ["combine_0"]


def test_where_it_is_done_changes_nothing(
    make: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    inline = asyncio.run(make().combine(SHORT))
    monkeypatch.setattr(module, "INLINE", 0)
    assert asyncio.run(make().combine(SHORT)) == inline


def test_refused_while_as_much_is_combined_as_may_be(
    make: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = units(make(), LONG)
    engine = make(queue_characters=2 * work)

    async def scenario() -> None:
        with held(monkeypatch):
            under_way = [asyncio.create_task(engine.combine(LONG)) for _ in range(2)]
            while engine.queued < 2 * work:
                await asyncio.sleep(0)
            with pytest.raises(Busy):
                await engine.combine(LONG)
        await asyncio.gather(*under_way)
        assert (await engine.combine(LONG)).combination.text == REWRITTEN

    asyncio.run(scenario())


def test_a_patient_one_waits_for_its_turn(
    make: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make(queue_characters=9)
    work = units(engine, LONG)

    async def scenario() -> None:
        with held(monkeypatch):
            under_way = asyncio.create_task(engine.combine(LONG))
            while not engine.queued:
                await asyncio.sleep(0)
            with pytest.raises(Busy):
                await engine.combine(LONG)
            waiting = asyncio.create_task(engine.combine(replace(LONG, queue_if_busy=True)))
            await asyncio.sleep(0.02)
            assert not waiting.done()
            assert engine.may_have_room(9)  # for short texts
            assert engine.queued == work
        await under_way
        assert (await waiting).combination.text == REWRITTEN
        assert engine.queued == 0

    asyncio.run(scenario())


def test_all_who_have_come_are_counted_before_one_is_worked_on(make: Callable[..., Engine]) -> None:
    engine = make(queue_characters=20)  # two of them

    async def scenario() -> list[object]:
        turns = (engine.combine(SHORT) for _ in range(5))
        return await asyncio.gather(*turns, return_exceptions=True)

    outcomes = asyncio.run(scenario())
    assert [isinstance(outcome, Busy) for outcome in outcomes] == [False] * 2 + [True] * 3


def test_who_waits_has_a_deadline_too(make: Callable[..., Engine]) -> None:
    engine = make(queue_characters=9, deadline_s=0.05)

    async def scenario() -> None:
        with engine._gates.of(9).enter(9), pytest.raises(TimeoutError):
            await engine.combine(replace(SHORT, queue_if_busy=True))

    asyncio.run(scenario())


def test_a_patient_one_waits_for_its_turn_to_ask(make: Callable[..., Engine]) -> None:
    engine = make(asking_at_once=1)
    query = Query("One", systems=["upper", "lower"])

    async def scenario() -> Outcome:
        with engine.asking.enter():
            with pytest.raises(Busy):
                await engine.combine(query)
            waiting = asyncio.create_task(engine.combine(replace(query, queue_if_busy=True)))
            await asyncio.sleep(0.02)
            assert not waiting.done()
        return await waiting

    assert not running(engine, scenario).degraded


def test_a_burst_waits_for_its_turn_and_what_is_beyond_it_is_refused(
    make: Callable[..., Engine],
) -> None:
    engine = make(asking_at_once=2)
    query = Query("One", systems=["upper", "lower"])

    async def scenario() -> list[Outcome | BaseException]:
        burst = (engine.combine(query) for _ in range(5))
        return await asyncio.gather(*burst, return_exceptions=True)

    answers = running(engine, scenario)
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(refusal) for refusal in refused] == [Busy]
    assert len(answers) - len(refused) == 4


def test_who_waits_for_a_turn_to_ask_has_the_time_of_a_batch(make: Callable[..., Engine]) -> None:
    engine = make(asking_at_once=1, batch_deadline_s=0.05)

    async def scenario() -> None:
        with engine.asking.enter(), pytest.raises(TimeoutError):
            await engine.combine(Query("One", systems=["upper", "lower"], queue_if_busy=True))

    asyncio.run(scenario())


def test_combining_has_a_deadline(
    make: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        with held(monkeypatch), pytest.raises(TimeoutError):
            await make(deadline_s=0.05).combine(LONG)

    asyncio.run(scenario())


def test_answer_that_is_too_long_is_the_failure_of_its_system(
    make: Callable[..., Engine],
) -> None:
    engine = make()
    query = Query("word " * 600, systems=["upper", "wordy"])
    outcome = running(engine, lambda: engine.combine(query))
    wordy = outcome.results["wordy"]
    assert (wordy.status, wordy.text) == ("failed", None)
    assert wordy.reason == "its answer has a token of 3001 characters; the limit is 1000"
    assert outcome.results["upper"].status == "ok"


def test_weights_count_for_systems_that_are_asked(make: Callable[..., Engine]) -> None:
    engine = make()
    query = Query("One", systems=["upper", "lower"])
    outcome = running(engine, lambda: engine.combine(query))
    assert {name: result.weight for name, result in outcome.results.items()} == {
        "upper": 1.0,
        "lower": 3.0,
    }
    assert "lower=3" in outcome.combiner.signature


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (Query("one", {"a": "one", "b": "one"}, combiner="best"), ("combiner",)),
        (Query("one", {"a": "one", "b": "one"}, kind="labels", combiner="mbr"), ("kind",)),
        (Query("one", systems=["upper", "nobody"]), ("systems", 1)),
        (Query("word " * 5000, systems=["upper", "lower"]), ("source",)),
        (Query("word " * 5000, {"a": "one", "b": "one"}), ("source",)),
        (Query("one", {"a": "one", "b": "word " * 5000}), ("outputs", "b")),
    ],
)
def test_refusals_lead_to_what_is_wrong(
    make: Callable[..., Engine], query: Query, path: tuple[str | int, ...]
) -> None:
    with pytest.raises(Refused) as refusal:
        asyncio.run(make().combine(query))
    assert refusal.value.path == path


@pytest.fixture(scope="module")
def combiner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a combiner for labels that has learnt to believe `able` alone."""
    sources = list(map(str, range(80)))
    segments = [
        Segment(source, {"able": "ab"[i % 2], "poor": "ab"[i % 3 % 2], "bad": "ba"[i % 2]})
        for i, source in enumerate(sources)
    ]
    ballots = list(collect_all(segments, "labels"))
    targets = from_references(ballots, [["ab"[i % 2]] for i in range(len(sources))])
    folder = tmp_path_factory.mktemp("trained") / "combiner"
    write(folder, Neural.learn(ballots, targets), Record("data", {}, []))
    return folder


@pytest.mark.slow
def test_a_trained_combiner_answers_as_trained_and_neural_is_the_one_without_labels(
    make: Callable[..., Engine], combiner: Path
) -> None:
    outputs = {"able": "a", "poor": "b", "bad": "b"}
    engine = make(combiner=combiner)
    outcome = asyncio.run(engine.combine(Query("81", outputs, combiner="trained")))
    assert outcome.combination.text == "a"
    assert outcome.kind == "labels"
    assert outcome.signature.startswith("neural|artefact:")
    untrained = Query("81", outputs, kind="labels", combiner="neural")
    for service in (engine, make()):
        plain = asyncio.run(service.combine(untrained))
        assert (plain.combination.text, plain.combination.calibrated) == ("b", False)
        assert plain.signature.startswith("neural|artefact:untrained")
    with raises_code("unknown-combiner", Refused):
        asyncio.run(make().combine(Query("81", outputs, combiner="trained")))


def test_it_combines_the_kind_it_was_trained_for(
    make: Callable[..., Engine], combiner: Path
) -> None:
    query = Query("81", {"able": "a", "bad": "b"}, kind="edits", combiner="trained")
    with raises_code("unsupported-kind", Refused):
        asyncio.run(make(combiner=combiner).combine(query))


def test_a_folder_that_holds_no_combiner_is_named(
    make: Callable[..., Engine], tmp_path: Path
) -> None:
    with raises_code("file-unreadable", DataError):
        make(combiner=tmp_path)


def test_a_combiner_that_does_not_work_here_is_refused_at_the_start(
    make: Callable[..., Engine], tmp_path: Path
) -> None:
    good = trained.combiner("able")
    assert good.learnt
    columns = tuple(f"c{i}" for i, _ in enumerate(good.learnt.columns))
    write(tmp_path / "typed", replace(good, types="errant"), Record("", {}, []))
    learnt = replace(good.learnt, columns=columns)
    write(tmp_path / "old", replace(good, learnt=learnt), Record("", {}, []))
    for folder, part in (("typed", "manifest"), ("old", "weights")):
        with raises_code("damaged-artefact") as error:
            make(combiner=tmp_path / folder)
        assert str(error.value).startswith(f"{tmp_path / folder}: the {part}: ")
