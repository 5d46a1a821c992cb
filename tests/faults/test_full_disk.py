"""A disk that is full: what cannot be kept is refused whole, and the rest goes on.

The disk of a process is full where its files may not grow (`RLIMIT_FSIZE`): every write of it
beyond that is refused by the system itself. Databases are made full by SQLite's own limit.
"""

import json
import multiprocessing
import resource
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

import httpx
import pytest
from sqlalchemy import Table, event, func, select
from sqlalchemy.exc import OperationalError

from service.api.resources import feedback, jobs
from service.feedback import records
from service.feedback.records import Judged
from service.jobs import child, queue, results
from service.jobs.child import Attempt
from service.store import keys, tables
from service.store.database import Database
from tests.serving import Served, serving
from tests.trained import files

ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'
SEGMENT = {"source": "I has", "outputs": {"a": "I have", "b": "I have"}}
WRITES = (
    ("/v1/combiners/mine", {"files": files().form}),
    ("/v1/combiners/mine", {"files": {**files().form, "weights": ("w", bytes(2 << 20))}}),
    ("/v1/feedback", {"json": feedback.EXAMPLE}),
    ("/v1/jobs", {"json": jobs.EXAMPLE}),
)


EDITS = 20


def limit(process: int, most: int) -> None:
    """Let no file of a process grow beyond so many bytes; -1 is no limit."""
    resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("full")
    with serving(folder, ROSTER, poll_s=0.1, job_workers=0) as served:
        yield served


def test_what_cannot_be_kept_is_refused_and_the_rest_goes_on(served: Served) -> None:
    with httpx.Client(base_url=served.url, timeout=30) as client:
        for most in (500, 5000):  # beyond the first, the log is not written either
            limit(served.process.pid, most)
            for path, body in WRITES:
                refused = client.post(path, **body)
                assert refused.status_code == 503, refused.text
                assert refused.headers["retry-after"]
            assert client.post("/v1/combine", json=SEGMENT).json()["text"] == "I have"
        limit(served.process.pid, -1)
        assert client.get("/v1/combiners").json()["registered"] == []
        assert client.get("/v1/jobs").json()["jobs"] == []
        judged = [one["judged"] for one in client.get("/v1/competence").json()["systems"]]
        assert not any(judged)
        assert not list((served.log.parent / "state" / "combiners").iterdir())
        for path, body in (WRITES[0], *WRITES[2:]):
            assert client.post(path, **body).is_success
        assert client.get("/v1/combiners/mine/1").json()["loaded"]


def test_a_stream_that_the_disk_has_no_room_for_says_so(served: Served) -> None:
    line = json.dumps(SEGMENT).encode() + b"\n"
    kind = "application/x-ndjson"
    limit(served.process.pid, 500)
    answer = httpx.post(
        f"{served.url}/v1/combine/batch",
        content=line * (2 * (1 << 20) // len(line)),
        headers={"Content-Type": kind, "Accept": kind},
        timeout=60,
    )
    limit(served.process.pid, -1)
    *combined, last = map(json.loads, answer.text.splitlines())
    assert all(one["text"] == "I have" for one in combined)
    assert (last["status"], last["type"]) == (503, "/problems/disk-full")


def test_a_job_says_that_its_results_found_no_room(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    pipe, theirs = spawn.Pipe()
    given = dict.fromkeys(("source.txt", "a.txt", "b.txt"), b"A text .\n" * 100)
    attempt = Attempt("job", "token", "combine", {"evidence": True}, given, tmp_path, None)
    process = spawn.Process(target=child.main, args=(attempt, theirs))
    process.start()
    limit(process.pid or 0, 1000)  # what was given just fits, the evidence does not
    while (said := pipe.recv())[0] == "progress":
        pass
    pipe.close()
    process.join()
    assert said == ("failed", "[Errno 27] File too large")
    assert results.listing(attempt.folder) == []  # whole or not there: none of it is


def give_feedback(database: Database) -> None:
    with database.write() as connection:
        records.add(connection, "", [Judged("R:SPELL", ["a", "b"], True)] * EDITS)


def submit(database: Database) -> None:
    order = queue.Order("combine", {}, {"a.txt": b"x" * 20_000, "b.txt": b"x" * 20_000})
    queue.submit(database, order, "", None, 1000)


def create_key(database: Database) -> None:
    keys.create(database, "a key" * 10, ["read"], None)


ADD = (
    (give_feedback, {tables.feedback: 1, tables.feedback_edits: 2 * EDITS}),
    (submit, {tables.jobs: 1, tables.job_files: 2}),
    (create_key, {tables.keys: 1}),
)


@pytest.mark.parametrize(("add", "rows"), ADD, ids=[add.__name__ for add, _ in ADD])
def test_a_full_database_takes_nothing_half(
    add: Callable[[Database], None], rows: dict[Table, int], tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'consort.db'}")
    database.migrate()
    with pages_at_most(database, 80):
        with pytest.raises(OperationalError, match="full"):
            add_on_and_on(database, add)
        done = added(database, rows)
    add(database)
    assert added(database, rows) == done + 1 > 1
    database.close()


def add_on_and_on(database: Database, add: Callable[[Database], None]) -> None:
    for _ in range(5000):
        add(database)


@contextmanager
def pages_at_most(database: Database, pages: int) -> Iterator[None]:
    """Let a database in SQLite have no more pages as long as the context lasts."""

    def connected(connection: Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    database.close()
    event.listen(database.engine, "connect", connected)
    yield
    event.remove(database.engine, "connect", connected)
    database.close()


def added(database: Database, rows: Mapping[Table, int]) -> float:
    """Return how often so many `rows` of each table were added; all tables agree on it."""
    with database.read() as connection:
        found = {
            connection.execute(select(func.count()).select_from(table)).scalar_one() / each
            for table, each in rows.items()
        }
    assert len(found) == 1
    return found.pop()
