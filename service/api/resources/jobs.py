"""`/v1/jobs`: submits, watches, cancels and retries jobs, and returns their results."""

from mimetypes import guess_type
from pathlib import Path
from typing import Annotated

from anyio import Event
from fastapi import APIRouter, Header, Query, Request
from pydantic_core import to_json
from sse_starlette import EventSourceResponse
from starlette.responses import FileResponse, Response

from service.api import body
from service.api.job_handlers import INTERVAL_S, KEY, JobHandlers
from service.api.job_types import JobAnswer, JobPage, ResultFile, fields
from service.api.middleware.authentication import Owner
from service.api.openapi import json_body, problem_responses
from service.container import Application
from service.jobs.job import Job
from service.jobs.requests import JobRequest

MOST_LISTED = 100
# A report contains its styles and plots; it needs to load and run nothing. Links in it save them.
_REPORT = (
    "sandbox allow-downloads; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'none'"
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


def routes(application: Application) -> APIRouter:
    """Return the routes of jobs."""
    router = APIRouter(tags=["jobs"])
    components = application.database, application.settings, application.supervisor
    handlers = JobHandlers(*components, application.registry)
    _add_submission(router, handlers)
    _add_status(router, handlers, application.settings.read_timeout_s)
    _add_changes(router, handlers)
    _add_results(router, handlers)
    return router


def _add_submission(router: APIRouter, handlers: JobHandlers) -> None:
    @router.post(
        "/v1/jobs",
        status_code=202,
        response_class=Response,
        responses={
            202: {"model": JobAnswer},
            **problem_responses(404, 408, 409, 413, 415, 422, 503),
        },
        openapi_extra=json_body(JobRequest, EXAMPLE),
    )
    async def submit_job(
        request: Request,
        owner: Owner,
        idempotency_key: Annotated[
            str | None,
            Header(
                description="A request with the same key and body returns the same job",
                json_schema_extra={"pattern": f"^{KEY.pattern}$"},
            ),
        ] = None,
    ) -> Response:
        """Submit a job: it is stored, and run by the next free worker."""
        job = await handlers.submit(request, owner, idempotency_key)
        return _answer(job, 202, {"Location": f"/v1/jobs/{job.id}"})

    @router.get("/v1/jobs", response_model=JobPage, responses=problem_responses(422, 503))
    async def list_jobs(
        owner: Owner,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 20,
        after: Annotated[str | None, Query(max_length=32, pattern="^[0-9a-f]*$")] = None,
    ) -> JobPage:
        """List the caller's jobs, the newest first."""
        page, after_next = await handlers.page(owner, limit, after)
        return JobPage(jobs=list(map(fields, page)), next=after_next)


def _add_status(router: APIRouter, handlers: JobHandlers, send_s: float) -> None:
    @router.get("/v1/jobs/{job}", response_model=JobAnswer, responses=problem_responses(404, 503))
    async def show_job(job: str, owner: Owner) -> Response:
        """Return the state of a job."""
        return _answer(await handlers.find(job, owner))

    @router.get(
        "/v1/jobs/{job}/events",
        response_class=Response,
        responses={
            200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
            204: {"description": "The job has ended, and all events have been received"},
            **problem_responses(404, 503),
        },
    )
    async def watch_job(
        job: str,
        owner: Owner,
        last_event_id: Annotated[
            str | None, Header(description="Id of the last event received")
        ] = None,
    ) -> Response:
        """Stream an event for each change of a job, until it has ended.

        Each event is named `job`; its data is the job as in `GET /v1/jobs/{job}`.
        """
        stopping = Event()
        stream = await handlers.events(job, owner, last_event_id, stopping)
        if stream is None:
            return Response(status_code=204)  # to any other answer a browser would reconnect
        return EventSourceResponse(
            stream,
            send_timeout=send_s,
            shutdown_event=stopping,
            shutdown_grace_period=2 * INTERVAL_S,
        )


def _add_changes(router: APIRouter, handlers: JobHandlers) -> None:
    @router.post(
        "/v1/jobs/{job}/cancel",
        status_code=202,
        response_model=JobAnswer,
        responses=problem_responses(404, 409, 503),
    )
    async def cancel_job(job: str, owner: Owner) -> Response:
        """Cancel a job; a running one ends within a few seconds."""
        return _answer(await handlers.cancel(job, owner), 202)

    @router.post(
        "/v1/jobs/{job}/retry",
        status_code=202,
        response_model=JobAnswer,
        responses=problem_responses(404, 409, 503),
    )
    async def retry_job(job: str, owner: Owner) -> Response:
        """Run a failed or cancelled job again from the start."""
        return _answer(await handlers.retry(job, owner), 202)


def _add_results(router: APIRouter, handlers: JobHandlers) -> None:
    @router.get(
        "/v1/jobs/{job}/files",
        response_model=list[ResultFile],
        responses=problem_responses(404, 503),
    )
    async def list_job_files(job: str, owner: Owner) -> list[ResultFile]:
        """List the result files of a job; none until it has succeeded."""
        listing = await handlers.files(job, owner)
        return [ResultFile(name=file.name, bytes=file.size) for file in listing]

    @router.get(
        "/v1/jobs/{job}/files/{name:path}",
        response_class=Response,
        responses={
            200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}},
            **problem_responses(404, 503),
        },
    )
    async def fetch_job_file(job: str, owner: Owner, name: str) -> Response:
        """Return a result file of a job."""
        return _sent(await handlers.file(job, owner, name))


def _answer(job: Job, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(fields(job)), status, headers, body.JSON)


def _sent(path: Path) -> Response:
    if path.suffix == ".html":
        return FileResponse(
            path, media_type="text/html", headers={"Content-Security-Policy": _REPORT}
        )
    kind = "text/plain" if path.suffix in (".txt", ".md") else guess_type(path.name)[0]
    return FileResponse(path, media_type=kind or "application/octet-stream", filename=path.name)
