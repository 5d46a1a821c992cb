"""Reads and writes trained artefacts: `manifest.json` and the safetensors file that it names.

Both are data; reading them executes nothing. The manifest is replaced last and atomically, so
that a reader finds either the old artefact or the new one, complete.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from evaluation.data.writers import write_bytes
from evaluation.errors import DataError, InputError

MANIFEST = "manifest.json"
_MAX_BYTES = 1 << 31

Names = Annotated[tuple[str, ...], Field(max_length=10_000)]


class Part(BaseModel):
    """A part of a manifest; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(Part):
    """The name and the digest of the file of weights, which is in the manifest's folder."""

    file: Annotated[str, Field(pattern=r"^weights-[0-9a-f]{12}\.safetensors$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


Manifest = TypeVar("Manifest", bound=BaseModel)


def check_place(folder: Path) -> None:
    """Raise an `InputError` if `folder` is a file, or has other files than an artefact."""
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).is_file()):
        message = f"{folder} is not empty, and has no artefact that could be replaced"
        raise InputError("invalid-option", message)


def write(
    folder: Path, weights: Mapping[str, Tensor], describe: Callable[[Weights], BaseModel]
) -> str:
    """Write `weights` and the manifest that `describe` returns; return the manifest's mark.

    Raises:
        InputError: as `check_place`.
    """
    check_place(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = save({name: tensor.contiguous() for name, tensor in weights.items()})
    digest = hashlib.sha256(content).hexdigest()
    file = Weights(file=f"weights-{digest[:12]}.safetensors", sha256=digest)
    manifest = json.dumps(describe(file).model_dump(), indent=1, allow_nan=False) + "\n"
    write_bytes(folder / file.file, content)
    write_bytes(folder / MANIFEST, manifest.encode())
    return _mark(manifest.encode())


def read_manifest(folder: Path, form: type[Manifest]) -> tuple[Manifest, str]:
    """Return the manifest in `folder` and its mark: 12 digits of its SHA-256.

    Raises:
        DataError: it is missing, too large, or does not fit the model `form`.
    """
    path = folder / MANIFEST
    content = _bytes(path)
    try:
        return form.model_validate_json(content), _mark(content)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        message = f"{place}: {fault['msg']}".removeprefix(": ")
        raise DataError(path, None, message, "damaged-artefact") from None


def read_weights(
    folder: Path, weights: Weights, fit: Callable[[dict[str, Tensor]], object]
) -> None:
    """Call `fit` with the tensors in the file of `weights`.

    Raises:
        DataError: the file is missing, too large or not the one of the manifest, a weight is not
            a finite number, or `fit` raised a `KeyError`, `RuntimeError` or `ValueError`.
    """
    path = folder / weights.file
    content = _bytes(path)
    if hashlib.sha256(content).hexdigest() != weights.sha256:
        raise _damaged(path, "is not the file that the manifest was written for (sha256)")
    try:
        tensors = load(content)
        fit(tensors)
    except (SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise _damaged(path, f"does not fit the manifest: {error}") from None
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise _damaged(path, "has weights that are not finite numbers")


def _damaged(path: Path, fault: str) -> DataError:
    return DataError(path, None, fault, "damaged-artefact")


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(path, None, f"is larger than {_MAX_BYTES} bytes", "too-large")
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            path, None, f"cannot be read: {error.strerror}", "file-unreadable"
        ) from None


def _mark(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:12]
