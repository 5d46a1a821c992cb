"""The cost of a million verdicts: competence, its computation, and routes of jobs meanwhile.

The rows are inserted in bulk as of revision 0001 of the database, then migrated, which counts them.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, insert

from benchmarks.load import SEED, serving
from benchmarks.table import publish
from service.api.resources import jobs
from service.api.resources.feedback import EXAMPLE
from service.store import database as store
from service.store.database import Database

VERDICTS, PER_FEEDBACK, CHUNK = 1_000_000, 10, 10_000
OWNERS, DAYS, SYSTEMS = 20, 90, 20
TYPES = ("R:SPELL", "R:OTHER", "R:CASE", "M:PUNCT", "U:PUNCT", "M:FUNC", "R:FUNC", "R:WO")
ASKED, AT_ONCE, JOBS = 100, 16, 50
NOTE = (
    f"{VERDICTS:,} verdicts of {OWNERS} owners on {SYSTEMS} systems and {len(TYPES)} types in "
    f"{DAYS} days, SQLite. Times in ms: p50, p99, worst of {ASKED}; of jobs {JOBS}, while "
    f"{AT_ONCE} clients send a verdict and ask for the competence, again and again."
)


def main() -> None:
    """Print the table; half a minute."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "verdicts.db")
        fill(path)
        began = time.perf_counter()
        with closing(Database(f"sqlite:///{path}")) as database:
            database.migrate()
        row = measured(path, time.perf_counter() - began)
    publish("python -m benchmarks.feedback", [row], NOTE)


def fill(path: Path) -> None:
    """Make a database of revision 0001 with the verdicts."""
    with closing(Database(f"sqlite:///{path}")) as database, database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(store._MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        feedback, edits = (
            Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
            for name in ("feedback", "feedback_edits")
        )
        chance = random.Random(SEED)
        for first in range(0, VERDICTS // PER_FEEDBACK, CHUNK):
            sent = list(verdicts(chance, first))
            connection.execute(insert(feedback), [row for row, _ in sent])
            connection.execute(insert(edits), [row for _, rows in sent for row in rows])


def verdicts(
    chance: random.Random, first: int
) -> Iterator[tuple[dict[str, object], list[dict[str, object]]]]:
    """Yield rows of feedback, each with the rows of its edits."""
    now = time.time()
    for number in range(first, first + CHUNK):
        id_, at = f"{number:032x}", now - chance.random() * DAYS * 86_400
        row = {"id": id_, "received_at": at, "day": int(at // 86_400)}
        row |= {"owner": f"{chance.randrange(OWNERS)}", "retracted_at": None}
        edits: list[dict[str, object]] = [
            {
                "feedback": id_,
                "place": place,
                "system": f"s{chance.randrange(SYSTEMS)}",
                "type": chance.choice(TYPES),
                "accepted": chance.random() < 0.7,
            }
            for place in range(PER_FEEDBACK)
        ]
        yield row, edits


def measured(path: Path, migration_s: float) -> dict[str, object]:
    """Return the row of a service on this database."""
    size = path.stat().st_size
    settings = {"CONSORT_DATABASE": f"sqlite:///{path}", "CONSORT_JOB_WORKERS": "0",
                "CONSORT_JOBS_WAITING": "1000"}  # fmt: skip
    with serving(settings) as (port, _, _):
        ask = Client(port)
        first = ask.seconds("GET", "/v1/competence")
        calm = [ask.seconds("GET", "/v1/competence") for _ in range(ASKED)]
        after = [changed(ask) for _ in range(ASKED)]
        jobs_read, jobs_sent = beside(ask)
    return {
        "migration s": f"{migration_s:.1f}",
        "database MiB": f"{size / 2**20:.0f}",
        "first GET s": f"{first:.2f}",
        "GET competence": spread(calm),
        "GET after a verdict": spread(after),
        "GET jobs": spread(jobs_read),
        "POST jobs": spread(jobs_sent),
        "refused": ask.refused,
    }


class Client:
    """Sends requests, and counts those that are refused."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self.refused = 0

    def seconds(self, method: str, path: str, body: object = None) -> float:
        """Return how long an answer takes."""
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        began = time.perf_counter()
        try:
            with urlopen(Request(self._address + path, content, headers, method=method)) as answer:
                answer.read()
        except HTTPError:
            self.refused += 1
        return time.perf_counter() - began


def changed(ask: Client) -> float:
    """Send a verdict; return how long the competence with it takes: a computation and a GET."""
    ask.seconds("POST", "/v1/feedback", EXAMPLE)
    return ask.seconds("GET", "/v1/competence")


def beside(ask: Client) -> tuple[list[float], list[float]]:
    """Return the times of routes of jobs while clients change the competence and ask for it."""
    ended = False

    def on_and_on() -> None:
        while not ended:
            changed(ask)

    with ThreadPoolExecutor(AT_ONCE) as clients:
        running = [clients.submit(on_and_on) for _ in range(AT_ONCE)]
        reading = times(lambda: ask.seconds("GET", "/v1/jobs"))
        sending = times(lambda: ask.seconds("POST", "/v1/jobs", jobs.EXAMPLE))
        ended = True
        for client in running:
            client.result()
    return reading, sending


def times(work: Callable[[], float]) -> list[float]:
    """Return the seconds of `JOBS` calls."""
    return [work() for _ in range(JOBS)]


def spread(seconds: list[float]) -> str:
    """Return p50, p99 and the worst, in ms."""
    return ", ".join(f"{1000 * q:.0f}" for q in np.percentile(seconds, [50, 99, 100]))


if __name__ == "__main__":
    main()
