"""Files of uploaded combiners: one folder each, named by its digest, written atomically.

Uploads are data: nothing in them is executed, and no name in them decides where they are stored.
"""

import hashlib
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ensemble.combiners.trainable import Trainable
from ensemble.training.artefact import read
from evaluation.artefact import MANIFEST, Weights, read_manifest
from evaluation.records import DataError
from service.core import limits
from service.core.limits import Refused
from service.core.smoke_test import tried

_INCOMING = ".incoming-"
_OLD_S = 3600
_MOST_NAMES = 4096

_Plain = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]
_Systems = Annotated[tuple[_Plain, ...], Field(max_length=limits.COMBINER_SYSTEMS)]


def _bounded(value: object) -> object:
    """Return `value`, after checking the length of each list and object in it."""
    if isinstance(value, list | dict):
        if len(value) > _MOST_NAMES:
            raise ValueError(f"has a list of more than {_MOST_NAMES}")
        for part in value.values() if isinstance(value, dict) else value:
            _bounded(part)
    return value


class _Facts(BaseModel):
    """The learnt part of a combiner of any class; its lists decide the sizes of its arrays."""

    model_config = ConfigDict(extra="allow")

    systems: _Systems = ()

    @model_validator(mode="before")
    @classmethod
    def _check_sizes(cls, value: object) -> object:
        return _bounded(value)


class _Outline(BaseModel):
    """The fields of a manifest that are checked before it is loaded."""

    model_config = ConfigDict(extra="ignore")

    systems: _Systems
    learnt: _Facts
    weights: Weights


@dataclass(frozen=True)
class Saved:
    """A stored artefact: its digest, and the combiner in it."""

    digest: str
    combiner: Trainable


def save(root: Path, manifest: bytes, weights: bytes) -> Saved:
    """Store an artefact under `root`, in a folder named by its digest.

    After an error or a crash the folder is complete or absent.

    Raises:
        Refused: it is not an artefact, or the service cannot use it.
        OSError: it cannot be written.
    """
    root.mkdir(parents=True, exist_ok=True)
    incoming = Path(mkdtemp(prefix=_INCOMING, dir=root))
    try:
        combiner = _unpack(incoming, manifest, weights)
        digest = hashlib.sha256(manifest).hexdigest()
        with suppress(FileExistsError):
            _move(incoming, root / digest)
        return Saved(digest, combiner)
    except DataError as error:
        file, _, fault = str(error).removeprefix(f"{incoming}/").partition(": ")
        what = "manifest" if file == MANIFEST else "weights"
        raise Refused("artefact-damaged", [what], fault) from None
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def load(root: Path, digest: str) -> Trainable:
    """Return the combiner with this digest.

    Raises:
        DataError: it is missing or damaged.
    """
    combiner, _ = read(root / digest)
    return combiner


def drop(root: Path, digest: str) -> None:
    """Remove the artefact with this digest: first rename its folder, then delete it."""
    outgoing = Path(mkdtemp(prefix=_INCOMING, dir=root))
    with suppress(FileNotFoundError):
        (root / digest).rename(outgoing / digest)
    shutil.rmtree(outgoing, ignore_errors=True)


def sweep(root: Path) -> None:
    """Remove what interrupted uploads left more than an hour ago."""
    for folder in root.glob(f"{_INCOMING}*"):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - _OLD_S:
                shutil.rmtree(folder, ignore_errors=True)


def _unpack(folder: Path, manifest: bytes, weights: bytes) -> Trainable:
    _write(folder / MANIFEST, manifest)
    outline, _ = read_manifest(folder, _Outline)
    _write(folder / outline.weights.file, weights)
    return tried(folder)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _move(folder: Path, place: Path) -> None:
    """Rename a folder durably.

    Raises:
        FileExistsError: `place` exists.
    """
    _sync(folder)
    folder.chmod(0o755)
    try:
        folder.rename(place)
    except OSError:
        if place.is_dir():
            raise FileExistsError(place) from None
        raise
    finally:
        _sync(place.parent)


def _sync(folder: Path) -> None:
    descriptor: Any = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
