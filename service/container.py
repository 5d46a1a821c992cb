"""What lives behind the door: the systems, the database, and the rooms that keep things in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ensemble.systems.roster import read_roster
from service.core.engine import Engine
from service.core.lifecycle import Traffic
from service.core.rates import Rates
from service.core.settings import Settings
from service.feedback.feedback import Feedback
from service.jobs.supervisor import Supervisor
from service.registry.registry import Registry
from service.store.database import Database
from service.store.keys import Ring
from service.store.opening import opened
from service.telemetry.exchange import Heard, Watched
from service.telemetry.logs import Journal
from service.telemetry.metrics import Metrics
from service.telemetry.tracing import Tracing, exporting


@dataclass(frozen=True)
class House:
    """All of it; each room is started, and stopped, with the service.

    `ring` is `None` where keys are off, and `tracing` where nobody wants spans.
    """

    settings: Settings
    traffic: Traffic
    metrics: Metrics
    tracing: Tracing | None
    engine: Engine
    database: Database
    registry: Registry
    feedback: Feedback
    supervisor: Supervisor
    ring: Ring | None

    @asynccontextmanager
    async def life(self) -> AsyncIterator[None]:
        """Hold all of it at work."""
        rooms: list[Registry | Feedback | Supervisor | Ring]
        rooms = [self.registry, self.feedback, self.supervisor]
        rooms += [self.ring] if self.ring else []
        await self.engine.start()
        async with opened(self.database):
            for room in rooms:
                await room.start()
            yield
            for room in rooms:
                await room.stop()
        await self.engine.stop()
        if self.tracing:
            self.tracing.close()

    def rates(self) -> Rates | None:
        """Return what counts callers' requests, where that is wanted."""
        settings = self.settings
        if not (settings.require_keys or settings.limit_addresses):
            return None
        return Rates(settings.requests_per_minute, settings.segments_per_minute)

    def listeners(self) -> tuple[Heard, ...]:
        """Return who hears of requests that were answered."""
        journal = (Journal().exchanged,) if self.settings.log_requests else ()
        tracing = (self.tracing.exchanged,) if self.tracing else ()
        return self.metrics.exchanged, *journal, *tracing


def furnish(settings: Settings, tracing: Tracing | None = None) -> House:
    """Return the house that the settings ask for, in which nothing is at work yet.

    Spans go where the settings say, unless `tracing` is given.

    Raises:
        RosterError: the roster cannot be used.
        StoreError: the database is of no kind that there is.
        ImportError: traces are asked for, and the extra `otel` is not installed.
    """
    if tracing is None and settings.otlp_endpoint:
        tracing = exporting(settings.otlp_endpoint)
    engine = Engine(read_roster(settings.roster), settings)
    settings.state.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    traffic = Traffic()
    metrics = Metrics(lambda: traffic.under_way, lambda: engine.queued)
    heard: tuple[Watched, ...] = (tracing.combined,) if tracing else ()
    engine.hear = metrics.combined, *heard
    return House(
        settings=settings,
        traffic=traffic,
        metrics=metrics,
        tracing=tracing,
        engine=engine,
        database=database,
        registry=Registry(database, engine, settings),
        feedback=Feedback(database, engine, settings),
        supervisor=Supervisor(database, settings),
        ring=Ring(database, settings.poll_s) if settings.require_keys else None,
    )
