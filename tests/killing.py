"""Workers killed while they do jobs, and what came of the jobs.

Each attempt writes a text bit by bit; the database itself keeps count, by a trigger, of how often
each job is said to be done.
"""

import random
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, text

from service.jobs import queue, results
from service.jobs.job import ENDED
from service.store.database import Database
from service.store.tables import jobs
from tests.workers import STEPS, hiring, order

WORKERS = 2
LONGEST_S, PATIENCE_S = 2.0, 60.0

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
    """Kill all workers in each round, a moment after one took a job up; count what is amiss."""
    count_done(database)
    url = database.url.render_as_string(hide_password=False)
    acknowledged: list[tuple[str, str]] = []
    with hiring(url, state) as hire:
        for number in range(rounds):
            for _ in range(2):
                written = f"{number} {chance.random()}\n"
                asked = order(write=written, seconds=chance.choice((0.0, 0.2)))
                job, _ = queue.submit(database, asked, "", None, 10_000)
                acknowledged.append((job.id, written))
            before = attempts(database)
            workers = [hire(job_attempts=10_000) for _ in range(WORKERS)]
            while attempts(database) == before:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, LONGEST_S))
            for worker in workers:
                worker.kill()
                worker.wait()
        for _ in range(WORKERS):
            hire(job_attempts=10_000)
        wait_for_all(database)
    return tally(database, state, rounds * WORKERS, acknowledged)


def attempts(database: Database) -> int:
    """Return how often jobs were taken up."""
    with database.read() as connection:
        return int(connection.execute(select(func.sum(jobs.c.attempts))).scalar_one())


def tally(
    database: Database, state: Path, kills: int, acknowledged: list[tuple[str, str]]
) -> Tally:
    """Count the jobs that are lost, were done twice, or whose results are not whole."""
    with database.read() as connection:
        done = Counter(connection.execute(text("SELECT job FROM done")).scalars())
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
    return Tally(kills, len(acknowledged), attempts(database), lost, twice, torn)


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
    waits = select(func.count()).where(jobs.c.state.not_in(ENDED))
    left, end = -1, 0.0
    while left:
        with database.read() as connection:
            now = connection.execute(waits).scalar_one()
        if now != left:
            left, end = now, time.monotonic() + PATIENCE_S
        if time.monotonic() > end:
            raise TimeoutError(f"{left} jobs do not end")
        time.sleep(0.1)
