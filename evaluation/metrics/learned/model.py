"""A learnt rating as a metric: what a line reads off the middle of an encoder.

The states of an encoder's middle layers say how a text is put in much the same way in any
language; those of the last layers, trained to find what means the same, less and less.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from evaluation.metrics.base import Need, Score, Texts, mean_score, require
from evaluation.metrics.learned.kinds import Kind
from evaluation.models.causal_lm import detokenise
from evaluation.models.encoders import Encoder, Written


class Head(nn.Module):
    """A line through standardised features: the logit of a label, or the label itself.

    Args:
        size: how many features there are.
    """

    mean: Tensor
    deviation: Tensor
    place: Tensor
    scale: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.line = nn.Linear(size, 1, dtype=torch.float32)
        for name, value in (("mean", 0.0), ("deviation", 1.0)):
            self.register_buffer(name, torch.full((size,), value))
        for name, value in (("place", 0.0), ("scale", 1.0)):
            self.register_buffer(name, torch.tensor(value))

    def forward(self, features: Tensor) -> Tensor:
        """Return the predictions for features, shape (n, size): labels or logits, shape (n,)."""
        standard = (features - self.mean) / self.deviation
        return torch.addcmul(self.place, self.line(standard)[:, 0], self.scale)


@dataclass(frozen=True, eq=False)
class Rating:
    """A rating called `name`; `encoder` is cut to its first layers, the last of them tuned.

    A text is rated on the scale of the labels, or by the probability that its label is above
    0. If it was learnt `with_sources`, a text is read together with its source. `mark` tells
    artefacts apart.
    """

    name: str
    kind: Kind
    encoder: Encoder
    head: Head
    tuned: int
    mark: str = "unsaved"
    with_sources: bool = False

    @property
    def needs(self) -> frozenset[Need]:
        """The sources, if texts are read together with them."""
        return frozenset({"sources"}) if self.with_sources else frozenset()

    def segment_scores(self, texts: Texts) -> NDArray[np.float64]:
        """Return one rating a segment, shape (n,).

        Raises:
            InputError: there are no sources, and it needs them.
        """
        require(texts, self.needs, self.name)
        if not self.with_sources:
            return self.rate(texts.hypotheses)
        return self.rate(list(zip(texts.sources or (), texts.hypotheses, strict=True)))

    def corpus_score(self, texts: Texts) -> Score:
        """Return the mean rating with its interval over segments; raises as `segment_scores`."""
        parameters = {"artefact": self.mark, "head": self.kind, "encoder": self.encoder.signature}
        return mean_score(self.name, self.segment_scores(texts), parameters)

    @torch.inference_mode()
    def rate(self, texts: Sequence[Written]) -> NDArray[np.float64]:
        """Return the rating of each text, or of each text with its source before it, shape (n,)."""
        features = self.encoder.means(as_written(texts))
        predicted = self.head(torch.from_numpy(features)).double()
        ratings = torch.sigmoid(predicted) if self.kind == "classification" else predicted
        return np.asarray(ratings.numpy())


def as_written(texts: Sequence[Written]) -> list[Written]:
    """Return `texts` without the spaces of corpora, which would be taken for a trait of style."""
    return [
        detokenise(text) if isinstance(text, str) else (detokenise(text[0]), detokenise(text[1]))
        for text in texts
    ]
