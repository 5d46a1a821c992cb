"""What the routes of jobs do: they ask the database and the disk, each time in a thread."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from anyio import Event
from fastapi import Request
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import ServerSentEvent

from service.api import body
from service.api.job_types import fields
from service.core import strict_json
from service.core.limits import Gate, Refused
from service.core.problems import Problem
from service.core.settings import Settings
from service.jobs import queue, results
from service.jobs.job import ID, Job
from service.jobs.queue import ClashError, Order, UnsuitedError
from service.jobs.requests import JobRequest
from service.jobs.supervisor import Supervisor
from service.store.database import Database

LOOK_S = 0.5
"""How often a stream of events looks."""

_LARGEST = 2  # that may arrive at once: each is held in memory several times over
_NUMBER = re.compile(r"[0-9]{1,9}")
KEY = re.compile(r"[!-~]{1,255}")
"""What an idempotency key is: visible ASCII characters."""


class JobDesk:
    """Takes jobs and says how they are; to an owner, there are only their own.

    What it raises is what is answered: a `Problem` 404 where there is no such job.
    """

    def __init__(self, database: Database, settings: Settings, supervisor: Supervisor) -> None:
        self._database = database
        self._settings = settings
        self._supervisor = supervisor
        self._streams = Gate(settings.streams_at_once)
        self._arriving = Gate(_LARGEST * settings.job_bytes)

    async def submit(self, request: Request, owner: str, key: str | None) -> Job:
        """Keep the job in a request, once for each idempotency `key`; have it done."""
        body.media_type(request, [body.JSON])
        if key is not None and not KEY.fullmatch(key):
            raise Refused(["Idempotency-Key"], "is 1 to 255 visible ASCII characters")
        most = self._settings.job_bytes
        size = body.declared(request.headers)
        with self._arriving.enter(most if size is None else min(size, most)):
            job = await self._keep(request, owner, key)
        self._supervisor.wake()
        return job

    async def page(self, owner: str, limit: int, after: str | None) -> tuple[list[Job], str | None]:
        """Return `limit` jobs, the newest first, and the `after` of the next page, if any."""
        found = await self._database.ask(queue.page, self._database, owner, limit + 1, after)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def find(self, job: str, owner: str) -> Job:
        """Return a job."""
        return await self._database.ask(self._one, queue.find, job, owner)

    async def cancel(self, job: str, owner: str) -> Job:
        """Cancel a job, or ask its worker to."""
        return await self._database.ask(self._one, queue.cancel, job, owner)

    async def retry(self, job: str, owner: str) -> Job:
        """Have a job that failed or was cancelled done from the start."""
        found = await self._database.ask(self._one, queue.retry, job, owner)
        self._supervisor.wake()
        return found

    async def events(
        self, job: str, owner: str, last: str | None, stopping: Event
    ) -> AsyncIterator[ServerSentEvent] | None:
        """Return an event for each change behind the `last`, until the job or the service ends.

        `None` where it has, and all was said.
        """
        known = int(last) if last and _NUMBER.fullmatch(last) else 0
        found = await self.find(job, owner)
        if found.ended and found.revision <= known:
            return None
        place = ExitStack()
        place.enter_context(self._streams.enter())
        return self._told(found, known, stopping, place)

    async def files(self, job: str, owner: str) -> list[results.File]:
        """Return what a job left; nothing until it has succeeded."""
        attempt = self._attempt(await self.find(job, owner))
        return await asyncio.to_thread(results.listing, attempt) if attempt else []

    async def file(self, job: str, owner: str, name: str) -> Path:
        """Return where a file is that a job left."""
        attempt = self._attempt(await self.find(job, owner))
        path = await asyncio.to_thread(results.find, attempt, name) if attempt else None
        if path is None:
            raise Problem(404, "the job left no file of this name")
        return path

    async def _keep(self, request: Request, owner: str, key: str | None) -> Job:
        settings, database = self._settings, self._database
        content = await body.read(request, settings.job_bytes, settings.read_timeout_s)
        order = await asyncio.to_thread(_order, content)
        try:
            asked = database.ask(queue.submit, database, order, owner, key, settings.jobs_waiting)
            return (await asked)[0]
        except ClashError as error:
            raise Problem(422, f"the Idempotency-Key {error}") from None

    def _one(self, asked: Callable[[Database, str, str], Job | None], job: str, owner: str) -> Job:
        try:
            found = asked(self._database, job, owner) if ID.fullmatch(job) else None
        except UnsuitedError as error:
            raise Problem(409, f"the job {error}") from None
        if found is None:
            raise Problem(404, f"there is no job {job[:64]!r}")
        return found

    async def _told(
        self, job: Job, known: int, stopping: Event, place: ExitStack
    ) -> AsyncIterator[ServerSentEvent]:
        with place:
            while not stopping.is_set():
                if job.revision > known:
                    known = job.revision
                    data = to_json(fields(job)).decode()
                    yield ServerSentEvent(data, event="job", id=str(known), retry=1000)
                if job.ended:
                    return
                await asyncio.sleep(LOOK_S)
                with suppress(
                    SQLAlchemyError
                ):  # it may come back, and the stream still be wanted then
                    job = await self.find(job.id, job.owner)

    def _attempt(self, job: Job) -> Path | None:
        return results.folder(self._settings.state, job.id, job.result) if job.result else None


def _order(content: bytes) -> Order:
    asked = strict_json.validate(JobRequest, strict_json.parse(content)).root
    asked.check()
    return asked.order()
