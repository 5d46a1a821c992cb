"""`/v1/jobs`: long work that is kept, watched, cancelled, done again, and its results."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from mimetypes import guess_type
from pathlib import Path
from typing import Annotated, Any, cast

from anyio import Event
from fastapi import APIRouter, Header, Query, Request
from pydantic import Field
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import FileResponse, Response
from typing_extensions import TypedDict

from service.api import body
from service.api.openapi import problem_responses, ref, request_body
from service.jobs import queue, results
from service.jobs.queue import ClashError, State, UnsuitedError
from service.jobs.requests import JobRequest
from service.jobs.supervisor import Supervisor
from service.limits import Gate, Refused
from service.problems import Problem
from service.settings import Settings
from service.store.database import Database

MOST_LISTED = 100
_LOOK_S = 0.5
_NUMBER = re.compile(r"[0-9]{1,9}")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# A report has its style and its figures in it, and loads and runs nothing.
_REPORT = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
)
EXAMPLE = {
    "kind": "combine",
    "files": {
        "source.txt": "He go to school .\nI has a apple .\n",
        "a.txt": "He goes to school .\nI have a apple .\n",
        "b.txt": "He goes to school .\nI have an apple .\n",
        "c.txt": "He go to schol .\nI has an apple .\n",
    },
    "combiner": "vote",
}


class Progress(TypedDict):
    """How far a job is in what it does at the moment."""

    what: str
    done: int
    of: int


class JobAnswer(TypedDict):
    """A job as it is; times are seconds since 1970."""

    id: str
    kind: str
    state: State
    progress: Progress | None
    detail: Annotated[str | None, Field(description="Why it failed")]
    attempts: Annotated[int, Field(description="How often a worker has taken it up")]
    cancel_asked: bool
    created_at: float
    started_at: float | None
    finished_at: float | None
    request: Annotated[dict[str, Any], Field(description="What was asked, without the files")]


class JobPage(TypedDict):
    """Jobs, the newest first; `next` is the `after` of the next page, null on the last."""

    jobs: list[JobAnswer]
    next: str | None


class ResultFile(TypedDict):
    """A file that a job left; its name may have folders before it."""

    name: str
    bytes: int


def routes(database: Database, settings: Settings, supervisor: Supervisor) -> APIRouter:
    """Return the routes of jobs."""
    router = APIRouter(tags=["jobs"])
    desk = _Desk(database, settings)
    streams = Gate(settings.streams_at_once)

    @router.post(
        "/v1/jobs",
        status_code=202,
        response_class=Response,
        responses={202: {"model": JobAnswer}, **problem_responses(408, 413, 415, 422, 503)},
        openapi_extra=request_body({body.JSON: {"schema": ref("JobRequest"), "example": EXAMPLE}}),
    )
    async def submit(
        request: Request,
        idempotency_key: Annotated[
            str | None, Header(description="The same key and body are the same job")
        ] = None,
    ) -> Response:
        """Take a job: it is kept, and done by a worker as soon as one is free."""
        body.media_type(request, [body.JSON])
        key = _key(idempotency_key)
        content = await body.read(request, settings.job_bytes, settings.read_timeout_s)
        job = await database.ask(desk.submit, content, _owner(request), key)
        supervisor.wake()
        return _answer(job, 202, {"Location": f"/v1/jobs/{job.id}"})

    @router.get("/v1/jobs", response_model=JobPage, responses=problem_responses(422, 503))
    async def jobs(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 20,
        after: Annotated[str | None, Query(max_length=32, pattern="^[0-9a-f]*$")] = None,
    ) -> JobPage:
        """List one's jobs, the newest first."""
        owner = _owner(request)
        found = await database.ask(queue.page, database, owner, limit + 1, after)
        more = found[limit - 1].id if len(found) > limit else None
        return JobPage(jobs=list(map(_fields, found[:limit])), next=more)

    @router.get("/v1/jobs/{job}", response_model=JobAnswer, responses=problem_responses(404, 503))
    async def one(request: Request, job: str) -> Response:
        """Say how a job is."""
        return _answer(await database.ask(desk.find, job, _owner(request)))

    @router.get(
        "/v1/jobs/{job}/events",
        response_class=Response,
        responses={
            200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
            204: {"description": "The job has ended, and all was said"},
            **problem_responses(404, 503),
        },
    )
    async def events(
        request: Request,
        job: str,
        last_event_id: Annotated[
            str | None, Header(description="The last event that was received")
        ] = None,
    ) -> Response:
        """Tell of a job whenever something about it changes, until it has ended.

        Each event is called `job`, and its data is the job as `GET /v1/jobs/{job}` has it.
        """
        found = await database.ask(desk.find, job, _owner(request))
        last = last_event_id or ""
        known = int(last) if _NUMBER.fullmatch(last) else 0
        if found.ended and found.revision <= known:
            return Response(status_code=204)  # a browser would ask again and again otherwise
        stack = ExitStack()
        stack.enter_context(streams.enter())
        stopping = Event()
        told = _told(lambda: database.ask(desk.find, job, found.owner), known, stopping, stack)
        return EventSourceResponse(
            told,
            send_timeout=settings.read_timeout_s,
            shutdown_event=stopping,
            shutdown_grace_period=2 * _LOOK_S,
        )

    @router.post(
        "/v1/jobs/{job}/cancel",
        status_code=202,
        response_model=JobAnswer,
        responses=problem_responses(404, 409, 503),
    )
    async def cancel(request: Request, job: str) -> Response:
        """Cancel a job: one that is being done ends within some seconds."""
        return _answer(await database.ask(desk.change, queue.cancel, job, _owner(request)), 202)

    @router.post(
        "/v1/jobs/{job}/retry",
        status_code=202,
        response_model=JobAnswer,
        responses=problem_responses(404, 409, 503),
    )
    async def retry(request: Request, job: str) -> Response:
        """Have a job that failed or was cancelled done from the start."""
        found = await database.ask(desk.change, queue.retry, job, _owner(request))
        supervisor.wake()
        return _answer(found, 202)

    @router.get(
        "/v1/jobs/{job}/files",
        response_model=list[ResultFile],
        responses=problem_responses(404, 503),
    )
    async def files(request: Request, job: str) -> list[ResultFile]:
        """List what a job left; nothing until it has succeeded."""
        found = await database.ask(desk.listing, job, _owner(request))
        return [ResultFile(name=file.name, bytes=file.size) for file in found]

    @router.get(
        "/v1/jobs/{job}/files/{name:path}",
        response_class=Response,
        responses={
            200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}},
            **problem_responses(404, 503),
        },
    )
    async def file(request: Request, job: str, name: str) -> Response:
        """Give a file that a job left."""
        path = await database.ask(desk.file, job, _owner(request), name)
        return _sent(path)

    return router


