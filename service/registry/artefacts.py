"""The files of uploaded combiners: a folder each, named by what is in it, whole or not there.

What is uploaded is data; nothing of it is executed, and no name in it decides where it is put.
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

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ensemble.combiners.neural.combiner import Neural
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
_Names = Annotated[tuple[str, ...], Field(max_length=_MOST_NAMES)]


class _Sizes(BaseModel):
    """What decides how large a network is made, to be looked at before one is."""

    model_config = ConfigDict(extra="ignore")

    systems: _Systems
    traits: _Names
    columns: _Names


class _Outline(BaseModel):
    """What must hold of a manifest before it is believed."""

    model_config = ConfigDict(extra="ignore")

    systems: _Systems
    learnt: _Sizes
    weights: Weights


@dataclass(frozen=True)
class Saved:
    """What was kept: where, by its digest, and the combiner that it is."""

    digest: str
    combiner: Neural


def save(root: Path, manifest: bytes, weights: bytes) -> Saved:
    """Keep an artefact under `root`, in a folder named by its digest; once it is there, it stays.

    Whatever happens in between, the folder is whole or not there.

    Raises:
        Refused: it is no artefact, or one that the service cannot use.
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
        file, _, complaint = str(error).removeprefix(f"{incoming}/").partition(": ")
        what = "manifest" if file == MANIFEST else "weights"
        raise Refused("artefact-damaged", [what], complaint) from None
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def load(root: Path, digest: str) -> Neural:
    """Return the combiner that was kept as `digest`.

    Raises:
        DataError: it is not there, or no longer what it was.
    """
    combiner, _ = read(root / digest)
    return combiner


def drop(root: Path, digest: str) -> None:
    """Forget what was kept as `digest`: first as a whole, then file by file."""
    outgoing = Path(mkdtemp(prefix=_INCOMING, dir=root))
    with suppress(FileNotFoundError):
        (root / digest).rename(outgoing / digest)
    shutil.rmtree(outgoing, ignore_errors=True)


def sweep(root: Path) -> None:
    """Remove what uploads that were broken off have left, an hour after."""
    for folder in root.glob(f"{_INCOMING}*"):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - _OLD_S:
                shutil.rmtree(folder, ignore_errors=True)


def _unpack(folder: Path, manifest: bytes, weights: bytes) -> Neural:
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
    """Rename, and have the disk know of it.

    Raises:
        FileExistsError: `place` is taken.
    """
    _settle(folder)
    folder.chmod(0o755)
    try:
        folder.rename(place)
    except OSError:
        if place.is_dir():
            raise FileExistsError(place) from None
        raise
    finally:
        _settle(place.parent)


def _settle(folder: Path) -> None:
    descriptor: Any = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
