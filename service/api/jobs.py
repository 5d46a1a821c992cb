"""`/v1/jobs`: long work that is kept, watched, cancelled, done again, and its results."""

from mimetypes import guess_type
from pathlib import Path
from typing import Annotated

from anyio import Event
from fastapi import APIRouter, Header, Query, Request
from pydantic_core import to_json
from sse_starlette import EventSourceResponse
from starlette.responses import FileResponse, Response

from service.api import body
from service.api.job_handlers import KEY, LOOK_S, JobDesk
from service.api.job_types import JobAnswer, JobPage, ResultFile, fields
from service.api.middleware.authentication import Owner
from service.api.openapi import problem_responses, ref, request_body
from service.core.settings import Settings
from service.jobs.job import Job
from service.jobs.supervisor import Supervisor
from service.store.database import Database

MOST_LISTED = 100
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


def routes(database: Database, settings: Settings, supervisor: Supervisor) -> APIRouter:
    """Return the routes of jobs."""
    router = APIRouter(tags=["jobs"])
    desk = JobDesk(database, settings, supervisor)
    _add_asking(router, desk)
    _add_watching(router, desk, settings.read_timeout_s)
    _add_deciding(router, desk)
    _add_results(router, desk)
    return router


def _add_asking(router: APIRouter, desk: JobDesk) -> None:
    @router.post(
        "/v1/jobs",
        status_code=202,
        response_class=Response,
        responses={202: {"model": JobAnswer}, **problem_responses(408, 413, 415, 422, 503)},
        openapi_extra=request_body({body.JSON: {"schema": ref("JobRequest"), "example": EXAMPLE}}),
    )
    async def submit(
        request: Request,
        owner: Owner,
        idempotency_key: Annotated[
            str | None,
            Header(
                description="The same key and body are the same job",
                json_schema_extra={"pattern": f"^{KEY.pattern}$"},
            ),
        ] = None,
    ) -> Response:
        """Take a job: it is kept, and done by a worker as soon as one is free."""
        job = await desk.submit(request, owner, idempotency_key)
        return _answer(job, 202, {"Location": f"/v1/jobs/{job.id}"})

    @router.get("/v1/jobs", response_model=JobPage, responses=problem_responses(422, 503))
    async def jobs(
        owner: Owner,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 20,
        after: Annotated[str | None, Query(max_length=32, pattern="^[0-9a-f]*$")] = None,
    ) -> JobPage:
        """List one's jobs, the newest first."""
        found, more = await desk.page(owner, limit, after)
        return JobPage(jobs=list(map(fields, found)), next=more)


def _add_watching(router: APIRouter, desk: JobDesk, send_s: float) -> None:
    @router.get("/v1/jobs/{job}", response_model=JobAnswer, responses=problem_responses(404, 503))
    async def one(job: str, owner: Owner) -> Response:
        """Say how a job is."""
        return _answer(await desk.find(job, owner))

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
        job: str,
        owner: Owner,
        last_event_id: Annotated[
            str | None, Header(description="The last event that was received")
        ] = None,
    ) -> Response:
        """Tell of a job whenever something about it changes, until it has ended.

        Each event is called `job`, and its data is the job as `GET /v1/jobs/{job}` has it.
        """
        stopping = Event()
        told = await desk.events(job, owner, last_event_id, stopping)
        if told is None:
            return Response(status_code=204)  # a browser would ask again and again otherwise
        return EventSourceResponse(
            told,
            send_timeout=send_s,
            shutdown_event=stopping,
            shutdown_grace_period=2 * LOOK_S,
        )


def _add_deciding(router: APIRouter, desk: JobDesk) -> None:
    @router.post(
        "/v1/jobs/{job}/cancel",
        status_code=202,
        response_model=JobAnswer,
        responses=problem_responses(404, 409, 503),
    )
    async def cancel(job: str, owner: Owner) -> Response:
        """Cancel a job: one that is being done ends within some seconds."""
        return _answer(await desk.cancel(job, owner), 202)

    @router.post(
        "/v1/jobs/{job}/retry",
        status_code=202,
        response_model=JobAnswer,
        responses=problem_responses(404, 409, 503),
    )
    async def retry(job: str, owner: Owner) -> Response:
        """Have a job that failed or was cancelled done from the start."""
        return _answer(await desk.retry(job, owner), 202)


def _add_results(router: APIRouter, desk: JobDesk) -> None:
    @router.get(
        "/v1/jobs/{job}/files",
        response_model=list[ResultFile],
        responses=problem_responses(404, 503),
    )
    async def files(job: str, owner: Owner) -> list[ResultFile]:
        """List what a job left; nothing until it has succeeded."""
        found = await desk.files(job, owner)
        return [ResultFile(name=file.name, bytes=file.size) for file in found]

    @router.get(
        "/v1/jobs/{job}/files/{name:path}",
        response_class=Response,
        responses={
            200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}},
            **problem_responses(404, 503),
        },
    )
    async def file(job: str, owner: Owner, name: str) -> Response:
        """Give a file that a job left."""
        return _sent(await desk.file(job, owner, name))


def _answer(job: Job, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(fields(job)), status, headers, body.JSON)


def _sent(path: Path) -> Response:
    if path.suffix == ".html":
        return FileResponse(
            path, media_type="text/html", headers={"Content-Security-Policy": _REPORT}
        )
    kind = "text/plain" if path.suffix in (".txt", ".md") else guess_type(path.name)[0]
    return FileResponse(path, media_type=kind or "application/octet-stream", filename=path.name)
