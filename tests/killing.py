"""Workers killed while they do jobs, and the jobs afterwards.

The database itself counts, by a trigger, how often each job ended, and in which state. Beside the
workers a thread takes back lost leases, as a service does.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, text

from service.jobs import lost_leases, queue, results
from service.jobs.job import ENDED, Job
from service.jobs.lost_leases import LostLeases
from service.jobs.queue import Order, StateError
from service.jobs.requests import JobRequest
from service.store.database import Database
from service.store.tables import jobs
from tests.asked import BENCHMARK, COMBINE, RATE, TRAIN
from tests.encoders import save_encoder
from tests.workers import ENCODER, STEPS, hiring, order

WORKERS = 2
PATIENCE_S = 120.0
DAY_S = 86_400

_COUNT = {
    "sqlite": (
        "CREATE TABLE ends (job TEXT, state TEXT)",
        "CREATE TRIGGER counts AFTER UPDATE ON jobs"
        " WHEN NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL"
        " BEGIN INSERT INTO ends VALUES (NEW.id, NEW.state); END",
    ),
    "postgresql": (
        "CREATE TABLE ends (job TEXT, state TEXT)",
        "CREATE FUNCTION count_ends() RETURNS trigger AS $$"
        " BEGIN INSERT INTO ends VALUES (NEW.id, NEW.state); RETURN NEW; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER counts AFTER UPDATE ON jobs FOR EACH ROW"
        " WHEN (NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL)"
        " EXECUTE FUNCTION count_ends()",
    ),
}

REAL = {
    "combine": COMBINE,
    "logistic": {**TRAIN, "combiner": "logistic", "report": False},
    "neural": {**TRAIN, "combiner": "neural", "report": False},
    "train-metric": {**RATE, "encoder": ENCODER},
    "benchmark": BENCHMARK,
}
"""Requests of small jobs that are done as in the service."""

Results = Mapping[str, bytes]


class Work(NamedTuple):
    """A job to submit, and its results by name, `None` where they are not compared."""

    order: Order
    results: Results


Choose = Callable[[random.Random], Work]


class Tally(NamedTuple):
    """Jobs acknowledged, and how many of them are not as they should be.

    Torn ones have other results than an undisturbed run, and `left` are folders that no job needs.
    """

    kills: int
    jobs: int
    attempts: int
    cancelled: int
    lost: int
    twice: int
    torn: int
    left: int

    @property
    def faults(self) -> tuple[int, int, int, int]:
        """The last four counts, which should be 0."""
        return self.lost, self.twice, self.torn, self.left


def written(chance: random.Random) -> Work:
    """Return a job that writes a text bit by bit, at once or in a second."""
    line = f"{chance.random()}\n"
    seconds = chance.choice((0.0, 0.2, 1.0))
    return Work(order(write=line, seconds=seconds), {"out.txt": line.encode() * STEPS})


def real(database: Database, state: Path) -> Choose:
    """Do each job of `REAL` undisturbed; return a function that chooses one, with its results."""
    (state / ENCODER).mkdir(parents=True)
    save_encoder(state / ENCODER)
    orders = {name: JobRequest.model_validate(asked).root.order() for name, asked in REAL.items()}
    asked = {name: queue.submit(database, o, "", None, 100)[0].id for name, o in orders.items()}
    with hiring(_url(database), state) as hire:
        hire()
        wait_for_all(database)
    works = [Work(orders[name], files_of(database, state, job)) for name, job in asked.items()]
    assert all(work.results for work in works)
    return lambda chance: chance.choice(works)


@dataclass
class Campaign:
    """Rounds in which all workers are killed a moment after one of them claimed a job.

    With `cancel`, one of the jobs of a round is cancelled after it began to write, by two services
    at once, and perhaps retried in a later round. With `clocks`, the clocks of the workers are set
    a day forward or back meanwhile.
    """

    database: Database
    state: Path
    chance: random.Random
    choose: Choose = written
    longest_s: float = 2.0
    cancel: bool = False
    clocks: bool = False
    _jobs: dict[str, Work] = field(default_factory=dict)
    _retried: set[str] = field(default_factory=set)

    def run(self, rounds: int) -> Tally:
        """Kill workers for some rounds, wait until all jobs have ended, and count."""
        count_ends(self.database)
        other = Database(_url(self.database))  # another service
        watched = watching(self.database, self.state)
        with hiring(_url(self.database), self.state) as hire, watched:
            for number in range(rounds):
                self._round(number, hire, other)
            for _ in range(WORKERS):
                hire(job_attempts=10_000)
            wait_for_all(self.database)
            wait_for_folders(self.database, self.state)
        other.close()
        return tally(self.database, self.state, rounds * WORKERS, self._jobs, self._retried)

    def _round(self, number: int, hire: Callable[..., object], other: Database) -> None:
        chance, submitted = self.chance, []
        for _ in range(2):
            work = self.choose(chance)
            job, _ = queue.submit(self.database, work.order, "", None, 10_000)
            self._jobs[job.id] = work
            submitted.append(job.id)
        self._retry(other)
        before = attempts(self.database)
        clocks = [self.state / f"clock-{number}-{i}" for i in range(WORKERS)]
        workers = [self._hire(hire, clock) for clock in clocks]
        _wait(lambda: attempts(self.database) > before)
        end = time.monotonic() + chance.uniform(0, self.longest_s)
        for clock in clocks if self.clocks else []:
            time.sleep(max(0, end - time.monotonic()) * chance.random())
            clock.write_text(str(chance.choice((-DAY_S, 0, DAY_S))))
        if self.cancel:
            _wait(lambda: any(map(self._ended_or_writes, submitted)))
            time.sleep(chance.uniform(0, 0.3))
            self._cancel(chance.choice(submitted), other)
            end = time.monotonic() + chance.choice((0, chance.uniform(0, 0.5)))
        time.sleep(max(0, end - time.monotonic()))
        for worker in workers:
            worker.kill()
            worker.wait()

    def _hire(self, hire: Callable[..., object], clock: Path) -> object:
        if not self.clocks:
            return hire(job_attempts=10_000)
        clock.parent.mkdir(parents=True, exist_ok=True)
        clock.write_text("0")
        return hire(job_attempts=10_000, clock=str(clock))

    def _ended_or_writes(self, job: str) -> bool:
        now = queue.find(self.database, job, "")
        return now.ended or is_writing(self.state, now)

    def _cancel(self, job: str, other: Database) -> None:
        def ask(database: Database) -> None:
            with suppress(StateError):  # it has succeeded
                queue.cancel(database, job, "")

        threads = [threading.Thread(target=ask, args=(d,)) for d in (self.database, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _retry(self, other: Database) -> None:
        for job in self._jobs if self.cancel else ():
            cancelled = queue.find(self.database, job, "").state == "cancelled"
            if cancelled and self.chance.random() < 0.3:
                queue.retry(other, job, "")
                self._retried.add(job)


@contextmanager
def watching(database: Database, state: Path) -> Iterator[None]:
    """Take back lost leases all the time."""
    lost, ended = LostLeases(database, 10_000), threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            lost_leases.discard(state, lost.take_back())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def is_writing(state: Path, job: Job) -> bool:
    """Return whether an attempt at a job runs and has begun to write its results."""
    if job.state != "running":
        return False
    folder = results.folder(state, job.id, job.leased_by or "")
    return any(file.size for file in results.listing(folder))


def attempts(database: Database) -> int:
    """Return how often jobs were claimed, of those that were not retried since."""
    with database.read() as connection:
        return int(connection.execute(select(func.sum(jobs.c.attempts))).scalar_one())


def files_of(database: Database, state: Path, job: str) -> dict[str, bytes]:
    """Return the results of a job by name; none until it has succeeded."""
    ended = queue.find(database, job, "")
    if ended is None or not ended.result:
        return {}
    attempt = results.folder(state, job, ended.result)
    names = [file.name for file in results.listing(attempt)]
    return {name: (attempt / "results" / name).read_bytes() for name in names}


def tally(
    database: Database,
    state: Path,
    kills: int,
    acknowledged: Mapping[str, Work],
    retried: set[str] | frozenset[str] = frozenset(),
) -> Tally:
    """Count the jobs that are lost, ended twice, or whose results are not whole."""
    with database.read() as connection:
        ends = [tuple(row) for row in connection.execute(text("SELECT job, state FROM ends"))]
    states = {job: found.state for job in acknowledged if (found := queue.find(database, job, ""))}
    cancelled = {job for job, state in states.items() if state == "cancelled"}
    done = set(acknowledged) - cancelled
    lost = sum(states.get(job) != "succeeded" for job in done)
    torn = sum(files_of(database, state, job) != acknowledged[job].results for job in done)
    twice = sum(times > 1 for (job, end), times in Counter(ends).items() if end == "succeeded")
    once = Counter(job for job, _ in ends)
    twice += sum(times > 1 for job, times in once.items() if job not in retried)
    left = len(unneeded(database, state))
    counts = kills, len(acknowledged), attempts(database), len(cancelled)
    return Tally(*counts, lost, twice, torn, left)


def unneeded(database: Database, state: Path) -> list[Path]:
    """Return the folders of attempts, and of their inputs, that no ended job needs."""
    needed = set()
    with database.read() as connection:
        for job, result in connection.execute(select(jobs.c.id, jobs.c.result)):
            needed.add(results.folder(state, job, result or ""))
    attempts = set(results.place(state).glob("*/*"))
    given = {path / "given" for path in needed if (path / "given").exists()}
    return sorted(attempts - needed | given)


def count_ends(database: Database) -> None:
    """Have the database itself count each end of a job."""
    with database.write() as connection:
        for statement in _COUNT[connection.dialect.name]:
            connection.execute(text(statement))


def wait_for_all(database: Database) -> None:
    """Wait until every job has ended.

    Raises:
        TimeoutError: none did for two minutes.
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


def wait_for_folders(database: Database, state: Path) -> None:
    """Wait until idle workers have removed all that no job needs, or for half a minute."""
    end = time.monotonic() + 30
    while unneeded(database, state) and time.monotonic() < end:
        time.sleep(0.1)


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not true within {PATIENCE_S:g} s")
        time.sleep(0.02)


def _url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)
