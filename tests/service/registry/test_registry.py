"""The registry in its database, and the engine it serves: swapped whole, seen by others."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, delete, event
from sqlalchemy.exc import OperationalError

from ensemble.systems.roster import read_roster
from service.core import limits
from service.core.engine import Engine, Query
from service.core.limits import Refused
from service.core.problems import Problem
from service.core.settings import Settings
from service.registry import repository
from service.registry.registry import Registry
from service.store.database import Database
from service.store.tables import aliases, combiners
from tests.raising import raises_code
from tests.trained import SYSTEMS, files
from tests.waiting import until

ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'
OUTPUTS = dict(zip(SYSTEMS, "abb", strict=True))
SAID = {"some": "manifest"}


@pytest.fixture
def make(database: Database, tmp_path: Path) -> Callable[[], tuple[Engine, Registry]]:
    """Make what one process of the service has; all share a database and a folder."""
    roster = tmp_path / "roster.yaml"
    roster.write_text(ROSTER)
    settings = Settings(roster=roster, state=tmp_path / "state", poll_s=0.05)

    def process() -> tuple[Engine, Registry]:
        engine = Engine(read_roster(roster), settings)
        return engine, Registry(database, engine, settings)

    return process


def upload(registry: Registry, believed: str = "able", data: str = "", name: str = "mine") -> int:
    manifest, weights = files(believed, data)
    return registry.register(name, manifest, SAID, weights).version.version


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hot_swaps_under_load_never_mix(make: Callable[[], tuple[Engine, Registry]]) -> None:
    engine, registry = make()
    versions = [upload(registry, believed) for believed in ("able", "bad")]
    swaps, answers, end = 100, [], threading.Event()

    async def load() -> None:
        while not end.is_set():
            with suppress(Refused):
                outcome = await engine.combine(Query("81", OUTPUTS, combiner="mine"))
                answers.append((outcome.version, outcome.signature, outcome.combination.text))
            await asyncio.sleep(0.001)

    async def scenario() -> dict[str, tuple[str, str]]:
        await registry.point("mine", "champion", versions[0], "", {"how": "forced"})
        alone = {}
        for version in versions:
            found = await engine.combine(Query("81", OUTPUTS, combiner=f"mine@{version}"))
            alone[str(version)] = found.signature, found.combination.text
        loads = [asyncio.create_task(load()) for _ in range(2)]
        for number in range(swaps):
            version = versions[(number + 1) % 2]
            await registry.point("mine", "champion", version, "", {"how": "forced"})
        end.set()
        await asyncio.gather(*loads)
        return alone

    alone = asyncio.run(scenario())
    assert len({text for _, text in alone.values()}) == 2
    assert {version for version, _, _ in answers} == {"1", "2"}
    assert len(answers) > swaps
    for version, signature, text in answers:
        assert (signature, text) == alone[version]


def test_another_process_learns_of_it_by_looking(
    make: Callable[[], tuple[Engine, Registry]],
) -> None:
    (_, mine), (engine, theirs) = make(), make()

    async def scenario() -> str:
        await theirs.start()
        await asyncio.to_thread(upload, mine)
        await mine.point("mine", "champion", 1, "", {"how": "forced"})
        async with asyncio.timeout(10):
            while theirs.champion("mine") is None:
                await asyncio.sleep(0.01)
        outcome = await engine.combine(Query("81", OUTPUTS, combiner="mine"))
        await theirs.stop()
        return outcome.version

    assert asyncio.run(scenario()) == "1"


def test_uploads_at_once_have_a_number_each(make: Callable[[], tuple[Engine, Registry]]) -> None:
    _, registry = make()
    uploads = [files(data=str(i)) for i in range(6)]
    found: list[int] = []

    def work(manifest: bytes, weights: bytes) -> None:
        found.append(registry.register("mine", manifest, SAID, weights).version.version)

    threads = [threading.Thread(target=work, args=one) for one in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [1, 2, 3, 4, 5, 6]


def test_of_first_uploads_at_once_one_is_the_champion_for_good(
    make: Callable[[], tuple[Engine, Registry]], database: Database
) -> None:
    registries = [make()[1] for _ in range(3)]  # three processes
    start = threading.Barrier(len(registries))

    def work(registry: Registry, data: str) -> None:
        start.wait(timeout=10)
        upload(registry, data=data)

    threads = [
        threading.Thread(target=work, args=(registry, str(i)))
        for i, registry in enumerate(registries)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        moves = repository.history(connection, "mine")
        assert [row.version for row in repository.versions(connection, "mine")] == [1, 2, 3]
    assert [(move.alias, move.version) for move in moves] == [("champion", 1)]
    for registry in registries:
        asyncio.run(registry.refresh())
        assert registry.champion("mine") is registry.get("mine", 1)


def test_a_name_from_before_first_versions_were_champions(
    make: Callable[[], tuple[Engine, Registry]], database: Database
) -> None:
    engine, registry = make()
    upload(registry)
    upload(registry, data="first", name="yours")
    upload(registry, data="second", name="yours")
    with database.write() as connection:
        connection.execute(delete(aliases))  # as it was stored then

    async def version(name: str) -> str:
        await registry.refresh()
        return (await engine.combine(Query("81", OUTPUTS, combiner=name))).version

    with pytest.raises(Refused, match="mine has no champion; say mine@1, or promote a version"):
        asyncio.run(version("mine"))
    upload(registry)  # the same files again: the only version becomes the champion now
    assert asyncio.run(version("mine")) == "1"
    upload(registry, data="third", name="yours")
    with pytest.raises(Refused, match="yours has no champion; say yours@3 or yours@2 or yours@1"):
        asyncio.run(version("yours"))


def test_a_promotion_won_against_another_than_the_present_champion_is_void(
    make: Callable[[], tuple[Engine, Registry]],
) -> None:
    _, registry = make()
    for data in "ab":
        upload(registry, data=data)

    async def scenario() -> None:
        await registry.point("mine", "champion", 1, "", {"how": "forced"})
        with raises_code("alias-moved", Problem):
            await registry.point("mine", "champion", 2, "", {"how": "tested", "over": 0})
        await registry.point("mine", "champion", 2, "", {"how": "tested", "over": 1})

    asyncio.run(scenario())


def test_a_number_is_never_given_twice_and_the_registry_is_full_one_day(
    make: Callable[[], tuple[Engine, Registry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, registry = make()

    async def scenario() -> None:
        for data in "ab":
            upload(registry, data=data)
        await registry.point("mine", "champion", 2, "", {"how": "forced"})
        await registry.point("mine", "champion", 1, "", {"how": "forced"})
        await registry.remove("mine", 2)
        assert upload(registry, data="c") == 3
        await registry.remove("mine", 3)  # which no alias ever was

    asyncio.run(scenario())
    assert upload(registry, data="b") == 4
    monkeypatch.setattr(limits, "MOST_COMBINERS", 2)
    with raises_code("registry-full", Problem):
        upload(registry, data="d")


def test_what_a_database_that_was_put_back_knows_by_the_same_number_is_offered(
    make: Callable[[], tuple[Engine, Registry]], database: Database
) -> None:
    (_, mine), (engine, theirs) = make(), make()

    async def answer() -> str:
        await theirs.refresh()
        return (await engine.combine(Query("81", OUTPUTS, combiner="mine@1"))).combination.text

    upload(mine, "able")
    assert asyncio.run(answer()) == "a"
    with database.write() as connection:
        connection.execute(delete(combiners))
    upload(mine, "bad")
    assert asyncio.run(answer()) == "b"


def test_files_that_are_gone_are_not_offered_and_hurt_nobody(
    make: Callable[[], tuple[Engine, Registry]], database: Database
) -> None:
    engine, registry = make()
    for name in ("mine", "yours"):
        upload(registry, data=name, name=name)
    with database.read() as connection:
        gone = repository.find(connection, "mine", 1).digest
    (registry.folder / gone / "manifest.json").unlink()
    asyncio.run(registry.refresh())
    assert asyncio.run(engine.combine(Query("81", OUTPUTS, combiner="yours@1"))).version == "1"
    for name in ("mine", "mine@1"):
        with pytest.raises(Refused, match="the files of mine@1 are missing or damaged"):
            asyncio.run(engine.combine(Query("81", OUTPUTS, combiner=name)))


@pytest.fixture
def away(database: Database) -> Iterator[Callable[[], list[str]]]:
    """Take the database away from one that was opened; return the attempts to reach it."""
    engine = database.engine

    def take() -> list[str]:
        attempts: list[str] = []
        database.engine = create_engine("sqlite:////nowhere/at/all.db")
        event.listen(database.engine, "do_connect", lambda *_: attempts.append("in vain"))
        return attempts

    yield take
    database.engine = engine


def test_a_database_that_goes_away_leaves_what_was_loaded(
    make: Callable[[], tuple[Engine, Registry]], away: Callable[[], list[str]]
) -> None:
    engine, registry = make()
    upload(registry)

    async def scenario() -> str:
        await registry.start()
        await registry.refresh()
        attempts = away()
        await until(lambda: len(attempts) > 2)
        outcome = await engine.combine(Query("81", OUTPUTS, combiner="mine@1"))
        await registry.stop()
        return outcome.version

    assert asyncio.run(scenario()) == "1"


AWAY = OperationalError("COMMIT", {}, Exception("away"))


def test_a_version_that_could_not_be_removed_keeps_its_files(
    make: Callable[[], tuple[Engine, Registry]],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, registry = make()
    upload(registry)
    write = database.write

    @contextmanager
    def broken_off() -> Iterator[Connection]:
        with write() as connection:
            yield connection
            raise AWAY

    monkeypatch.setattr(database, "write", broken_off)
    with pytest.raises(OperationalError):
        asyncio.run(registry.remove("mine", 1))
    _, another = make()
    asyncio.run(another.refresh())
    assert another.has("mine", 1)


def test_files_that_are_uploaded_while_they_are_removed_stay(
    make: Callable[[], tuple[Engine, Registry]],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, registry = make()
    upload(registry)
    write = database.write

    @contextmanager
    def then_upload() -> Iterator[Connection]:
        monkeypatch.undo()
        with write() as connection:
            yield connection
        upload(registry, name="yours")

    monkeypatch.setattr(database, "write", then_upload)
    asyncio.run(registry.remove("mine", 1))
    assert registry.has("yours", 1)
    assert kept(registry) == 1
    asyncio.run(registry.remove("yours", 1))
    assert kept(registry) == 0


def kept(registry: Registry) -> int:
    return len(list(registry.folder.iterdir()))


def test_what_is_changed_is_not_denied_where_the_database_goes_away_after_it(
    make: Callable[[], tuple[Engine, Registry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, registry = make()
    for data in "abc":
        upload(registry, data=data)

    def away(_: Registry) -> None:
        raise AWAY

    async def scenario() -> None:
        await registry.refresh()
        with monkeypatch.context() as patch:
            patch.setattr(Registry, "_read", away)
            for version in (1, 2):
                await registry.point("mine", "champion", version, "", {"how": "forced"})
            assert (await registry.roll_back("mine", "champion", "")).version == 1
            await registry.remove("mine", 3)
            assert registry.has("mine", 3)
        await registry.refresh()

    asyncio.run(scenario())
    assert registry.champion("mine") is registry.get("mine", 1)
    assert not registry.has("mine", 3)
