"""A trained member on disk: safetensors and a manifest, read without executing anything."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import model_validator
from torch import Tensor

from ensemble.competence import Profile
from ensemble.diversity.policy.chooser import Chooser
from ensemble.diversity.policy.kinds import AnyKind, with_outputs
from ensemble.diversity.policy.member import Member
from ensemble.diversity.policy.network import Policy
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.training_log import Point
from ensemble.training.artefact import Counts
from evaluation import artefact
from evaluation.artefact import Names, Part, Weights
from evaluation.edits.types import Types
from evaluation.version import VERSION

_START = "start."


class _Manifest(Part):
    """The content of `manifest.json`; `run` is the digest of the training."""

    format: int = 1
    outputs: AnyKind
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

    # Members that were saved by earlier versions have the unit of edits.
    _outputs = model_validator(mode="before")(with_outputs)


def write(folder: Path, member: Member, points: Sequence[Point], run: str) -> None:
    """Write `member`, and the points of its training, to `folder`.

    Raises:
        ValueError: `folder` holds something else.
    """
    observer = member.observer

    def manifest(weights: Weights) -> _Manifest:
        return _Manifest(
            outputs=member.kind,
            types=member.types,
            versions=member.versions,
            others=member.others,
            levels=member.levels,
            untouched=observer.untrained,
            context=observer.context,
            traits=observer.traits,
            columns=observer.columns,
            systems=observer.profile.systems,
            shared=observer.profile.shared.tolist(),
            made=observer.profile.made.tolist(),
            points=[point.fields() for point in points],
            run=run,
            weights=weights,
            version=VERSION,
        )

    start = {
        f"{_START}{name}": part
        for name, part in (vars(observer.start) if observer.start else {}).items()
    }
    artefact.write(folder, {**member.policy.state_dict(), **start}, manifest)


def read(folder: Path) -> tuple[Member, list[Point], str]:
    """Return the member in `folder`, the points of its training, and the digest of that run.

    Raises:
        DataError: something is missing, damaged or not of this format.
    """
    manifest, _ = artefact.read_manifest(folder, _Manifest)
    sizes = (len(manifest.columns) + 1, len(manifest.systems), len(manifest.traits))
    policy, start = Policy(*sizes), dict[str, Tensor]()

    def fit(tensors: dict[str, Tensor]) -> None:
        for name in [name for name in tensors if name.startswith(_START)]:
            start[name.removeprefix(_START)] = tensors.pop(name)
        policy.load_state_dict(tensors)

    artefact.read_weights(folder, manifest.weights, fit)
    chooser = Chooser(**start) if start else None
    size = len(manifest.systems)
    counts = np.array([manifest.shared, manifest.made], dtype=np.float64).reshape(2, size, size)
    profile = Profile(manifest.systems, *counts)
    observer = Observer(
        profile, manifest.traits, manifest.columns, manifest.untouched, manifest.context, chooser
    )
    member = Member(
        policy,
        observer,
        manifest.outputs,
        manifest.versions,
        manifest.others,
        manifest.types,
        manifest.levels,
    )
    return member, [Point(**point) for point in manifest.points], manifest.run
