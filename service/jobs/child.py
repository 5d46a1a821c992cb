"""One attempt at a job, in a process of its own, which says by a pipe how far it is.

It has no database: killed at any moment it leaves nothing but a folder that nobody is told of.
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
from service.jobs import results

Item = TypeVar("Item")

_LOG = logging.getLogger(__name__)
_EVERY_S = 0.2
_LONGEST = 1000
_DATA = "CONSORT_DATA"
_UNFORESEEN = "an error that was not foreseen; the log has it under the job's id"


@dataclass(frozen=True)
class Attempt:
    """What a child is given; `state` is the service's folder, `combiner` the trained one's."""

    job: str
    token: str
    kind: str
    request: Mapping[str, Any]
    files: Mapping[str, bytes]
    state: Path
    combiner: Path | None

    @property
    def folder(self) -> Path:
        """The folder of this attempt."""
        return results.folder(self.state, self.job, self.token)


def main(attempt: Attempt, pipe: Connection) -> None:
    """Do the work, and send ("progress", ...) now and then, ("done",) or ("failed", reason).

    The process leads a group of its own, and ends with all of it when the pipe is closed.
    """
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(pipe,), daemon=True).start()
    try:
        with working():
            _work(attempt, pipe)
    except (ValueError, OSError, ImportError, MemoryError) as error:
        _LOG.info("job %s failed: %s", attempt.job, type(error).__name__)
        pipe.send(("failed", in_words(error, attempt)))
    except Exception:
        _LOG.exception("job %s", attempt.job)
        pipe.send(("failed", _UNFORESEEN))
    else:
        pipe.send(("done",))


def _work(attempt: Attempt, pipe: Connection) -> None:
    # Names that are neither packages nor files of the job lead nowhere: not here, not elsewhere.
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    if data := os.environ.get(_DATA):
        os.environ[_DATA] = str(Path(data).absolute())  # it starts where the service did
    results.prepare(attempt.folder, attempt.files)
    os.chdir(attempt.folder)
    from service.jobs.kinds import Bench, run
    from service.jobs.requests import restore

    asked = restore(attempt.kind, attempt.request, attempt.files)
    folder = attempt.folder
    progress = Progress(pipe)
    run(asked, Bench(folder / "given", folder / "results", attempt.combiner, progress))
    results.settle(folder)


class Progress:
    """The `progress(items, what, total)` of the runs: the items, and word of them."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._what, self._said = "", 0.0

    def __call__(
        self, items: Iterable[Item], what: str, total: int | None = None
    ) -> Iterator[Item]:
        """Yield `items`, and say how many of them were, and of how many, as far as is known."""
        of = len(items) if isinstance(items, Sized) else total or 0
        self._say(what, 0, of)
        for done, item in enumerate(items, 1):
            yield item
            self._say(what, done, max(done, of))

    def _say(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        # What is begun is said at once: its first item may take an hour.
        if what != self._what or now - self._said >= _EVERY_S:
            self._what, self._said = what, now
            self._pipe.send(("progress", {"what": what[:200], "done": done, "of": of}))


def _end_with(pipe: Connection) -> None:
    """End the process and what it started when nobody holds the other end any more."""
    try:
        pipe.poll(None)  # nothing is ever sent this way
    finally:
        os.killpg(0, signal.SIGKILL)


def in_words(error: Exception, attempt: Attempt) -> str:
    """Return why an attempt failed: files are named as who asked for it knows them."""
    words = str(error) or type(error).__name__
    for place in _places(attempt):
        words = words.replace(f"{place}/", "")
    words = words.replace(str(attempt.folder), "")
    # What no database keeps as text is written as Python writes it.
    words = words.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", r"\x00")
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _places(attempt: Attempt) -> Iterator[Path]:
    """Yield the folders of this machine that paths in messages start with, the longest first."""
    yield from (attempt.folder / "given", attempt.folder / "results", attempt.folder)
    if attempt.combiner:
        yield attempt.combiner.parent
    if data := os.environ.get(_DATA):
        yield Path(data)
