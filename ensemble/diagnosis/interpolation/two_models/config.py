"""The configuration of the study of the line between two models."""

from typing import Annotated, Literal

from pydantic import Field

from evaluation.config import Part, Run
from evaluation.statistics.significance import SEED

Ends = Literal["members", "start to end"]
"""The ends of the line: two trained models, or the start and the end of one training."""


class Models(Part):
    """Two folders as transformers saves them: config.json, safetensors, a tokenizer in the second.

    The weights are in one file of the same name in each; only safetensors are read.
    """

    first: str
    second: str
    kind: Literal["classifier", "causal"]
    ends: Ends = "members"


class Plan(Part):
    """How finely, and on how much data, the line is measured."""

    points: int = Field(default=25, ge=3, le=1000)
    """Points on the line, both ends included."""
    beyond: float = Field(default=0.0, ge=0, le=2)
    """How far the line is followed past either end, as a share of its length."""
    texts: int = Field(default=256, ge=1)
    """Maximum number of texts of each file, from the first."""
    tokens: int = Field(default=128, ge=2)
    """Length to which texts are cut, in tokens."""
    batch: int = Field(default=16, ge=1)
    permute: bool = False
    """Whether the second model's hidden units are first put in the order of the first's."""
    seed: int = Field(default=SEED, ge=0)


class Between(Run):
    """Two models, and the data they are measured on; the advice is from the first data."""

    study: Literal["between"]
    models: Models
    texts: Annotated[dict[str, str], Field(min_length=1)]
    """CSV files of sentence and label (a classifier), or text files, a text a line; by name."""
    plan: Plan = Plan()
