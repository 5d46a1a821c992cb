"""Workers killed over and over while they do jobs: is one lost, done twice, or torn?

Jobs are submitted all the while, and each attempt writes a text bit by bit. The database itself
keeps count, by a trigger, of how often each job is said to be done. Run as
`python -m benchmarks.faults [ROUNDS]`; 100 take about four minutes on each database.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import func, select, text

from benchmarks.table import publish
from service.jobs import queue, results
from service.store.database import Database
from service.store.tables import jobs
from tests.postgres import binaries, server
from tests.workers import STEPS, hiring, order

ROUNDS, SEED, WORKERS = 100, 7, 2
LONGEST_LIFE_S, PATIENCE_S = 2.5, 60.0

_COUNT = {
    "sqlite": (
        "CREATE TABLE done (job TEXT)",
        "CREATE TRIGGER counts AFTER UPDATE ON jobs"
        " WHEN NEW.state = 'succeeded' AND OLD.state <> 'succeeded'"
        " BEGIN INSERT INTO done VALUES (NEW.id); END",
    ),
    "postgresql": (
        "CREATE TABLE done (job TEXT)",
        "CREATE FUNCTION count_done() RETURNS trigger AS $$"
        " BEGIN INSERT INTO done VALUES (NEW.id); RETURN NEW; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER counts AFTER UPDATE ON jobs FOR EACH ROW"
        " WHEN (NEW.state = 'succeeded' AND OLD.state <> 'succeeded')"
        " EXECUTE FUNCTION count_done()",
    ),
}


class Tally(NamedTuple):
    """What came of it: jobs acknowledged, and how many of them are not as they should be."""

    kills: int
    jobs: int
    attempts: int
    lost: int
    twice: int
    torn: int


def kill(database: Database, state: Path, rounds: int, chance: random.Random) -> Tally:
    """Kill a worker in each round, at a random moment of its life, and count what is amiss."""
    count_done(database)
    url = database.url.render_as_string(hide_password=False)
    acknowledged: list[tuple[str, str]] = []
    with hiring(url, state) as hire:
        workers = [hire(job_attempts=10_000) for _ in range(WORKERS)]
        for number in range(rounds):
            written = f"{number} {chance.random()}\n"
            asked = order(write=written, seconds=chance.choice((0.0, 0.2)))
            job, _ = queue.submit(database, asked, "", None, 10_000)
            acknowledged.append((job.id, written))
            time.sleep(chance.uniform(0, LONGEST_LIFE_S))
            victim = chance.randrange(WORKERS)
            workers[victim].kill()
            workers[victim].wait()
            workers[victim] = hire(job_attempts=10_000)
        wait_for_all(database)
    return tally(database, state, rounds, acknowledged)


def tally(
    database: Database, state: Path, kills: int, acknowledged: list[tuple[str, str]]
) -> Tally:
    """Count the jobs that are lost, were done twice, or whose results are not whole."""
    with database.read() as connection:
        done = Counter(connection.execute(text("SELECT job FROM done")).scalars())
        attempts = sum(connection.execute(select(jobs.c.attempts)).scalars())
    lost = torn = 0
    for job, written in acknowledged:
        found = queue.find(database, job, "")
        lost += found is None or found.state != "succeeded"
        if found is not None and found.result:
            attempt = results.folder(state, job, found.result)
            names = [file.name for file in results.listing(attempt)]
            whole = names == ["out.txt"]
            torn += not whole or (attempt / "results" / names[0]).read_text() != written * STEPS
    twice = sum(times > 1 for times in done.values())
    return Tally(kills, len(acknowledged), attempts, lost, twice, torn)


def count_done(database: Database) -> None:
    """Have the database itself keep count of what is said to be done."""
    with database.write() as connection:
        for statement in _COUNT[connection.dialect.name]:
            connection.execute(text(statement))


def wait_for_all(database: Database) -> None:
    """Wait until every job has ended.

    Raises:
        TimeoutError: none did for a minute.
    """
    waits = select(func.count()).where(jobs.c.state.not_in(queue.ENDED))
    left, end = -1, 0.0
    while left:
        with database.read() as connection:
            now = connection.execute(waits).scalar_one()
        if now != left:
            left, end = now, time.monotonic() + PATIENCE_S
        if time.monotonic() > end:
            raise TimeoutError(f"{left} jobs do not end")
        time.sleep(0.1)


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Hold an empty database of each kind that there is here, by its kind."""
    urls = {"SQLite": f"sqlite:///{folder / 'consort.db'}"}
    programs = binaries()
    if programs is None:
        yield urls
        return
    with server(programs) as running:
        yield urls | {"PostgreSQL": running.url("faults")}


def main() -> None:
    """Print what came of it on each database."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with TemporaryDirectory() as name, databases(Path(name)) as urls:
        rows: list[dict[str, object]] = []
        for kind, url in urls.items():
            database = Database(url)
            database.migrate()
            began = time.monotonic()
            found = kill(database, Path(name) / kind, rounds, random.Random(SEED))
            minutes = round((time.monotonic() - began) / 60, 1)
            rows.append({"database": kind, **found._asdict(), "minutes": minutes})
            database.close()
    publish("python -m benchmarks.faults", rows)


if __name__ == "__main__":
    main()