class _Desk:
    """What the routes ask of the database and the disk, from a thread."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def submit(self, content: bytes, owner: str, key: str | None) -> queue.Job:
        asked = body.validate(JobRequest, body.parse(content)).root
        asked.check()
        most = self._settings.jobs_waiting
        try:
            job, _ = queue.submit(self._database, asked.order(), owner, key, most)
        except ClashError as error:
            raise Problem(422, f"the Idempotency-Key {error}") from None
        return job

    def find(self, job: str, owner: str) -> queue.Job:
        return _there(queue.find(self._database, job, owner), job)

    def change(
        self, change: Callable[[Database, str, str], queue.Job | None], job: str, owner: str
    ) -> queue.Job:
        try:
            return _there(change(self._database, job, owner), job)
        except UnsuitedError as error:
            raise Problem(409, f"the job {error}") from None

    def listing(self, job: str, owner: str) -> list[results.File]:
        attempt = self._attempt(self.find(job, owner))
        return results.listing(attempt) if attempt else []

    def file(self, job: str, owner: str, name: str) -> Path:
        attempt = self._attempt(self.find(job, owner))
        path = results.find(attempt, name) if attempt else None
        if path is None:
            raise Problem(404, "the job left no file of this name")
        return path

    def _attempt(self, job: queue.Job) -> Path | None:
        return results.folder(self._settings.state, job.id, job.result) if job.result else None


async def _told(
    look: Callable[[], Awaitable[queue.Job]], known: int, stopping: Event, place: ExitStack
) -> AsyncIterator[ServerSentEvent]:
    """Yield an event for each change that is not `known` yet, until the job or the service ends."""
    with place:
        while not stopping.is_set():
            try:
                job = await look()
            except SQLAlchemyError:  # it may come back, and the stream still be wanted then
                await asyncio.sleep(_LOOK_S)
                continue
            if job.revision > known:
                known = job.revision
                data = to_json(_fields(job)).decode()
                yield ServerSentEvent(data, event="job", id=str(known), retry=1000)
            if job.ended:
                return
            await asyncio.sleep(_LOOK_S)


def _owner(request: Request) -> str:
    owner: str = request.scope.get("key_id", "")
    return owner


def _key(given: str | None) -> str | None:
    if given is not None and not _KEY.fullmatch(given):
        raise Refused(["Idempotency-Key"], "is 1 to 255 visible ASCII characters")
    return given


def _there(found: queue.Job | None, job: str) -> queue.Job:
    if found is None:
        raise Problem(404, f"there is no job {job[:64]!r}")
    return found


def _fields(job: queue.Job) -> JobAnswer:
    return cast(JobAnswer, {name: getattr(job, name) for name in JobAnswer.__annotations__})


def _answer(job: queue.Job, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(_fields(job)), status, headers, body.JSON)


def _sent(path: Path) -> Response:
    if path.suffix == ".html":
        return FileResponse(
            path, media_type="text/html", headers={"Content-Security-Policy": _REPORT}
        )
    kind = "text/plain" if path.suffix in (".txt", ".md") else guess_type(path.name)[0]
    return FileResponse(path, media_type=kind or "application/octet-stream", filename=path.name)
