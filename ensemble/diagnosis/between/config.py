"""The configuration of a line between two models of one's own."""

from typing import Annotated, Literal

from pydantic import Field

from evaluation.config import Part, Run
from evaluation.statistics.significance import SEED

Ends = Literal["members", "start to end"]
"""Two trained models, or where training began and where it ended."""


class Models(Part):
    """Two folders as transformers saves them: config.json, safetensors, a tokenizer in the second.

    A file in each, of one name, holds the weights; nothing but safetensors is read.
    """

    first: str
    second: str
    kind: Literal["classifier", "causal"]
    ends: Ends = "members"


class Plan(Part):
    """How finely, and on how much, it is measured."""

    points: int = Field(default=25, ge=3, le=1000)
    """Both ends included."""
    beyond: float = Field(default=0.0, ge=0, le=2)
    """How far the line is followed past either end, as a share of it."""
    texts: int = Field(default=256, ge=1)
    """Of each file, the first so many."""
    tokens: int = Field(default=128, ge=2)
    """How much of a text is read."""
    batch: int = Field(default=16, ge=1)
    permute: bool = False
    """Whether the second model's hidden units are first put in the order of the first's."""
    seed: int = Field(default=SEED, ge=0)


class Between(Run):
    """Two models, and what they are measured on: the first data decide what follows."""

    study: Literal["between"]
    models: Models
    texts: Annotated[dict[str, str], Field(min_length=1)]
    """By name, CSV files of sentence and label (a classifier), or text files, a text a line."""
    plan: Plan = Plan()
