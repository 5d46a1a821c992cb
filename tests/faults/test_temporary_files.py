"""`kill -9` of services and workers: the next start removes the temporary files that they left."""

import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from service.core.settings import temporary
from service.jobs import queue
from service.store.database import Database
from tests.killing import attempts, wait_for_all
from tests.serving import serving
from tests.waiting import wait_until
from tests.workers import hiring, order

ROSTER = """
version: 1
systems:
  - {name: upper, callable: "builtins:str.upper"}
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path so short that sockets can be created in it."""
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def system_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files that the system names."""
    path = folder / "system"
    path.mkdir()
    monkeypatch.setenv("TMPDIR", str(path))
    return path


def test_a_service_removes_the_files_of_a_killed_one_only(
    folder: Path, system_folder: Path
) -> None:
    parent = temporary(folder / "state")
    with serving(folder, ROSTER, job_workers=0):
        left = set(parent.iterdir())
        for path in left:
            (path / "half").write_bytes(b"half")
    assert len(left) == 1
    assert set(parent.iterdir()) == left  # it was killed
    with serving(folder, ROSTER, job_workers=0) as first:
        of_first = set(parent.iterdir())
        assert len(of_first) == 1
        assert not of_first & left
        with serving(folder, ROSTER, job_workers=0) as second:
            assert of_first < set(parent.iterdir())
            for served in (first, second):
                assert httpx.get(f"{served.url}/livez").status_code == 200
            second.process.terminate()
            assert second.process.wait() in (0, -15)
        assert set(parent.iterdir()) == of_first
    assert list(system_folder.rglob("*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_stopped_leaves_nothing_and_says_nothing_of_it(
    folder: Path, system_folder: Path, number: signal.Signals
) -> None:
    with serving(folder, ROSTER, job_workers=0) as served:
        served.process.send_signal(number)
        served.process.wait()
        assert "Traceback" not in served.log.read_text()
    assert list(temporary(folder / "state").iterdir()) == []
    assert list(system_folder.rglob("*")) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_killed_worker_and_its_job_leave_nothing(
    database: Database, folder: Path, system_folder: Path
) -> None:
    parent = temporary(folder / "state")
    url = database.url.render_as_string(hide_password=False)
    queue.submit(database, order(seconds=1.0), "", None, 10)
    with hiring(url, folder / "state") as hire:
        worker = hire()
        # One folder of the worker, and one of the process of the job.
        wait_until(lambda: parent.is_dir() and len(list(parent.iterdir())) == 2)
        left = set(parent.iterdir())
        worker.kill()
        worker.wait()
        hire()
        wait_for_all(database)
        assert attempts(database) == 2
        wait_until(lambda: len(list(parent.iterdir())) == 1)
        assert not left & set(parent.iterdir())
    assert list(system_folder.rglob("*")) == []
