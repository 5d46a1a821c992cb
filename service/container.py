"""Application container: builds, starts and stops the long-lived components."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ensemble.systems.roster import read_roster
from service.core.engine import Engine
from service.core.lifecycle import Lifecycle
from service.core.panel import Panel
from service.core.process_executor import ProcessExecutor
from service.core.rates import Rates
from service.core.settings import Settings
from service.feedback.feedback import Feedback
from service.jobs.supervisor import Supervisor
from service.registry.registry import Registry
from service.store.database import Database
from service.store.keys import KeyStore
from service.store.opening import opened
from service.telemetry.exchange import CombinedListener, RequestListener
from service.telemetry.logs import RequestLog
from service.telemetry.metrics import Metrics
from service.telemetry.tracing import Tracing, exporting


@dataclass(frozen=True)
class Application:
    """The components of the service; they start and stop with it.

    `keys` is `None` if keys are off, `tracing` if no spans are exported.
    """

    settings: Settings
    lifecycle: Lifecycle
    metrics: Metrics
    tracing: Tracing | None
    engine: Engine
    panel: Panel
    database: Database
    registry: Registry
    feedback: Feedback
    supervisor: Supervisor
    keys: KeyStore | None
    evaluating: ProcessExecutor
    validating: ProcessExecutor

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start all components; stop them when the context ends."""
        components: list[Registry | Feedback | Supervisor | KeyStore]
        components = [self.registry, self.feedback, self.supervisor]
        components += [self.keys] if self.keys else []
        await self.engine.start()
        async with opened(self.database):
            for component in components:
                await component.start()
            yield
            for component in components:
                await component.stop()
        await self.engine.stop()
        for executor in (self.evaluating, self.validating):
            executor.stop()
        if self.tracing:
            self.tracing.close()

    def rates(self) -> Rates | None:
        """Return the rate limits of callers, or `None` if the settings have none."""
        settings = self.settings
        if not (settings.require_keys or settings.limit_addresses):
            return None
        return Rates(settings.requests_per_minute, settings.segments_per_minute)

    def request_listeners(self) -> tuple[RequestListener, ...]:
        """Return the functions to call with each answered request."""
        log = (RequestLog().exchanged,) if self.settings.log_requests else ()
        tracing = (self.tracing.exchanged,) if self.tracing else ()
        return self.metrics.exchanged, *log, *tracing


def build(settings: Settings, tracing: Tracing | None = None) -> Application:
    """Return the application for these settings; nothing is started yet.

    Spans are exported as the settings say, unless `tracing` is given.

    Raises:
        RosterError: the roster cannot be used.
        StoreError: the URL of the database is not supported.
        ImportError: `otlp_endpoint` is set, and the extra `otel` is not installed.
    """
    if tracing is None and settings.otlp_endpoint:
        tracing = exporting(settings.otlp_endpoint)
    roster = read_roster(settings.roster)
    engine = Engine(roster, settings)
    settings.state.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    lifecycle = Lifecycle()
    metrics = Metrics(lambda: lifecycle.requests_in_progress, lambda: engine.queued)
    traced: tuple[CombinedListener, ...] = (tracing.combined,) if tracing else ()
    engine.telemetry = metrics.combined, *traced
    return Application(
        settings=settings,
        lifecycle=lifecycle,
        metrics=metrics,
        tracing=tracing,
        engine=engine,
        panel=Panel(engine, roster.panel, settings),
        database=database,
        registry=Registry(database, engine, settings),
        feedback=Feedback(database, engine, settings),
        supervisor=Supervisor(database, settings),
        keys=KeyStore(database, settings.poll_s) if settings.require_keys else None,
        evaluating=ProcessExecutor(settings.batch_deadline_s, "evaluate"),
        validating=ProcessExecutor(settings.batch_deadline_s, "validate"),
    )
