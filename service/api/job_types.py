"""Schemas of the answers about jobs."""

from typing import Annotated, Any, cast

from pydantic import Field
from typing_extensions import TypedDict

from service.jobs.job import Job, State


class Progress(TypedDict):
    """Progress of a job in its current step."""

    what: str
    done: int
    of: int


class JobAnswer(TypedDict):
    """A job; times are seconds since 1970."""

    id: str
    kind: str
    state: State
    progress: Progress | None
    detail: Annotated[str | None, Field(description="Why it failed")]
    attempts: Annotated[int, Field(description="How often a worker has started it")]
    cancel_asked: bool
    created_at: float
    started_at: float | None
    finished_at: float | None
    request: Annotated[dict[str, Any], Field(description="The request without its files")]


class JobPage(TypedDict):
    """Jobs, the newest first; `next` is the `after` of the next page, null on the last."""

    jobs: list[JobAnswer]
    next: str | None


class ResultFile(TypedDict):
    """A result file of a job; its name may begin with folders."""

    name: str
    bytes: int


def fields(job: Job) -> JobAnswer:
    """Return the answer about a job."""
    return cast(JobAnswer, {name: getattr(job, name) for name in JobAnswer.__annotations__})
