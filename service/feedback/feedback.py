"""Stores feedback, and offers requests a vote weighted by it."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import beta as beta_distribution

from service.core.engine import CombinerSet, Engine
from service.core.settings import Settings
from service.feedback import drift, records
from service.feedback.competence import HORIZON, PRIOR, Beta, Posterior, Rules, Tally, posterior
from service.feedback.drift import Drift
from service.feedback.records import Judged
from service.feedback.vote import LearnedVote, weights_of
from service.store.database import Database
from service.store.polling import PeriodicTask

_SHOWN_DAYS = 90


class Day(NamedTuple):
    """Verdicts on a system on a day since 1970, and its competence at the end of that day."""

    day: int
    judged: int
    accepted: int
    competence: float


class Standing(NamedTuple):
    """Competence of systems today: the posterior, the development over days, and drift."""

    today: int
    posterior: Posterior
    days: dict[str, list[Day]]
    drifts: dict[str, Drift]
    mark: str


class Feedback:
    """Stores verdicts, and updates the combiner `learned-vote` from them."""

    def __init__(self, database: Database, engine: Engine, settings: Settings) -> None:
        self.rules = Rules(
            settings.feedback_half_life_days, settings.feedback_bound, settings.feedback_per_day
        )
        self._database = database
        self._engine = engine
        self._task = PeriodicTask(self._look, settings.poll_s)
        self._seen: tuple[records.State, int] | None = None
        self._update_vote({})

    async def start(self) -> None:
        """Begin to load the verdicts, and return at once."""
        self._task.start()

    async def stop(self) -> None:
        """Stop looking for new verdicts."""
        await self._task.stop()

    async def add(self, owner: str, edits: Sequence[Judged]) -> str:
        """Store verdicts; return the id to retract them by. The vote is updated at once."""
        id_ = await self._database.feedback.ask(self._add, owner, edits)
        self._task.wake()
        return id_

    async def retract(self, id_: str, owner: str) -> None:
        """Retract verdicts, as if they had never been sent.

        Raises:
            Problem: 404, no such feedback, or it belongs to another owner.
        """
        await self._database.feedback.ask(self._retract, id_, owner)
        self._task.wake()

    def _add(self, owner: str, edits: Sequence[Judged]) -> str:
        with self._database.write() as connection:
            return records.add(connection, owner, edits)

    def _retract(self, id_: str, owner: str) -> None:
        with self._database.write() as connection:
            records.retract(connection, id_, owner)

    async def _look(self) -> None:
        state = await self._database.feedback.ask(self._state)
        if state != self._seen:
            self._update_vote(await self._database.feedback.ask(self._posterior, state[1]))
            self._seen = state

    def _update_vote(self, posterior: Posterior) -> None:
        weights = weights_of(posterior, self.rules.bound)
        name = LearnedVote.name
        supplied, configured = LearnedVote(weights), LearnedVote(weights, self._engine.vote)
        combiners = CombinerSet({name: supplied}, {name: configured})
        self._engine.add_combiners("feedback", combiners)

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
        """Return the competence of systems today, from the database."""
        return await self._database.feedback.ask(self._standing)

    def _standing(self) -> Standing:
        today = records.day_of(time.time())
        tallies = self._tallies(today)
        today_posterior = posterior(tallies, self.rules, today)
        with self._database.read() as connection:
            drifts = drift.look(records.blocks(connection))
        mark = LearnedVote(weights_of(today_posterior, self.rules.bound)).mark
        days = over_time(tallies, self.rules, today)
        return Standing(today, today_posterior, days, drifts, mark)


def interval(beta: Beta) -> tuple[float, float]:
    """Return the 95% interval of the probability that an edit is right."""
    sides = PRIOR + beta.accepted, PRIOR + beta.rejected
    low, high = beta_distribution.ppf([0.025, 0.975], *sides)
    return float(low), float(high)


def over_time(tallies: Sequence[Tally], rules: Rules, today: int) -> dict[str, list[Day]]:
    """Return the days with verdicts of each system, within the last `_SHOWN_DAYS`."""
    by_system: dict[str, list[Tally]] = {}
    for tally in tallies:
        by_system.setdefault(tally.system, []).append(tally)
    votes: dict[tuple[str, int], int] = {}
    for tally in tallies:
        key = tally.owner, tally.day
        votes[key] = votes.get(key, 0) + tally.n
    return {
        name: _days(own_tallies, votes, rules, today)
        for name, own_tallies in sorted(by_system.items())
    }


def _days(
    tallies: Sequence[Tally], votes: dict[tuple[str, int], int], rules: Rules, today: int
) -> list[Day]:
    days = []
    accepted = rejected = 0.0
    last = min(tally.day for tally in tallies)
    for day in sorted({tally.day for tally in tallies}):
        decay = 2.0 ** ((last - day) / rules.half_life_days)
        accepted, rejected, last = accepted * decay, rejected * decay, day
        counted = [tally for tally in tallies if tally.day == day]
        for tally in counted:
            share = tally.n * min(1.0, rules.per_day / votes[tally.owner, day])
            accepted, rejected = (
                (accepted + share, rejected) if tally.accepted else (accepted, rejected + share)
            )
        judged = sum(tally.n for tally in counted)
        good = sum(tally.n for tally in counted if tally.accepted)
        days.append(Day(day, judged, good, Beta(accepted, rejected).mean))
    return [day for day in days if day.day > today - _SHOWN_DAYS]
