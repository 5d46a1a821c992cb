"""The loss of a segment by the scores of its candidates, for each kind of output.

Each loss maps `scores` (members, n), `targets` (n,), NaN where unlabelled, and `segment` (n,) to a
loss per segment, shape (members, segments).
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ensemble.candidates import Kind
from ensemble.types import Array, Integers

Loss = Callable[[Tensor, Tensor, Tensor, int], Tensor]

_WORST = 3.0  # standard deviations


def of_edits(scores: Tensor, targets: Tensor, segment: Tensor, segments: int) -> Tensor:
    """Return the negative log-likelihood of which candidates are right."""
    wanted = targets.nan_to_num().expand_as(scores)
    losses = functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none")
    return _by_segment(losses * targets.isfinite(), segment, segments)


def of_labels(scores: Tensor, targets: Tensor, segment: Tensor, segments: int) -> Tensor:
    """Return the negative log-likelihood that a right label is chosen; 0 if no label is right."""
    right = targets.nan_to_num()
    share = (scores - _log_sum(scores, segment, segments)[:, segment]).exp()
    good = _by_segment(share * right, segment, segments)
    answered = _by_segment(right[None], segment, segments) > 0
    return torch.where(answered, -good.clamp_min(1e-9).log(), 0.0)


def of_texts(scores: Tensor, targets: Tensor, segment: Tensor, segments: int) -> Tensor:
    """Return half the squared error of each text's score relative to the segment's mean."""
    known = targets.isfinite()
    count = _by_segment(known[None].float(), segment, segments).clamp_min(1)
    mean = _by_segment(scores * known, segment, segments) / count
    missed = (scores - mean[:, segment] - targets.nan_to_num()) * known
    return _by_segment(missed**2 / 2, segment, segments)


LOSSES: dict[Kind, Loss] = {"edits": of_edits, "texts": of_texts, "labels": of_labels}
"""The training loss of each kind of output."""


def centred(scores: Array, segment: Integers, segments: int) -> Array:
    """Return scores as differences from the segment's mean, in standard deviations.

    They are clipped at three: a few segments with very bad texts must not decide alone.
    """
    known = np.isfinite(scores)
    count = np.bincount(segment[known], minlength=segments)
    total = np.bincount(segment[known], scores[known], minlength=segments)
    apart = scores - (total / np.maximum(count, 1))[segment]
    return np.clip(apart / max(float(apart[known].std()), 1e-9), -_WORST, _WORST)


def _by_segment(values: Tensor, segment: Tensor, segments: int) -> Tensor:
    return values.new_zeros(len(values), segments).index_add(1, segment, values)


def _log_sum(scores: Tensor, segment: Tensor, segments: int) -> Tensor:
    """Return the logarithm of the sum of the exponentials of each segment's scores."""
    places = segment.expand_as(scores)
    floor = scores.new_full((len(scores), segments), -torch.inf)
    # Shifted by each segment's maximum, so that no exponential overflows.
    top = floor.scatter_reduce(1, places, scores.detach(), "amax")
    total = _by_segment((scores - top.gather(1, places)).exp(), segment, segments)
    return top + total.clamp_min(1e-30).log()
