"""Feedback of a database from before counts were kept: the counts are those of its rows."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, Table, insert, select, text

from service.feedback import counts, records, windows
from service.feedback.competence import MOST_SYSTEMS
from service.feedback.drift import WINDOW, Block
from service.feedback.records import Judged
from service.feedback.windows import MOST_WINDOWS
from service.store import database as store
from service.store.database import Database

DAY_S = 86_400

Rows = dict[str, list[dict[str, Any]]]

# The queries of revision 0001, which read every row.
TALLIES = """
SELECT day, owner, system, type, accepted, count(*)
FROM feedback JOIN feedback_edits ON feedback_edits.feedback = feedback.id
WHERE retracted_at IS NULL GROUP BY owner, day, system, type, accepted
"""
BLOCKS = f"""
SELECT system, block, count(*), sum(accepted) FROM (
    SELECT system, CASE WHEN accepted THEN 1 ELSE 0 END AS accepted, (row_number() OVER (
        PARTITION BY system ORDER BY received_at, feedback.id, place) - 1) / {WINDOW} AS block
    FROM feedback JOIN feedback_edits ON feedback_edits.feedback = feedback.id
    WHERE retracted_at IS NULL
) AS numbered GROUP BY system, block ORDER BY system, block
"""


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the first migration only."""
    folder = tmp_path / "migrations"
    shutil.copytree(store._MIGRATIONS, folder)
    for path in (folder / "versions").glob("*.py"):
        if not path.name.startswith("0001"):
            path.unlink()
    return folder


@pytest.fixture
def opened(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def old(database: Database, first: Path, rows: Rows) -> None:
    """Leave nothing in the database but these rows, as of revision 0001."""
    found = MetaData()
    with database.write() as connection:
        found.reflect(connection)
        found.drop_all(connection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_MIGRATIONS", first)
        database.migrate()
    known = MetaData()
    with database.write() as connection:
        for name, of_table in rows.items():
            table = Table(name, known, autoload_with=connection)
            if of_table:
                connection.execute(insert(table), of_table)


def made(seed: int, n: int, systems: int = 4, most: int = 9) -> Rows:
    """Return random feedback: many on few systems, of few owners and days, some retracted."""
    chance = random.Random(seed)
    names = [f"s{i}" for i in range(systems)]
    rows: Rows = {"feedback": [], "feedback_edits": []}
    for _ in range(n):
        id_ = UUID(int=chance.getrandbits(128)).hex
        at = float(chance.randint(0, 4 * DAY_S)) // 1000 * 1000  # several at once
        rows["feedback"].append(
            {"id": id_, "received_at": at, "day": int(at // DAY_S), "owner": chance.choice("kl"),
             "retracted_at": chance.choice([None, None, at + 1])}
        )  # fmt: skip
        rows["feedback_edits"] += [
            {"feedback": id_, "place": place, "system": system, "accepted": chance.random() < 0.6,
             "type": chance.choice(["text", "R:SPELL"])}
            for place in range(chance.randint(1, most))
            for system in chance.sample(names, chance.randint(1, min(3, systems)))
        ]  # fmt: skip
    return rows


def old_answers(database: Database) -> tuple[dict[Any, int], dict[str, list[Block]]]:
    """Return what the old queries gave."""
    with database.read() as connection:
        tallies = {tuple(row[:5]): row[5] for row in connection.execute(text(TALLIES))}
        blocks: dict[str, list[Block]] = {}
        for system, _, judged, good in connection.execute(text(BLOCKS)):
            blocks.setdefault(system, []).append(Block(judged, int(good)))
    return {(*key[:4], bool(key[4])): n for key, n in tallies.items()}, blocks


def new_answers(database: Database) -> tuple[dict[Any, int], dict[str, list[Block]]]:
    """Return the same from the counts."""
    tallies: dict[Any, int] = {}
    with database.read() as connection:
        for change in counts.changes(connection, 0, 0):
            for cell, votes in change.cells.items():
                for accepted, n in zip((True, False), votes, strict=True):
                    tallies[change.day, change.owner, *cell, accepted] = n
        return {key: n for key, n in tallies.items() if n}, windows.blocks(connection)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), n=st.integers(0, 60))
def test_old_feedback_is_counted(opened: Database, first: Path, seed: int, n: int) -> None:
    old(opened, first, made(seed, n))
    expected = old_answers(opened)
    opened.migrate()
    assert new_answers(opened) == expected


def test_old_feedback_is_retracted_as_new(opened: Database, first: Path) -> None:
    rows = made(1, 80)
    old(opened, first, rows)
    opened.migrate()
    with opened.write() as connection:
        later = records.add(connection, "k", [Judged("text", ["s0", "s1"], True)], 3.0 * DAY_S)
        for row in rows["feedback"]:
            records.retract(connection, row["id"], row["owner"])
    tallies, blocks = new_answers(opened)
    assert tallies == {(3, "k", system, "text", True): 1 for system in ("s0", "s1")}
    assert {system: sum(block.judged for block in own) for system, own in blocks.items()} == {
        "s0": 1, "s1": 1, "s2": 0, "s3": 0,
    }  # fmt: skip
    assert later


def test_old_windows_are_limited(opened: Database, first: Path) -> None:
    id_, n = "0" * 32, (MOST_WINDOWS + 2) * WINDOW + 3
    one = {"feedback": id_, "type": "text", "accepted": True}
    feedback = {"id": id_, "received_at": 0.0, "day": 0, "owner": "", "retracted_at": None}
    names = [f"s{i:03}" for i in range(MOST_SYSTEMS + 5)]
    edits = [{**one, "place": place, "system": "used"} for place in range(n)]
    edits += [{**one, "place": 0, "system": name} for name in names]
    old(opened, first, {"feedback": [feedback], "feedback_edits": edits})
    opened.migrate()
    _, blocks = new_answers(opened)
    assert blocks.pop("used") == [(WINDOW, WINDOW)] * (MOST_WINDOWS - 1) + [(3, 3)]
    assert sorted(blocks) == names[: MOST_SYSTEMS - 1]


def test_a_database_without_feedback_is_ready_for_it(database: Database) -> None:
    with database.write() as connection:
        records.add(connection, "", [Judged("text", ["a"], True)])
        state = connection.execute(select(records.feedback_state)).one()
    assert tuple(state) == (1, 1, 1)
