"""A learnt rating on disk: its head and its tuned layers; the encoder below is named."""

import platform
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from evaluation import artefact
from evaluation.artefact import MANIFEST, Part, Weights
from evaluation.metrics.learned.kinds import Kind
from evaluation.metrics.learned.model import Head, Rating
from evaluation.models.encoders import load_encoder
from evaluation.records import DataError
from evaluation.version import VERSION


class _Manifest(Part):
    """The content of `manifest.json`."""

    format: Literal["rating-1"] = "rating-1"
    name: str
    kind: Kind
    encoder: str
    revision: str
    layers: Annotated[int, Field(ge=1, le=1000)]
    tuned: Annotated[int, Field(ge=1, le=1000)]
    with_sources: bool = False
    weights: Weights
    config: dict[str, Any]
    scores: list[dict[str, Any]]
    versions: dict[str, str]


def write(
    folder: Path,
    rating: Rating,
    config: Mapping[str, Any] | None = None,
    scores: list[dict[str, Any]] | None = None,
) -> Rating:
    """Write `rating` to `folder` and return it as it will be read.

    Args:
        folder: a new one, an empty one, or one whose artefact is replaced.
        rating: the learnt weights.
        config: how it was learnt.
        scores: what it was worth where it was not trained.

    Raises:
        ValueError: `folder` holds something else.
    """
    versions = {"consort": VERSION, "python": platform.python_version(), "torch": torch.__version__}

    def describe(weights: Weights) -> _Manifest:
        return _Manifest(
            name=rating.name,
            kind=rating.kind,
            encoder=rating.encoder.name,
            revision=rating.encoder.revision,
            layers=len(rating.encoder.layers),
            tuned=rating.tuned,
            with_sources=rating.with_sources,
            weights=weights,
            config=dict(config or {}),
            scores=scores or [],
            versions=versions,
        )

    return replace(rating, mark=artefact.write(folder, _parts(rating).state_dict(), describe))


def read(folder: Path) -> Rating:
    """Return the rating in `folder`.

    Raises:
        DataError: something is missing, too large, damaged or not of this format, or the
            encoder is not the one it was tuned on.
        ImportError, FileNotFoundError, ValueError: there is no such encoder.
    """
    said, mark = artefact.read_manifest(folder, _Manifest)
    encoder = load_encoder(said.encoder)
    if encoder.revision != said.revision:
        here, there = encoder.signature, f"{said.encoder}@{said.revision[:12]}"
        raise DataError(folder / MANIFEST, None, f"was tuned on {there}, but here is {here}")
    try:
        cut = encoder.first(said.layers, copied=said.tuned)
    except ValueError as error:
        raise DataError(folder / MANIFEST, None, str(error)) from None
    head = Head(cut.model.config.hidden_size)
    rating = Rating(said.name, said.kind, cut, head, said.tuned, mark, said.with_sources)

    def fit(tensors: dict[str, Tensor]) -> None:
        _parts(rating).load_state_dict(tensors)

    artefact.read_weights(folder, said.weights, fit)
    return rating


def _parts(rating: Rating) -> nn.ModuleDict:
    tuned = nn.ModuleList(list(rating.encoder.layers[-rating.tuned :]))
    return nn.ModuleDict({"head": rating.head, "layers": tuned})
