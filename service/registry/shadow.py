"""Shadow deployment: replays sampled champion requests on a candidate and counts agreement."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from ensemble.candidates import Ballot
from ensemble.combiners.base import Combiner, combine
from ensemble.decoding.decode import Combination
from service.core.limits import Refused
from service.core.registered import Registered
from service.store.database import Database
from service.store.tables import shadows

_DELAY_S = 0.05  # the answer has been sent by then
_INTERVAL_S = 0.2  # at most five combinations a second
_LONGEST = 4096  # characters: the worst take some 50 ms of its thread

Pair = tuple[Registered, Registered]
"""A champion and its shadow."""


@dataclass(slots=True)
class Agreement:
    """Number of requests combined by two versions, and how often their results were equal.

    `same_candidates` of `candidates` were accepted by both or by neither. Where the two do not
    change the same text, as one fused it and the other did not, only the outputs are compared.
    """

    compared: int = 0
    same_text: int = 0
    candidates: int = 0
    same_candidates: int = 0

    def add(self, first: Combination, second: Combination) -> None:
        """Count one more request."""
        self.compared += 1
        self.same_text += first.text == second.text
        if first.backbone != second.backbone:
            return
        self.candidates += len(first.decisions)
        both = zip(first.decisions, second.decisions, strict=True)
        self.same_candidates += sum(a.accepted == b.accepted for a, b in both)


class Shadows:
    """Runs shadows on a sample of requests to champions, one at a time; skips the others."""

    def __init__(self) -> None:
        self._pairs: Mapping[str, Pair] = {}
        self._counted: dict[tuple[str, int, int], Agreement] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._busy = False
        self._next = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def follow(self, pairs: Mapping[str, Pair]) -> None:
        """Set the pairs to run, by name."""
        self._pairs = pairs

    def watch(self, ballot: Ballot, combiner: Combiner, combination: Combination) -> None:
        """Receive a combination, and if it is sampled, run the shadow on it soon."""
        pair = self._pairs.get(combiner.name) if isinstance(combiner, Registered) else None
        if pair is None or combiner is not pair[0]:
            return
        texts = [ballot.source, *(candidate.replacement for candidate in ballot.candidates)]
        now = time.monotonic()
        if self._busy or now < self._next or sum(map(len, texts)) > _LONGEST:
            return
        self._busy, self._next = True, now + _INTERVAL_S
        task = asyncio.create_task(self._run(ballot, pair, combination))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, ballot: Ballot, pair: Pair, made: Combination) -> None:
        champion, shadow = pair
        try:
            await asyncio.sleep(_DELAY_S)
            work = asyncio.get_running_loop().run_in_executor
            other = await work(self._thread, combine, ballot, shadow)
        except Refused:
            return  # the shadow failed on this input
        finally:
            self._busy = False
        key = champion.name, champion.version, shadow.version
        self._counted.setdefault(key, Agreement()).add(made, other)

    async def stop(self) -> None:
        """Cancel running work."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._thread.shutdown(wait=False)

    async def flush(self, database: Database) -> None:
        """Add the counts to the database; if that fails, keep them for the next call."""
        if not self._counted:
            return
        counted, self._counted = self._counted, {}
        try:
            await database.registry.ask(_write, database, counted)
        except BaseException:
            for key, more in self._counted.items():
                counted[key] = _sum(counted[key], more) if key in counted else more
            self._counted = counted
            raise


def counts(database: Database, name: str) -> list[tuple[int, int, Agreement]]:
    """Return the agreement of each pair of champion and shadow of a combiner."""
    query = select(shadows).where(shadows.c.name == name)
    with database.read() as connection:
        rows = connection.execute(query.order_by(shadows.c.champion, shadows.c.shadow)).all()
    return [(row.champion, row.shadow, Agreement(*row[3:])) for row in rows]


def _sum(first: Agreement, second: Agreement) -> Agreement:
    fields = Agreement.__slots__
    return Agreement(*(getattr(first, field) + getattr(second, field) for field in fields))


def _write(database: Database, counted: Mapping[tuple[str, int, int], Agreement]) -> None:
    with database.write() as connection:
        for (name, champion, shadow), more in counted.items():
            key = {"name": name, "champion": champion, "shadow": shadow}
            added = {field: getattr(more, field) for field in Agreement.__slots__}
            grown = {field: shadows.c[field] + count for field, count in added.items()}
            query = update(shadows).filter_by(**key).values(grown)
            if not connection.execute(query).rowcount:
                connection.execute(insert(shadows).values(**key, **added))
