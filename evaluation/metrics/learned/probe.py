"""Finds the best layer of an encoder for a rating, by a ridge regression on each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from evaluation.execution.progress import Progress, quietly
from evaluation.metrics.learned.kinds import Kind
from evaluation.metrics.learned.model import Head, as_written
from evaluation.models.encoders import Encoder, Written, batches, pool
from evaluation.types import Array

MOST_TOKENS = 128
"""Tokens of a text that are read in training; of a source with its text, twice as many."""

_TOKENS = 8192  # at a time
_PENALTIES = np.logspace(0, 6, 13)

Example = tuple[Written, float]
"""A text, or a source with its text, and the label."""


@dataclass(frozen=True, eq=False)
class Task:
    """Texts as tokens, and their labels, shape (n,): numbers, or 1 for those above 0."""

    texts: list[list[int]]
    labels: Tensor


def task(examples: Sequence[Example], encoder: Encoder, kind: Kind) -> Task:
    """Return `examples` as `encoder` reads them."""
    texts, labels = zip(*examples, strict=True)
    values = torch.tensor(labels, dtype=torch.float32)
    most = MOST_TOKENS if isinstance(texts[0], str) else 2 * MOST_TOKENS
    tokens = encoder.tokens(as_written(texts), most)
    return Task(tokens, (values > 0).float() if kind == "classification" else values)


def probe(
    encoder: Encoder, given: Task, kind: Kind, progress: Progress = quietly
) -> tuple[int, Head]:
    """Return after how many layers to cut the encoder, and the regression on the features there.

    A ridge regression is fitted on each layer. The cut is the first whose error, leaving one
    example out, is within a standard error of the least (Breiman et al. 1984): of layers
    that serve as well, earlier ones carry over better to other languages.
    """
    labels = given.labels.double().numpy()
    place, scale = float(labels.mean()), float(labels.std())
    means = _layer_means(encoder, given, progress)[1:]
    lines = [_ridge(features, (labels - place) / scale) for features in means]
    errors = np.array([line.errors.mean() for line in lines])
    least = lines[int(errors.argmin())].errors
    best = int(np.argmax(errors <= least.mean() + least.std() / math.sqrt(len(least))))
    if kind == "classification":  # of 0 and 1: four times the distance from their middle
        place, scale = 4 * (place - 0.5), 4 * scale
    return best + 1, lines[best].head(place, scale)


class _Line(NamedTuple):
    """A line through standardised features, and the squared error of each example left out."""

    mean: Array
    deviation: Array
    weight: Array
    bias: float
    errors: Array

    def head(self, place: float, scale: float) -> Head:
        """Return it as a head, for labels with that mean and deviation."""
        head = Head(len(self.mean))
        values = {"mean": self.mean, "deviation": self.deviation, "place": place, "scale": scale}
        values |= {"line.weight": self.weight[None], "line.bias": [self.bias]}
        state = {k: torch.as_tensor(value, dtype=torch.float32) for k, value in values.items()}
        head.load_state_dict(state)
        return head


def _ridge(features: Array, labels: Array) -> _Line:
    from sklearn.linear_model import RidgeCV

    mean, deviation = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    ridge = RidgeCV(_PENALTIES, store_cv_results=True).fit((features - mean) / deviation, labels)
    errors = ridge.cv_results_[:, int(np.flatnonzero(ridge.alpha_ == _PENALTIES)[0])]
    return _Line(mean, deviation, ridge.coef_, float(ridge.intercept_), errors)


@torch.inference_mode()
def _layer_means(encoder: Encoder, given: Task, progress: Progress) -> Array:
    """Return the mean of each text's token states at each layer, (layers + 1, n, hidden)."""
    size = len(encoder.layers) + 1, len(given.texts), encoder.model.config.hidden_size
    means = np.empty(size)
    lots = list(batches([len(tokens) for tokens in given.texts], _TOKENS))
    for batch in progress(lots, "Reading"):
        layers, mask = encoder.read([given.texts[i] for i in batch], every=True)
        means[:, batch] = torch.stack([pool(states, mask) for states in layers]).numpy()
    return means
