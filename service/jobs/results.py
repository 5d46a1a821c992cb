"""The folders of jobs: what an attempt works on and leaves behind, and what is shown of it.

`STATE/jobs/JOB/TOKEN/given` and `.../results`: each attempt has its own, and those of the one
that the queue names are the job's. Nothing in them changes from then on.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class File(NamedTuple):
    """A result: its name, which may have folders before it, and its size in bytes."""

    name: str
    size: int


def place(state: Path) -> Path:
    """Return the folder of all jobs."""
    return state / "jobs"


def folder(state: Path, job: str, token: str) -> Path:
    """Return the folder of an attempt."""
    return place(state) / job / token


def prepare(attempt: Path, files: Mapping[str, bytes]) -> None:
    """Make the folders of an attempt, and write what the job was given."""
    for name in ("given", "results"):
        (attempt / name).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = attempt / "given" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def settle(attempt: Path) -> None:
    """Have the results on disk before anybody is told of them."""
    results = attempt / "results"
    for path in [*sorted(results.rglob("*")), results, attempt, *list(attempt.parents)[:2]]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def discard(attempt: Path, *, but: str | None = None) -> None:
    """Remove an attempt, or of all attempts at its job those `but` one."""
    if but is None:
        shutil.rmtree(attempt, ignore_errors=True)
        return
    for other in attempt.parent.iterdir():
        if other.name != but:
            shutil.rmtree(other, ignore_errors=True)
    shutil.rmtree(attempt / "given", ignore_errors=True)


def listing(attempt: Path) -> list[File]:
    """Return the results of an attempt, by name; links are none, nor is what goes meanwhile."""
    results = attempt / "results"
    try:
        found = [path for path in results.rglob("*") if path.is_file() and not path.is_symlink()]
        return sorted(
            File(path.relative_to(results).as_posix(), path.stat().st_size) for path in found
        )
    except FileNotFoundError:
        return []


def find(attempt: Path, name: str) -> Path | None:
    """Return where the result called `name` is, if the listing has it."""
    known = name in {file.name for file in listing(attempt)}
    return attempt / "results" / name if known else None
