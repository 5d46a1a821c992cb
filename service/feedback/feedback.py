"""Feedback: verdicts taken in, and a vote offered to requests that moves with them."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import beta as beta_distribution

from service.core.engine import Engine, Offer
from service.core.settings import Settings
from service.feedback import drift, records
from service.feedback.competence import HORIZON, PRIOR, Beta, Posterior, Rules, Tally, posterior
from service.feedback.drift import Drift
from service.feedback.records import Judged
from service.feedback.vote import LearnedVote, weights_of
from service.store.database import Database
from service.store.polling import Poll

_SHOWN_DAYS = 90


class Day(NamedTuple):
    """What was said of a system on a day since 1970, and what its competence was by the end."""

    day: int
    judged: int
    accepted: int
    competence: float


class Standing(NamedTuple):
    """What is known of systems today: by system and type, over the days, and who has changed."""

    today: int
    found: Posterior
    days: dict[str, list[Day]]
    drifts: dict[str, Drift]
    mark: str


class Feedback:
    """Keeps verdicts, and the combiner `learned-vote` that they weigh."""

    def __init__(self, database: Database, engine: Engine, settings: Settings) -> None:
        self.rules = Rules(
            settings.feedback_half_life_days, settings.feedback_bound, settings.feedback_per_day
        )
        self._database = database
        self._engine = engine
        self._poll = Poll(self._look, settings.poll_s)
        self._seen: tuple[records.State, int] | None = None
        self._offer({})

    async def start(self) -> None:
        """Have what was said so far counted, and do not wait for it."""
        self._poll.start()

    async def stop(self) -> None:
        """Stop looking."""
        await self._poll.stop()

    async def add(self, owner: str, edits: Sequence[Judged]) -> str:
        """Keep verdicts, and return the id that they are retracted by; the vote moves at once."""
        id_ = await self._database.ask(self._add, owner, edits)
        self._poll.wake()
        return id_

    async def retract(self, id_: str, owner: str) -> None:
        """Have verdicts count no more, as if they had never come.

        Raises:
            Problem: there are none such, or they are another's.
        """
        await self._database.ask(self._retract, id_, owner)
        self._poll.wake()

    def _add(self, owner: str, edits: Sequence[Judged]) -> str:
        with self._database.write() as connection:
            return records.add(connection, owner, edits)

    def _retract(self, id_: str, owner: str) -> None:
        with self._database.write() as connection:
            records.retract(connection, id_, owner)

    async def _look(self) -> None:
        state = await self._database.ask(self._state)
        if state != self._seen:
            found = await self._database.ask(self._posterior, state[1])
            self._offer(found)
            self._seen = state

    def _offer(self, found: Posterior) -> None:
        weights = weights_of(found, self.rules.bound)
        name = LearnedVote.name
        given, asked = LearnedVote(weights), LearnedVote(weights, self._engine.vote)
        self._engine.offer("feedback", Offer({name: given}, {name: asked}))

    def _state(self) -> tuple[records.State, int]:
        with self._database.read() as connection:
            return records.state(connection), records.day_of(time.time())

    def _posterior(self, today: int) -> Posterior:
        return posterior(self._tallies(today), self.rules, today)

    def _tallies(self, today: int) -> list[Tally]:
        since = today - int(HORIZON * self.rules.half_life_days)
        with self._database.read() as connection:
            return records.tallies(connection, since)

    async def standing(self) -> Standing:
        """Return what is known of systems today, from the database."""
        return await self._database.ask(self._standing)

    def _standing(self) -> Standing:
        today = records.day_of(time.time())
        tallies = self._tallies(today)
        found = posterior(tallies, self.rules, today)
        with self._database.read() as connection:
            drifts = drift.look(records.blocks(connection))
        mark = LearnedVote(weights_of(found, self.rules.bound)).mark
        return Standing(today, found, over_time(tallies, self.rules, today), drifts, mark)


def interval(beta: Beta) -> tuple[float, float]:
    """Return the 95% interval of how probably an edit is right."""
    sides = PRIOR + beta.accepted, PRIOR + beta.rejected
    low, high = beta_distribution.ppf([0.025, 0.975], *sides)
    return float(low), float(high)


def over_time(tallies: Sequence[Tally], rules: Rules, today: int) -> dict[str, list[Day]]:
    """Return the days of each system that anything was said on, the newest `_SHOWN_DAYS` of all."""
    by_system: dict[str, list[Tally]] = {}
    for tally in tallies:
        by_system.setdefault(tally.system, []).append(tally)
    spoken: dict[tuple[str, int], int] = {}
    for tally in tallies:
        key = tally.owner, tally.day
        spoken[key] = spoken.get(key, 0) + tally.n
    return {name: _days(some, spoken, rules, today) for name, some in sorted(by_system.items())}


def _days(
    tallies: Sequence[Tally], spoken: dict[tuple[str, int], int], rules: Rules, today: int
) -> list[Day]:
    days = []
    accepted = rejected = 0.0
    last = min(tally.day for tally in tallies)
    for day in sorted({tally.day for tally in tallies}):
        left = 2.0 ** ((last - day) / rules.half_life_days)
        accepted, rejected, last = accepted * left, rejected * left, day
        counted = [tally for tally in tallies if tally.day == day]
        for tally in counted:
            share = tally.n * min(1.0, rules.per_day / spoken[tally.owner, day])
            accepted, rejected = (
                (accepted + share, rejected) if tally.accepted else (accepted, rejected + share)
            )
        judged = sum(tally.n for tally in counted)
        good = sum(tally.n for tally in counted if tally.accepted)
        days.append(Day(day, judged, good, Beta(accepted, rejected).mean))
    return [one for one in days if one.day > today - _SHOWN_DAYS]
