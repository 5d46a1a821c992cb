"""A trained member on disk: safetensors and a manifest, read without executing anything."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ensemble.competence import Profile
from ensemble.diversity.training.chooser import Chooser
from ensemble.diversity.training.decisions import Unit
from ensemble.diversity.training.member import Member
from ensemble.diversity.training.observation import Observer
from ensemble.diversity.training.policy import Policy
from ensemble.diversity.training.training import Point
from ensemble.training.artefact import Counts
from evaluation import VERSION, artefact
from evaluation.artefact import Names, Part, Weights
from evaluation.edits.types import Types

_START = "start."


class _Manifest(Part):
    """What `manifest.json` says; `run` tells one training from another."""

    format: int = 1
    unit: Unit
    types: Types
    versions: Names
    others: Names
    levels: tuple[float, ...]
    untouched: str
    context: str | None
    traits: Names
    columns: Names
    systems: Names
    shared: Counts
    made: Counts
    points: list[dict[str, Any]]
    run: str
    weights: Weights
    version: str


def write(folder: Path, member: Member, points: Sequence[Point], run: str) -> None:
    """Write `member` and how its training went to `folder`.

    Raises:
        ValueError: `folder` holds something else.
    """
    seen = member.observer

    def manifest(weights: Weights) -> _Manifest:
        return _Manifest(
            unit=member.unit,
            types=member.types,
            versions=member.versions,
            others=member.others,
            levels=member.levels,
            untouched=seen.untouched,
            context=seen.context,
            traits=seen.traits,
            columns=seen.columns,
            systems=seen.profile.systems,
            shared=seen.profile.shared.tolist(),
            made=seen.profile.made.tolist(),
            points=[point.fields() for point in points],
            run=run,
            weights=weights,
            version=VERSION,
        )

    start = {
        f"{_START}{name}": part for name, part in (vars(seen.start) if seen.start else {}).items()
    }
    artefact.write(folder, {**member.policy.state_dict(), **start}, manifest)


def read(folder: Path) -> tuple[Member, list[Point], str]:
    """Return the member in `folder`, how its training went, and the mark of that run.

    Raises:
        DataError: something is missing, damaged or not of this format.
    """
    said, _ = artefact.read_manifest(folder, _Manifest)
    sizes = (len(said.columns) + 1, len(said.systems), len(said.traits))
    policy, start = Policy(*sizes), dict[str, Tensor]()

    def fit(tensors: dict[str, Tensor]) -> None:
        for name in [name for name in tensors if name.startswith(_START)]:
            start[name.removeprefix(_START)] = tensors.pop(name)
        policy.load_state_dict(tensors)

    artefact.read_weights(folder, said.weights, fit)
    chooser = Chooser(**start) if start else None
    size = len(said.systems)
    counts = np.array([said.shared, said.made], dtype=np.float64).reshape(2, size, size)
    profile = Profile(said.systems, *counts)
    observer = Observer(profile, said.traits, said.columns, said.untouched, said.context, chooser)
    member = Member(
        policy, observer, said.unit, said.versions, said.others, said.types, said.levels
    )
    return member, [Point(**point) for point in said.points], said.run
