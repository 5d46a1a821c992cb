"""Folders of jobs, with the input files and the results of each attempt.

Each attempt has its own folders `STATE/jobs/JOB/TOKEN/given` and `.../results`. The results of a
job are those of the attempt that the queue names; they do not change afterwards.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
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
    """Make the folders of an attempt, and write the input files of the job."""
    for name in ("given", "results"):
        (attempt / name).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = attempt / "given" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def settle(attempt: Path) -> None:
    """Flush the results to disk, so that they are durable before the job is marked as done."""
    results = attempt / "results"
    for path in [*sorted(results.rglob("*")), results, attempt, *list(attempt.parents)[:2]]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def discard(attempt: Path, *, but: str | None = None) -> None:
    """Remove the folder of an attempt; or, with `but`, those of all other attempts at its job."""
    if but is None:
        shutil.rmtree(attempt, ignore_errors=True)
        return
    for other in attempt.parent.iterdir():
        if other.name != but:
            shutil.rmtree(other, ignore_errors=True)
    shutil.rmtree(attempt / "given", ignore_errors=True)


def size(attempt: Path) -> int:
    """Return the bytes that an attempt has written so far, without the copies of its inputs."""
    total = 0
    for place, folders, files in os.walk(attempt):
        if Path(place) == attempt and "given" in folders:
            folders.remove("given")
        for name in files:
            with suppress(OSError):  # it was moved or removed meanwhile
                total += os.lstat(Path(place) / name).st_size
    return total


def listing(attempt: Path) -> list[File]:
    """Return the result files of an attempt by name, without symbolic links."""
    results = attempt / "results"
    try:
        paths = [path for path in results.rglob("*") if path.is_file() and not path.is_symlink()]
        return sorted(
            File(path.relative_to(results).as_posix(), path.stat().st_size) for path in paths
        )
    except FileNotFoundError:
        return []


def find(attempt: Path, name: str) -> Path | None:
    """Return the path of the result `name`, or `None` if it is not in the listing."""
    known = name in {file.name for file in listing(attempt)}
    return attempt / "results" / name if known else None
