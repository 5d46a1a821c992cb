"""Folders for temporary files: each belongs to a process, and those of killed ones are removed."""

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Listener
from pathlib import Path

import pytest

from evaluation.execution.temporary import process_folder, temporary_files

SPAWN = multiprocessing.get_context("spawn")


def hold(parent: Path, pipe: Connection) -> None:
    """Write a file into a folder of this process; end when told to, or when killed."""
    with temporary_files(parent):
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(b"half")
        pipe.send(Path(file.name))
        pipe.recv()


@contextmanager
def holding(parent: Path) -> Iterator[tuple[int, Path, Connection]]:
    """Yield the process that uses a folder in `parent`, its file, and a pipe that ends it."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=hold, args=(parent, theirs))
    process.start()
    theirs.close()
    yield process.pid, ours.recv(), ours
    process.join()


def kill(parent: Path) -> Path:
    """Return the file that a process has left behind in `parent`."""
    with holding(parent) as (pid, file, _):
        os.kill(pid, signal.SIGKILL)
    return file


def test_a_process_removes_its_folder(tmp_path: Path) -> None:
    with holding(tmp_path) as (_, file, pipe):
        assert file.parent.parent == tmp_path
        pipe.send(None)
    assert list(tmp_path.iterdir()) == []


def test_folders_of_killed_processes_are_removed_and_those_in_use_stay(tmp_path: Path) -> None:
    with holding(tmp_path) as (_, in_use, pipe):
        left = kill(tmp_path)
        assert left.read_bytes() == b"half"
        with process_folder(tmp_path) as folder:
            assert set(tmp_path.iterdir()) == {folder, in_use.parent}
        assert in_use.read_bytes() == b"half"
        pipe.send(None)
    assert list(tmp_path.iterdir()) == []


def claim(parent: Path, times: int, pipe: Connection) -> None:
    """Use one folder after the other, while other processes do the same; report how many."""
    for number in range(times):
        with process_folder(parent) as folder:
            (folder / "file").write_text(str(number))
            for _ in range(3):
                with process_folder(parent):
                    assert (folder / "file").read_text() == str(number)
    pipe.send(times)


def test_processes_that_start_at_once_do_not_remove_each_others_folders(tmp_path: Path) -> None:
    pipes = []
    for _ in range(4):
        ours, theirs = SPAWN.Pipe()
        SPAWN.Process(target=claim, args=(tmp_path, 50, theirs)).start()
        theirs.close()
        pipes.append(ours)
    assert [pipe.recv() for pipe in pipes] == [50] * 4


def test_the_default_is_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    before = tempfile.gettempdir()
    with temporary_files(tmp_path):
        assert Path(tempfile.gettempdir()).parent == tmp_path
        assert os.environ["TMPDIR"] == tempfile.gettempdir()
    assert tempfile.gettempdir() == before
    assert "TMPDIR" not in os.environ


def test_a_folder_that_cannot_be_used_leaves_the_default(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    before = tempfile.gettempdir()
    with temporary_files(tmp_path / "file"):
        assert tempfile.gettempdir() == before
    assert f"temporary files are in {before}" in caplog.text


def listen(parent: Path, pipe: Connection) -> None:
    """Create a socket as multiprocessing does."""
    with temporary_files(parent), Listener(family="AF_UNIX"):
        pipe.send(Path(tempfile.gettempdir()).parent)


def test_sockets_can_be_created_under_a_long_path(tmp_path: Path) -> None:
    parent = tmp_path / ("x" * 100)
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=listen, args=(parent, theirs))
    process.start()
    theirs.close()
    assert ours.recv() == parent
    process.join()
