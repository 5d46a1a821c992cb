"""A trained combiner on disk: what its manifest says beside what every artefact's does."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator

from ensemble.candidates import Kind
from ensemble.combiners.neural.combiner import Neural, TrainedState
from ensemble.combiners.neural.network import REGULARISATION, Network
from ensemble.competence import Profile
from evaluation import VERSION, artefact
from evaluation.artefact import Names, Part, Weights
from evaluation.edits.types import Types

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


class _Learnt(Part):
    systems: Names
    traits: Names
    columns: Names
    trust: Share
    threshold: Share


class _Manifest(Part):
    """What `manifest.json` says."""

    format: Literal[1] = 1
    kind: Kind
    types: Types
    context: str | None
    systems: Names
    shared: Counts
    made: Counts
    learnt: _Learnt
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
                raise ValueError(f"the agreement of {size} systems is no table {size} x {size}")
        return self


def write(folder: Path, combiner: Neural, record: Record) -> Neural:
    """Write a trained `combiner` to `folder`, and return it as it will be read.

    Raises:
        ValueError: it has learnt nothing, or `folder` holds something else.
    """
    kind, learnt = combiner.kind, combiner.learnt
    if learnt is None or kind is None:
        raise ValueError("an untrained combiner has nothing to save")
    mark = artefact.write(
        folder,
        learnt.network.state_dict(),
        lambda weights: _manifest(combiner, kind, learnt, record, weights),
    )
    return replace(combiner, mark=mark)


def read(folder: Path) -> tuple[Neural, Record]:
    """Return the combiner in `folder` and what is written down beside it.

    Raises:
        DataError: something is missing, too large, damaged or not of this format.
    """
    manifest, mark = artefact.read_manifest(folder, _Manifest)
    profile = Profile(manifest.systems, *map(_table, (manifest.shared, manifest.made)))
    combiner = Neural(
        manifest.kind,
        profile,
        _learnt(folder, manifest),
        mark,
        manifest.types,
        manifest.context,
    )
    return combiner, Record(manifest.data, manifest.config, manifest.scores)


def _manifest(
    combiner: Neural, kind: Kind, learnt: TrainedState, record: Record, weights: Weights
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


def _learnt(folder: Path, manifest: _Manifest) -> TrainedState:
    said = manifest.learnt
    sizes = len(said.columns), len(said.systems), len(said.traits)
    network = Network(*sizes, REGULARISATION[manifest.kind])
    artefact.read_weights(folder, manifest.weights, network.load_state_dict)
    return TrainedState(
        network, said.systems, said.traits, said.columns, said.trust, said.threshold
    )


def _table(counts: Counts) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(counts, dtype=np.float64).reshape(len(counts), len(counts))
