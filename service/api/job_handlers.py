"""Handlers of the job routes; database and disk are accessed in threads."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from anyio import Event
from fastapi import Request
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import ServerSentEvent

from service.api import body
from service.api.job_types import fields
from service.core import strict_json
from service.core.admission import Gate
from service.core.limits import Refused
from service.core.problems import Problem
from service.core.settings import Settings
from service.jobs import queue, results
from service.jobs.job import ID, Job
from service.jobs.queue import KeyReusedError, Order, StateError
from service.jobs.quota import QuotaError
from service.jobs.requests import AnyJob, Combine, JobRequest
from service.jobs.supervisor import Supervisor
from service.registry.registry import Registry
from service.store.database import Database

INTERVAL_S = 0.5
"""How often a stream of events looks for changes."""

_LARGEST = 2  # bodies of maximal size received at once: each needs several times its size
_CHECKED_AT_ONCE = 2  # requests whose parameters are checked; each takes up to a second
_NUMBER = re.compile(r"[0-9]{1,9}")
KEY = re.compile(r"[!-~]{1,255}")
"""An idempotency key: visible ASCII characters."""


class JobHandlers:
    """Submits jobs and reports on them; owners see their own jobs only.

    Methods that take the id of a job raise a `Problem` 404 if the owner has none with this id.
    """

    def __init__(
        self, database: Database, settings: Settings, supervisor: Supervisor, registry: Registry
    ) -> None:
        self._registry = registry
        self._database = database
        self._settings = settings
        self._supervisor = supervisor
        self._streams = Gate(settings.streams_at_once)
        self._arriving = Gate(_LARGEST * settings.job_bytes)
        # Threads of their own: those of asyncio serve the routes of files and the registry.
        self._checking = ThreadPoolExecutor(_CHECKED_AT_ONCE, thread_name_prefix="check-job")

    async def submit(self, request: Request, owner: str, key: str | None) -> Job:
        """Store the job in a request, once for each idempotency `key`, and wake the workers."""
        body.media_type(request, [body.JSON])
        if key is not None and not KEY.fullmatch(key):
            detail = "must have 1 to 255 visible ASCII characters"
            raise Refused("invalid-value", ["Idempotency-Key"], detail)
        most = self._settings.job_bytes
        size = body.declared(request.headers)
        with self._arriving.enter(most if size is None else min(size, most)):
            job = await self._store(request, owner, key)
        self._supervisor.wake()
        return job

    async def page(self, owner: str, limit: int, after: str | None) -> tuple[list[Job], str | None]:
        """Return `limit` jobs, the newest first, and the `after` of the next page, if any."""
        jobs = await self._database.jobs.ask(queue.page, self._database, owner, limit + 1, after)
        return jobs[:limit], jobs[limit - 1].id if len(jobs) > limit else None

    async def find(self, job: str, owner: str) -> Job:
        """Return a job."""
        return await self._database.jobs.ask(self._found, queue.find, job, owner)

    async def cancel(self, job: str, owner: str) -> Job:
        """Cancel a queued job, or ask the worker of a running one to stop."""
        return await self._database.jobs.ask(self._found, queue.cancel, job, owner)

    async def retry(self, job: str, owner: str) -> Job:
        """Queue a failed or cancelled job again."""
        queued = await self._database.jobs.ask(self._found, queue.retry, job, owner)
        self._supervisor.wake()
        return queued

    async def events(
        self, job: str, owner: str, last: str | None, stopping: Event
    ) -> AsyncIterator[ServerSentEvent] | None:
        """Return a stream of events for changes after `last`, until the job or the service ends.

        `None` if the job has ended and `last` was its last event.
        """
        sent = int(last) if last and _NUMBER.fullmatch(last) else 0
        current = await self.find(job, owner)
        if current.ended and current.revision <= sent:
            return None
        slot = ExitStack()
        slot.enter_context(self._streams.enter())
        return self._changes(current, sent, stopping, slot)

    async def files(self, job: str, owner: str) -> list[results.File]:
        """Return the result files of a job; none until it has succeeded."""
        attempt = self._attempt(await self.find(job, owner))
        return await asyncio.to_thread(results.listing, attempt) if attempt else []

    async def file(self, job: str, owner: str, name: str) -> Path:
        """Return the path of a result file of a job."""
        attempt = self._attempt(await self.find(job, owner))
        path = await asyncio.to_thread(results.find, attempt, name) if attempt else None
        if path is None:
            raise Problem("result-not-found", "the job has no result file of this name")
        return path

    async def _store(self, request: Request, owner: str, key: str | None) -> Job:
        settings, database = self._settings, self._database
        content = await body.read(request, settings.job_bytes, settings.read_timeout_s)
        loop = asyncio.get_running_loop()
        checked = await loop.run_in_executor(self._checking, _checked, content, settings.combiner)
        order = await self._pinned(*checked)
        try:
            limits = settings.jobs_waiting, settings.jobs_disk_bytes
            job, _ = await database.jobs.ask(queue.submit, database, order, owner, key, *limits)
            return job
        except KeyReusedError as error:
            raise Problem("idempotency-key-reused", f"the Idempotency-Key {error}") from None
        except QuotaError as error:
            raise Problem("disk-quota-exceeded", str(error)) from None

    async def _pinned(self, request: AnyJob, order: Order) -> Order:
        """Return the order with the version that its registered combiner has now, if it has one."""
        if (term := request.registered) is None:
            return order
        version = await self._registry.pinned(term)
        if isinstance(request, Combine) and request.outputs not in (None, version.kind):
            detail = f"{term} combines {version.kind}, not {request.outputs}"
            raise Refused("unsupported-kind", ["outputs"], detail)
        pinned = {"combiner": f"{version.name}@{version.version}"}
        return replace(order, version=version, pinned=pinned)

    def _found(
        self, query: Callable[[Database, str, str], Job | None], job: str, owner: str
    ) -> Job:
        try:
            result = query(self._database, job, owner) if ID.fullmatch(job) else None
        except StateError as error:
            raise Problem(error.code, f"the job {error}") from None
        if result is None:
            raise Problem("job-not-found", f"no job has the id {job[:64]!r}")
        return result

    async def _changes(
        self, job: Job, sent: int, stopping: Event, slot: ExitStack
    ) -> AsyncIterator[ServerSentEvent]:
        with slot:
            while not stopping.is_set():
                if job.revision > sent:
                    sent = job.revision
                    data = to_json(fields(job)).decode()
                    yield ServerSentEvent(data, event="job", id=str(sent), retry=1000)
                if job.ended:
                    return
                await asyncio.sleep(INTERVAL_S)
                with suppress(SQLAlchemyError):  # the database may be available again later
                    job = await self.find(job.id, job.owner)

    def _attempt(self, job: Job) -> Path | None:
        return results.folder(self._settings.state, job.id, job.result) if job.result else None


def _checked(content: bytes, trained: Path | None) -> tuple[AnyJob, Order]:
    job_request = strict_json.validate(JobRequest, strict_json.parse(content)).root
    job_request.check(trained)
    return job_request, job_request.order()
