"""A supervised chooser: a logistic regression on which options are right, without a reward."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from ensemble.combiners.neural.network import Inputs

_STRENGTH = 0.1  # scikit-learn's C: the inverse of the L2 strength
_LEAST = 0.05  # added to each column's spread: columns that hardly vary must not count for much


@dataclass(frozen=True)
class Chooser:
    """Statistics and weights of the options' columns, each (columns,), and one `bias` (1,)."""

    mean: Tensor
    spread: Tensor
    weights: Tensor
    bias: Tensor

    def log_odds(self, inputs: Inputs) -> Tensor:
        """Return the log-odds that an option is right (n,); 0 for one that makes no edit."""
        scores = (_table(inputs) - self.mean) / self.spread @ self.weights + self.bias
        return scores * (inputs.prior != 0)


def learn(inputs: Inputs, right: np.ndarray) -> Chooser:
    """Return a chooser fitted to whether each option is `right` (n,), without empty options."""
    changing = (inputs.prior != 0).numpy()
    seen, labels = _table(inputs)[torch.from_numpy(changing)], right[changing]
    mean, spread = seen.mean(dim=0), seen.std(dim=0, correction=0) + _LEAST
    # scikit-learn refuses a single class: believe it moderately instead.
    if len(set(labels.tolist())) < 2:
        sure = torch.tensor([1.0 if labels.all() else -1.0])
        return Chooser(mean, spread, torch.zeros_like(mean), sure)
    model = LogisticRegression(C=_STRENGTH, max_iter=2000)
    model.fit(((seen - mean) / spread).numpy(), labels)
    weights, bias = (
        torch.from_numpy(a.astype(np.float32)) for a in (model.coef_[0], model.intercept_)
    )
    return Chooser(mean, spread, weights, bias)


def _table(inputs: Inputs) -> Tensor:
    """Return the columns: what the policy sees, and the product of each voice with each trait."""
    shared = (inputs.voices[:, :, None] * inputs.traits[:, None, :]).flatten(1)
    return torch.cat([inputs.values, inputs.voices, inputs.traits, shared], dim=1)
