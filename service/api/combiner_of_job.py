"""The files of a combiner that a job trained, to be registered without downloading them."""

from pathlib import Path

from service.core import limits
from service.core.problems import Problem
from service.core.settings import Settings
from service.jobs import queue, results
from service.jobs.job import ID, Job
from service.store.database import Database

_FOLDER = "combiner/"


def trained_by(database: Database, job: str, owner: str) -> Job:
    """Return the job of `owner` with this id.

    Raises:
        Problem: 404, the owner has none; or it has no combiner, because it has not succeeded, or is
            of another kind.
    """
    found = queue.find(database, job, owner) if ID.fullmatch(job) else None
    if found is None:
        raise Problem("job-not-found", f"no job has the id {job!r}")
    if found.kind != "train" or not found.result:
        detail = f"the job is of the kind {found.kind} and {found.state}: it has no combiner"
        raise Problem("result-not-found", detail)
    return found


def files_of(settings: Settings, job: Job) -> tuple[bytes, bytes]:
    """Return the manifest and the weights of the combiner in the results of a `train` job. Blocks.

    Raises:
        Problem: 404, they are not there; or 413, they are larger than an upload may be.
    """
    attempt = results.folder(settings.state, job.id, job.result or "")
    found = {f.name: f.size for f in results.listing(attempt) if f.name.startswith(_FOLDER)}
    manifest = f"{_FOLDER}manifest.json"
    weights = [name for name in found if name.endswith(".safetensors")]
    if manifest not in found or len(weights) != 1:
        raise Problem("result-not-found", "the files of the combiner are not there")
    for name, most in ((manifest, limits.MANIFEST_BYTES), (weights[0], settings.combiner_bytes)):
        if found[name] > most:
            detail = f"{name} has {found[name]} bytes; the limit is {most}"
            raise Problem("body-too-large", detail)
    return _read(attempt, manifest), _read(attempt, weights[0])


def _read(attempt: Path, name: str) -> bytes:
    path = results.find(attempt, name)
    if path is None:
        raise Problem("result-not-found", "the files of the combiner are not there")
    return path.read_bytes()
