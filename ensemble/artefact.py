"""A trained combiner on disk: `manifest.json` and the safetensors file that it names.

Both are data; reading them executes nothing. The manifest is replaced last and at once, so
that a reader finds the old combiner whole or the new one.
"""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from safetensors import SafetensorError
from safetensors.torch import load, save

from ensemble.candidates import Kind
from ensemble.competence import Profile
from ensemble.neural.combiner import Learnt, Neural
from ensemble.neural.network import HOLDS, Network
from evaluation import VERSION
from evaluation.edits.types import Types
from evaluation.records import DataError
from evaluation.writers import write_bytes

MANIFEST = "manifest.json"
_MAX_BYTES = 1 << 28

Names = Annotated[tuple[str, ...], Field(max_length=10_000)]
Counts = tuple[tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...], ...]
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Record:
    """What is written down beside a combiner: how it came about, and what it was worth.

    `data` is a fingerprint of what it was trained on, `config` how, `scores` the rows of the
    held-out report, the vote's own among them.
    """

    data: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    scores: Sequence[Mapping[str, Any]] = ()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Weights(_Part):
    file: Annotated[str, Field(pattern=r"^weights-[0-9a-f]{12}\.safetensors$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Learnt(_Part):
    systems: Names
    traits: Names
    columns: Names
    trust: Share
    threshold: Share


class _Manifest(_Part):
    """What `manifest.json` says."""

    format: Literal[1] = 1
    kind: Kind
    types: Types
    context: str | None
    systems: Names
    shared: Counts
    made: Counts
    learnt: _Learnt
    weights: _Weights
    data: str
    config: dict[str, Any]
    scores: list[dict[str, Any]]
    versions: dict[str, str]

    @model_validator(mode="after")
    def _square(self) -> Self:
        size = len(self.systems)
        for counts in (self.shared, self.made):
            if [len(row) for row in counts] != [size] * size:
                raise ValueError(f"the agreement of {size} systems is no table {size} x {size}")
        return self


def check_place(folder: Path) -> None:
    """Raise a `ValueError` where a combiner cannot be written: in no folder, or another's."""
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).is_file()):
        raise ValueError(f"{folder} is not empty, and holds no combiner to replace")


def write(folder: Path, combiner: Neural, record: Record) -> Neural:
    """Write a trained `combiner` to `folder`, and return it as it will be read.

    Raises:
        ValueError: it has learnt nothing, or `folder` holds something else.
    """
    if combiner.learnt is None or combiner.kind is None:
        raise ValueError("an untrained combiner has nothing to save")
    check_place(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = save({k: v.contiguous() for k, v in combiner.learnt.network.state_dict().items()})
    digest = hashlib.sha256(weights).hexdigest()
    name = f"weights-{digest[:12]}.safetensors"
    manifest = _manifest(
        combiner, combiner.kind, combiner.learnt, record, _Weights(file=name, sha256=digest)
    )
    content = (json.dumps(manifest.model_dump(), indent=1, allow_nan=False) + "\n").encode()
    write_bytes(folder / name, weights)
    write_bytes(folder / MANIFEST, content)
    return replace(combiner, mark=_mark(content))


def read(folder: Path) -> tuple[Neural, Record]:
    """Return the combiner in `folder` and what is written down beside it.

    Raises:
        DataError: something is missing, too large, damaged or not of this format.
    """
    path = folder / MANIFEST
    content = _bytes(path)
    try:
        manifest = _Manifest.model_validate_json(content)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise DataError(path, None, f"{place}: {fault['msg']}".removeprefix(": ")) from None
    profile = Profile(manifest.systems, *map(_table, (manifest.shared, manifest.made)))
    combiner = Neural(
        manifest.kind,
        profile,
        _learnt(folder, manifest),
        _mark(content),
        manifest.types,
        manifest.context,
    )
    return combiner, Record(manifest.data, manifest.config, manifest.scores)


def _manifest(
    combiner: Neural, kind: Kind, learnt: Learnt, record: Record, weights: _Weights
) -> _Manifest:
    versions = {"consort": VERSION, "python": platform.python_version(), "torch": torch.__version__}
    return _Manifest(
        kind=kind,
        types=combiner.types,
        context=combiner.context,
        systems=combiner.profile.systems,
        shared=combiner.profile.shared.tolist(),
        made=combiner.profile.made.tolist(),
        learnt=_Learnt(
            systems=learnt.systems,
            traits=learnt.traits,
            columns=learnt.columns,
            trust=learnt.trust,
            threshold=learnt.threshold,
        ),
        weights=weights,
        data=record.data,
        config=dict(record.config),
        scores=[dict(row) for row in record.scores],
        versions=versions,
    )


def _learnt(folder: Path, manifest: _Manifest) -> Learnt:
    path, said = folder / manifest.weights.file, manifest.learnt
    content = _bytes(path)
    if hashlib.sha256(content).hexdigest() != manifest.weights.sha256:
        raise DataError(path, None, "is not the file that the manifest was written for (sha256)")
    sizes = len(said.columns), len(said.systems), len(said.traits)
    network = Network(*sizes, HOLDS[manifest.kind])
    try:
        network.load_state_dict(load(content))
    except (SafetensorError, RuntimeError) as error:
        raise DataError(path, None, f"does not fit the manifest: {error}") from None
    if not all(bool(weight.isfinite().all()) for weight in network.state_dict().values()):
        raise DataError(path, None, "has weights that are no finite numbers")
    return Learnt(network, said.systems, said.traits, said.columns, said.trust, said.threshold)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(path, None, f"is larger than {_MAX_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise DataError(path, None, f"cannot be read: {error.strerror}") from None


def _table(counts: Counts) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(counts, dtype=np.float64).reshape(len(counts), len(counts))


def _mark(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:12]
