"""The reward of a set of samples that is as good as its best: pass@k, best-of-k."""

from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from ensemble.types import Array, Integers


def credits(values: Array) -> Array:
    """Return what each of k samples adds to the best of their set, (g, k), from values (g, k).

    It is the best value with the sample less the best without it: 0 for all but the best one, which
    earns what it is above the second. An amount that all samples of a set have in common would
    cancel in an advantage within the set, which this does not (Wolpert & Tumer 2001).
    """
    if values.shape[1] == 1:
        return values
    second, best = np.partition(values, -2, axis=1)[:, -2:].T
    return np.asarray(np.where(values == best[:, None], (best - second)[:, None], 0.0))


class ExpectedBest(NamedTuple):
    """The expected value of the best of k samples of an option, summed over decisions.

    With the options of a decision from the worst to the best, and F the probability of a sample up
    to an option, the best of k is that option with the probability F(option)^k - F(option before)^k
    (Chen et al. 2021 count pass@k so). The expectation is the highest value less the sum of each
    rise in value times F^k. `order` (n,) sorts the options, decision by decision; `rises` (n,) are
    those to the next option, 0 for the last of a decision; `first` (n,) is where its decision
    begins.
    """

    order: Tensor
    rises: Tensor
    first: Tensor

    @classmethod
    def of(cls, values: Array, decision: Integers) -> Self:
        """Return it for n options with these values, of the decisions `decision` (n,), in order."""
        order = np.lexsort((values, decision))
        rises = np.diff(values[order], append=0.0)
        is_last = np.diff(decision, append=-1) != 0
        first = np.searchsorted(decision, decision)
        rises = np.where(is_last, 0.0, rises).astype(np.float32)
        return cls(*map(torch.from_numpy, (order, rises, first)))

    def shortfalls(self, probabilities: Tensor, k: int) -> Tensor:
        """Return by how much the expected best is below the highest value: summands, (n,).

        They are in the order of `order`, so that those of a decision are where its options are.
        """
        sums = torch.cat([probabilities.new_zeros(1), probabilities[self.order].double().cumsum(0)])
        cumulative = (sums[1:] - sums[self.first]).clamp(0.0, 1.0)
        return self.rises * cumulative**k
