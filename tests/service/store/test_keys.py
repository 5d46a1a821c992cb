"""Keys: made, kept as digests, revoked elsewhere, and valid while the database is away."""

import asyncio
import json
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from service.cli.app import app
from service.store import keys
from service.store.database import Database
from service.store.keys import KeyStore, KeysUnavailable
from service.store.tables import keys as table
from tests.raising import raises_code
from tests.waiting import until


def test_what_is_kept_does_not_tell_the_key(database: Database) -> None:
    key, text = keys.create(database, "a", ["combine", "read"], None)
    with database.read() as connection:
        [row] = connection.execute(select(table)).all()
    assert text.startswith(f"consort_{key.id}_")
    assert text.removeprefix(f"consort_{key.id}_") not in str(row)
    assert len(text) >= 8 + 16 + 1 + 43
    assert row.scopes == ["read", "combine"]
    assert keys.every(database) == [key]


def test_two_keys_differ(database: Database) -> None:
    made = {keys.create(database, "a", ["read"], None)[1] for _ in range(5)}
    assert len(made) == 5


def test_revoked_elsewhere_it_opens_nothing_a_moment_later(database: Database) -> None:
    key, text = keys.create(database, "a", ["read"], None)

    async def scenario() -> None:
        store = KeyStore(database, 0.05)
        with pytest.raises(KeysUnavailable):
            store.holder(text)
        await store.refresh()
        await store.start()
        assert store.holder(text) == key
        assert store.holder(text + "a") is None
        assert store.holder("") is None
        assert await asyncio.to_thread(keys.revoke, database, key.id)
        await until(lambda: store.holder(text) is None)
        await store.stop()

    asyncio.run(scenario())
    assert not keys.revoke(database, "nobody")


def test_who_read_before_a_revocation_and_is_late_does_not_undo_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, text = keys.create(database, "a", ["read"], None)
    has_read, may_go, read = threading.Event(), threading.Event(), keys.every

    def late(opened: Database) -> list[keys.Key]:
        monkeypatch.setattr(keys, "every", read)
        found = read(opened)
        has_read.set()
        may_go.wait(4)
        return found

    async def scenario() -> None:
        store = KeyStore(database, 1)
        monkeypatch.setattr(keys, "every", late)
        polled = asyncio.create_task(store.refresh())
        await asyncio.to_thread(has_read.wait)
        keys.revoke(database, key.id)
        after = asyncio.create_task(store.refresh())
        await asyncio.wait({after}, timeout=0.5)
        may_go.set()
        await asyncio.gather(polled, after)
        assert store.holder(text) is None

    asyncio.run(scenario())


def test_an_expired_key_opens_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    key, text = keys.create(database, "a", ["read"], 1)
    store = KeyStore(database, 1)
    asyncio.run(store.refresh())
    assert store.holder(text) == key
    assert key.expires_at is not None
    monkeypatch.setattr(time, "time", lambda: key.expires_at)
    assert store.holder(text) is None


def test_known_keys_stay_valid_while_the_database_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, text = keys.create(database, "a", ["read"], None)

    asked = []

    def away(_: Database) -> list[keys.Key]:
        asked.append("in vain")
        raise OperationalError("select", {}, Exception("away"))

    async def scenario() -> None:
        store = KeyStore(database, 0.01)
        await store.refresh()
        monkeypatch.setattr(keys, "every", away)
        await store.start()
        await until(lambda: len(asked) > 2)
        assert store.holder(text) == key
        await store.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "scopes", "days", "code"),
    [
        ("", ["read"], None, "out-of-range"),
        ("a" * 65, ["read"], None, "out-of-range"),
        ("a\n", ["read"], None, "out-of-range"),
        ("a", ["all"], None, "unknown-name"),
        ("a", [], None, "missing-input"),
        ("a", ["read"], 0, "out-of-range"),
        ("a", ["read"], float("nan"), "out-of-range"),
    ],
)
def test_keys_that_are_not_made(
    tmp_path: Path, name: str, scopes: list[str], days: float | None, code: str
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with raises_code(code):
        keys.create(database, name, scopes, days)


def test_the_command_line_makes_lists_and_revokes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSORT_STATE", str(tmp_path))
    run = CliRunner().invoke
    made = run(app, ["key", "create", "bot", "--scope", "read", "--scope", "train", "--json"])
    assert made.exit_code == 0, made.output
    key = json.loads(made.stdout)
    assert key["scopes"] == ["read", "train"]
    assert key["key"].startswith("consort_")
    listed = run(app, ["key", "list"])
    assert f"{key['id']}  valid    no expiry  read,train" in listed.stdout
    assert key["key"] not in listed.stdout
    assert run(app, ["key", "revoke", key["id"]]).exit_code == 0
    assert "revoked" in run(app, ["key", "list"]).stdout
    unknown = run(app, ["key", "revoke", "nobody"])
    assert unknown.exit_code == 2
    assert run(app, ["key", "create", "bot", "--scope", "everything"]).exit_code == 2
