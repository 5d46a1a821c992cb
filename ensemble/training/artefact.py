"""A trained combiner on disk, of any class: its manifest and its weights.

The manifest has what all trained combiners have in common, and under `learnt` the facts that the
class, named by `learner`, saves of its own (`Trainable.state`). A manifest without `learner` is
that of a neural combiner: it was written before there were others.
"""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from ensemble.candidates import Kind
from ensemble.combiners.registry import load_trainable
from ensemble.combiners.trainable import State, Trainable, TrainedOn
from ensemble.competence import Profile
from ensemble.types import Array
from evaluation import artefact
from evaluation.artefact import MANIFEST, Names, Part, Weights
from evaluation.edits.types import Types
from evaluation.errors import DataError, InputError
from evaluation.version import VERSION

Counts = tuple[tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...], ...]

TrainableT = TypeVar("TrainableT", bound=Trainable)


@dataclass(frozen=True, slots=True)
class Record:
    """How a combiner was trained and how it scored, saved beside it.

    `data` is a fingerprint of what it was trained on, `config` the options, `scores` the rows of
    the held-out report, those of the vote among them.
    """

    data: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    scores: Sequence[Mapping[str, Any]] = ()


class _Manifest(Part):
    """The content of `manifest.json`."""

    format: Literal[1] = 1
    learner: Annotated[str, Field(max_length=64)] = "neural"
    kind: Kind
    types: Types
    context: str | None
    systems: Names
    shared: Counts
    made: Counts
    learnt: dict[str, Any]
    weights: Weights
    data: str
    config: dict[str, Any]
    scores: list[dict[str, Any]]
    versions: dict[str, str]

    @model_validator(mode="after")
    def _square(self) -> Self:
        size = len(self.systems)
        for counts in (self.shared, self.made):
            if [len(row) for row in counts] != [size] * size:
                raise ValueError(f"the agreement of {size} systems is not a table {size} x {size}")
        return self


def write(folder: Path, combiner: TrainableT, record: Record) -> TrainableT:
    """Write a trained `combiner` to `folder`, and return it as it will be read.

    Raises:
        ValueError: it is not trained, or `folder` has other files.
    """
    kind = combiner.kind
    if kind is None or not combiner.is_trained:
        raise ValueError("an untrained combiner has nothing to save")
    state = combiner.state()
    tensors = {name: torch.from_numpy(array) for name, array in state.tensors.items()}
    mark = artefact.write(
        folder, tensors, lambda weights: _manifest(combiner, kind, state, record, weights)
    )
    return replace(combiner, mark=mark)


def read(folder: Path) -> tuple[Trainable, Record]:
    """Return the combiner in `folder`, and the record beside it.

    Raises:
        DataError: something is missing, too large, damaged or not of this format.
    """
    manifest, mark = artefact.read_manifest(folder, _Manifest)
    profile = Profile(manifest.systems, *map(_table, (manifest.shared, manifest.made)))
    trained_on = TrainedOn(manifest.kind, profile, mark, manifest.types, manifest.context)
    tensors: dict[str, torch.Tensor] = {}
    learner = _learner(folder, manifest)
    artefact.read_weights(folder, manifest.weights, tensors.update)
    combiner = _restored(folder, manifest, learner, trained_on, tensors)
    return combiner, Record(manifest.data, manifest.config, manifest.scores)


def learner_of(folder: Path) -> str:
    """Return the name of the combiner that was trained and saved in `folder`.

    Raises:
        DataError: it has no manifest of a combiner.
    """
    return artefact.read_manifest(folder, _Manifest)[0].learner


def _learner(folder: Path, manifest: _Manifest) -> type[Trainable]:
    try:
        return load_trainable(manifest.learner, manifest.kind)
    except InputError as error:
        fault = f"learner: {error}"
        raise DataError(folder / MANIFEST, None, fault, "damaged-artefact") from None


def _restored(
    folder: Path,
    manifest: _Manifest,
    learner: type[Trainable],
    trained_on: TrainedOn,
    tensors: Mapping[str, torch.Tensor],
) -> Trainable:
    """Return the combiner that `learner` makes of the saved state.

    Raises:
        DataError: it does not make one.
    """
    try:
        arrays = {name: _array(tensor) for name, tensor in tensors.items()}
        return learner.from_state(trained_on, State(manifest.learnt, arrays))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, ("learnt", *fault["loc"])))
        file, message = MANIFEST, f"{place}: {fault['msg']}"
    except (LookupError, RuntimeError, TypeError, ValueError) as error:
        file, message = manifest.weights.file, f"does not fit the manifest: {error}"
    raise DataError(folder / file, None, message, "damaged-artefact")


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    """Return `tensor` in double precision if that is what it has, else in single precision.

    Raises:
        ValueError: it has complex numbers.
    """
    if tensor.is_complex():
        raise ValueError("weights are complex numbers")
    return tensor.to(torch.float64 if tensor.dtype == torch.float64 else torch.float32).numpy()


def _manifest(
    combiner: Trainable, kind: Kind, state: State, record: Record, weights: Weights
) -> _Manifest:
    versions = {"consort": VERSION, "python": platform.python_version(), "torch": torch.__version__}
    return _Manifest(
        learner=combiner.name,
        kind=kind,
        types=combiner.types,
        context=combiner.context,
        systems=combiner.profile.systems,
        shared=combiner.profile.shared.tolist(),
        made=combiner.profile.made.tolist(),
        learnt=dict(state.facts),
        weights=weights,
        data=record.data,
        config=dict(record.config),
        scores=[dict(row) for row in record.scores],
        versions=versions,
    )


def _table(counts: Counts) -> Array:
    return np.array(counts, dtype=np.float64).reshape(len(counts), len(counts))
