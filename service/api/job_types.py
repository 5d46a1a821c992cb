"""What the routes of jobs answer with."""

from typing import Annotated, Any, cast

from pydantic import Field
from typing_extensions import TypedDict

from service.jobs.job import Job, State


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


def fields(job: Job) -> JobAnswer:
    """Return what is said of a job."""
    return cast(JobAnswer, {name: getattr(job, name) for name in JobAnswer.__annotations__})
