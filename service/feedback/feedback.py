"""Stores feedback, computes competence when it has changed, and offers a vote weighted by it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from service.core.engine import CombinerSet, Engine
from service.core.problems import later
from service.core.settings import Settings
from service.feedback import counts, records, standing, windows
from service.feedback.competence import HORIZON, Rules
from service.feedback.counts import OwnerDay
from service.feedback.drift import Block
from service.feedback.records import Judged
from service.feedback.standing import Standing
from service.feedback.tallies import Tallies
from service.feedback.vote import LearnedVote, Weights
from service.store.database import Database
from service.store.polling import PeriodicTask

_WAIT_S = 5.0

Params = ParamSpec("Params")
Result = TypeVar("Result")


class Feedback:
    """Stores verdicts, and updates the combiner `learned-vote` and the competence from them."""

    def __init__(self, database: Database, engine: Engine, settings: Settings) -> None:
        self.rules = Rules(
            settings.feedback_half_life_days, settings.feedback_bound, settings.feedback_per_day
        )
        self._most = settings.feedback_stored_per_day
        self._database = database
        self._engine = engine
        self._task = PeriodicTask(self._look, settings.poll_s)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="feedback")
        self._tallies = Tallies()
        self._computed: tuple[int, int] | None = None  # revision and day of the standing
        self._standing: Standing | None = None
        self._changes = 0  # made by this process
        self._shown = -1  # of these, how many the standing includes
        self._failed = False
        self._looked = asyncio.Event()
        self._update_vote({})

    async def start(self) -> None:
        """Begin to load the verdicts, and return at once."""
        self._task.start()

    async def stop(self) -> None:
        """Stop looking for new verdicts."""
        await self._task.stop()
        self._thread.shutdown(wait=False)

    async def add(self, owner: str, edits: Sequence[Judged]) -> str:
        """Store verdicts; return the id to retract them by. The vote is updated at once.

        Raises:
            Refused: these verdicts alone exceed a limit of a day.
            Problem: 429, they do together with earlier ones of the day.
        """
        id_ = await self._database.feedback.ask(self._add, owner, edits)
        self._changed()
        return id_

    async def retract(self, id_: str, owner: str) -> None:
        """Retract verdicts, as if they had never been sent.

        Raises:
            Problem: 404, no such feedback, or it belongs to another owner.
        """
        await self._database.feedback.ask(self._retract, id_, owner)
        self._changed()

    async def standing(self) -> Standing:
        """Return the competence of systems as last computed.

        It includes all changes that this process has made; those of other processes follow within
        `poll_s`. Without the database it stays as it was.

        Raises:
            Problem: 503, it does not include them yet because the database does not answer.
            TimeoutError: it took longer than 5 s.
        """
        due = self._changes
        async with asyncio.timeout(_WAIT_S):
            while self._standing is None or self._shown < due:
                self._task.wake()
                await self._looked.wait()
                if self._failed:
                    raise later("database-unavailable", "competence cannot be computed now")
        return self._standing

    def _changed(self) -> None:
        self._changes += 1
        self._task.wake()

    def _add(self, owner: str, edits: Sequence[Judged]) -> str:
        with self._database.write() as connection:
            return records.add(connection, owner, edits, most=self._most)

    def _retract(self, id_: str, owner: str) -> None:
        with self._database.write() as connection:
            records.retract(connection, id_, owner)

    async def _look(self) -> None:
        """Compute the competence if verdicts or the day have changed, then delete old verdicts."""
        due, today = self._changes, records.day_of(time.time())
        try:
            await self._refresh(today)
        except Exception:
            self._failed = True
            raise
        else:
            self._shown, self._failed = due, False
        finally:
            looked, self._looked = self._looked, asyncio.Event()
            looked.set()
        await self._forget(self._since(today))

    async def _refresh(self, today: int) -> None:
        revision = await self._database.feedback.ask(self._revision)
        if (revision, today) == self._computed:
            return
        while self._tallies.revision < revision:
            changes = await self._database.feedback.ask(self._read_changes, self._since(today))
            if not changes:  # the latest are of days that are ignored
                break
            await self._in_thread(self._tallies.update, changes)
        blocks = await self._database.feedback.ask(self._read_windows)
        self._standing = await self._in_thread(self._compute, blocks, today)
        self._update_vote(self._standing.weights)
        self._computed = revision, today

    def _compute(self, blocks: Mapping[str, Sequence[Block]], today: int) -> Standing:
        if self._standing and self._standing.today != today:
            self._tallies.forget(self._since(today))
        return standing.compute(self._tallies.counts(today), blocks, self.rules, today)

    async def _forget(self, since: int) -> None:
        if await self._database.feedback.ask(self._outdated, since):
            await self._database.feedback.ask(self._delete, since)
            self._task.wake()  # there may be more

    def _since(self, today: int) -> int:
        return today - int(HORIZON * self.rules.half_life_days)

    def _revision(self) -> int:
        with self._database.read() as connection:
            return records.revision(connection)

    def _read_changes(self, since: int) -> list[OwnerDay]:
        with self._database.read() as connection:
            return counts.changes(connection, self._tallies.revision, since)

    def _read_windows(self) -> dict[str, list[Block]]:
        with self._database.read() as connection:
            return windows.blocks(connection)

    def _outdated(self, since: int) -> bool:
        with self._database.read() as connection:
            return records.outdated(connection, since)

    def _delete(self, since: int) -> None:
        with self._database.write() as connection:
            records.forget(connection, since)

    async def _in_thread(
        self, work: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """Return the result of `work`, computed beside the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(work, *args, **kwargs))

    def _update_vote(self, weights: Weights) -> None:
        name = LearnedVote.name
        supplied, configured = LearnedVote(weights), LearnedVote(weights, self._engine.vote)
        combiners = CombinerSet({name: supplied}, {name: configured})
        self._engine.add_combiners("feedback", combiners)
