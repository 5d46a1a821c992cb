"""Folders for temporary files that belong to a process: those of killed processes are removed.

Each folder has a file that its process keeps locked (`flock`). The system releases the lock when
the process ends in any way, so a folder whose lock can be taken belongs to a process that has
ended. Several processes may use one parent folder at the same time.
"""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import current_process, util
from pathlib import Path

_LOG = logging.getLogger(__name__)
_LOCK = ".lock"
_LONGEST = 75
"""Bytes of a path under which multiprocessing can create its sockets, whose paths have 107."""


@contextmanager
def temporary_files(parent: Path) -> Iterator[None]:
    """Write temporary files of this process, and of those it starts, to a folder in `parent`.

    It replaces the folder that `tempfile` and `TMPDIR` name. If `parent` cannot be written to, a
    warning is logged, and the folder stays as it was.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(process_folder(parent))
        except OSError as error:
            _LOG.warning("temporary files are in %s: %s", tempfile.gettempdir(), error)
        else:
            stack.enter_context(_default(folder))
        yield


@contextmanager
def process_folder(parent: Path) -> Iterator[Path]:
    """Return a new folder in `parent`, which is removed at the end of the block.

    First remove those of processes that were killed.

    Raises:
        OSError: `parent` cannot be written to, or its file system does not support locks.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for left_behind in parent.iterdir():
        _remove(left_behind)
    folder, lock = _create(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _create(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent))
        if (lock := _locked(folder)) is not None:
            return folder, lock
        # Another process took it for one that was left behind.


def _remove(folder: Path) -> None:
    with suppress(PermissionError):  # it belongs to another user
        if (lock := _locked(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """Return the descriptor of the lock of a folder; `None` if another process has it."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_nlink:
            return lock
    except BlockingIOError:
        pass
    except OSError:
        os.close(lock)
        raise
    os.close(lock)  # another process has it, or has just removed it
    return None


@contextmanager
def _default(folder: Path) -> Iterator[None]:
    sockets = vars(current_process())["_config"]
    sockets_before = sockets.get("tempdir")
    if len(os.fsencode(folder)) > _LONGEST:
        util.get_temp_dir()  # sockets stay where they are created by default
    else:
        # Otherwise multiprocessing makes one in `folder`, and fails to remove it again at exit.
        sockets["tempdir"] = str(folder)
    before, variable = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if sockets.get("tempdir") == str(folder):
            sockets["tempdir"] = sockets_before
        tempfile.tempdir = before
        os.environ.pop("TMPDIR")
        if variable is not None:
            os.environ["TMPDIR"] = variable
