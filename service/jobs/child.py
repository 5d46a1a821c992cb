"""One attempt at a job, in its own process, which reports progress through a pipe.

It does not use the database: if it is killed, it leaves only a folder that no job refers to.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from evaluation.execution.engine import working
from evaluation.execution.temporary import temporary_files
from service.core.settings import temporary
from service.jobs import results
from service.registry import folders

Item = TypeVar("Item")

_LOG = logging.getLogger(__name__)
_INTERVAL_S = 0.2
_LONGEST = 1000
_DATA = "CONSORT_DATA"
_UNEXPECTED = "unexpected error; see the log under the id of the job"


@dataclass(frozen=True)
class Attempt:
    """Input of a child; `state` is the folder of the service, `combiner` that of a trained one.

    `artefact` is the digest of the registered combiner that the job uses, if it uses one.
    """

    job: str
    token: str
    kind: str
    request: Mapping[str, Any]
    files: Mapping[str, bytes]
    state: Path
    combiner: Path | None
    artefact: str | None = None

    @property
    def registered(self) -> Path | None:
        """The folder of the registered combiner that the job uses."""
        return folders.folder(self.state, self.artefact) if self.artefact else None

    @property
    def folder(self) -> Path:
        """The folder of this attempt."""
        return results.folder(self.state, self.job, self.token)


def main(attempt: Attempt, pipe: Connection) -> None:
    """Do the work; send ("progress", ...) at intervals, then ("done",) or ("failed", reason).

    The process leads its own process group, which is killed when the other end closes the pipe.
    """
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(pipe,), daemon=True).start()
    try:
        with temporary_files(temporary(attempt.state)), working():
            _work(attempt, pipe)
    except (ValueError, OSError, ImportError, MemoryError) as error:
        _LOG.info("job %s failed: %s", attempt.job, type(error).__name__)
        pipe.send(("failed", described(error, attempt)))
    except Exception:
        _LOG.exception("job %s", attempt.job)
        pipe.send(("failed", _UNEXPECTED))
    else:
        pipe.send(("done",))


def _work(attempt: Attempt, pipe: Connection) -> None:
    # Models come from packages and from files of the job only, never from a hub.
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    if data := os.environ.get(_DATA):
        os.environ[_DATA] = str(
            Path(data).absolute()
        )  # relative to the folder the service was started in
    results.prepare(attempt.folder, attempt.files)
    os.chdir(attempt.folder)
    from service.jobs.kinds import JobContext, run
    from service.jobs.requests import restore

    job_request = restore(attempt.kind, attempt.request, attempt.files)
    folder = attempt.folder
    progress = Progress(pipe)
    places = folder / "given", folder / "results", attempt.combiner
    run(job_request, JobContext(*places, progress, attempt.registered))
    results.settle(folder)


class Progress:
    """The function `progress(items, what, total)` of runs, which reports through the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._what, self._sent_at = "", 0.0

    def __call__(
        self, items: Iterable[Item], what: str, total: int | None = None
    ) -> Iterator[Item]:
        """Yield `items`, and report how many of how many are done; a total of 0 is unknown."""
        of = len(items) if isinstance(items, Sized) else total or 0
        self._report(what, 0, of)
        for done, item in enumerate(items, 1):
            yield item
            self._report(what, done, max(done, of))

    def _report(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        # A new step is reported at once: its first item may take an hour.
        if what != self._what or now - self._sent_at >= _INTERVAL_S:
            self._what, self._sent_at = what, now
            self._pipe.send(("progress", {"what": what[:200], "done": done, "of": of}))


def _end_with(pipe: Connection) -> None:
    """Kill the process group when the other end of the pipe is closed."""
    try:
        pipe.poll(None)  # returns at the end only: nothing is sent in this direction
    finally:
        os.killpg(0, signal.SIGKILL)


def described(error: Exception, attempt: Attempt) -> str:
    """Return the reason for a failure, with the names of files as in the request."""
    text = str(error) or type(error).__name__
    if attempt.registered:
        text = text.replace(str(attempt.registered), str(attempt.request.get("combiner")))
    for folder in _folders(attempt):
        text = text.replace(f"{folder}/", "")
    text = text.replace(str(attempt.folder), "")
    # Characters that databases do not store as text are escaped as in Python.
    text = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", r"\x00")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _folders(attempt: Attempt) -> Iterator[Path]:
    """Yield the local folders that paths in messages may begin with, the longest first."""
    yield from (attempt.folder / "given", attempt.folder / "results", attempt.folder)
    if attempt.combiner:
        yield attempt.combiner.parent
    if data := os.environ.get(_DATA):
        yield Path(data)
