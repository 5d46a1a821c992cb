"""From examples to a rating: find the layer that shows it best, then tune what leads there.

First a ridge regression on each layer of the frozen encoder; then its last two layers up to
the best one, and the line that was found, by gradient (Kumar et al. 2022: a line first, so
that tuning does not destroy what carries over to other texts and languages). All below stays
as it was. The tuning ends where labels that were held out are no longer predicted better.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from evaluation.encoders import Encoder, batches, pool
from evaluation.rating.kinds import Kind
from evaluation.rating.model import Head, Rating, as_written
from evaluation.significance import SEED

LEAST = 50
"""How many examples it takes."""
MOST_TOKENS = 128
"""How much of an example is read."""
EPOCHS = 3

_TUNED = 2
_RATE = 5e-5
_DECAY = 0.01
_BATCH = 32
_TOKENS = 8192  # read at a time, where nothing is learnt from them
_ALIKE = 16  # batches in which texts are sorted by length, so that little is padding
_WARM = 0.1
_PENALTIES = np.logspace(0, 6, 13)

Array = NDArray[np.float64]
Example = tuple[str, float]
Progress = Callable[[Sequence[Any], str], Iterable[Any]]


def quietly(items: Sequence[Any], what: str) -> Iterable[Any]:
    """Return `items`, and tell nobody."""
    return items


def held_out(
    examples: Sequence[Example], dev: Sequence[Example] | None, kind: Kind, seed: int = SEED
) -> tuple[list[Example], list[Example]]:
    """Return what to learn from, and what to stop by: `dev`, or every tenth example by label.

    Raises:
        ValueError: there are fewer than `LEAST` examples, no `dev`, a label is not finite, or
            there is nothing to tell apart.
    """
    _check(examples, kind)
    if dev is not None:
        if not all(math.isfinite(label) for _, label in dev) or not dev:
            raise ValueError("the examples to stop by need labels that are finite numbers")
        return list(examples), list(dev)
    generator = np.random.default_rng(seed)
    labels = np.array([label for _, label in examples])
    order = np.lexsort((generator.random(len(labels)), labels))
    out = set(order[generator.integers(10) :: 10].tolist())
    kept = [example for i, example in enumerate(examples) if i not in out]
    _check(kept, kind, LEAST - LEAST // 10)
    return kept, [examples[i] for i in sorted(out)]


def train(
    name: str,
    examples: Sequence[Example],
    dev: Sequence[Example],
    encoder: Encoder,
    kind: Kind = "regression",
    seed: int = SEED,
    progress: Progress = quietly,
) -> Rating:
    """Return the rating called `name` that `examples` teach; for both see `held_out`.

    Args:
        name: the user's word for it.
        examples: texts and their labels.
        dev: those on which the tuning is stopped.
        encoder: what reads the texts.
        kind: whether labels are learnt as numbers or as being above 0.
        seed: of the order of examples and of dropout.
        progress: shows how far it is.
    """
    torch.manual_seed(seed)
    learning, others = (task(some, encoder, kind) for some in (examples, dev))
    layers, head = probe(encoder, learning, kind, progress)
    tuned = min(_TUNED, layers)
    rating = Rating(name, kind, encoder.first(layers, own=tuned), head, tuned)
    _tune(rating, learning, others, np.random.default_rng(seed), progress)
    return rating


def _check(examples: Sequence[Example], kind: Kind, least: int = LEAST) -> None:
    if len(examples) < least:
        raise ValueError(f"{len(examples)} examples; it takes at least {least}")
    labels = np.array([label for _, label in examples])
    if not np.isfinite(labels).all():
        number = int(np.flatnonzero(~np.isfinite(labels))[0]) + 1
        raise ValueError(f"example {number}: its label is no finite number")
    if np.ptp(labels) == 0:
        raise ValueError(f"every label is {labels[0]:g}: there is nothing to learn")
    if kind == "classification" and len(set(labels > 0)) == 1:
        side = "above 0" if labels[0] > 0 else "0 or below"
        raise ValueError(f"every label is {side}: there are no two classes to tell apart")


@dataclass(frozen=True, eq=False)
class Task:
    """Texts as tokens, and their labels, shape (n,): numbers, or 1 for those above 0."""

    texts: list[list[int]]
    labels: Tensor


def task(examples: Sequence[Example], encoder: Encoder, kind: Kind) -> Task:
    """Return `examples` as `encoder` reads them."""
    texts, labels = zip(*examples, strict=True)
    values = torch.tensor(labels, dtype=torch.float32)
    tokens = encoder.tokens(as_written(texts), MOST_TOKENS)
    return Task(tokens, (values > 0).float() if kind == "classification" else values)


def probe(
    encoder: Encoder, given: Task, kind: Kind, progress: Progress = quietly
) -> tuple[int, Head]:
    """Return after how many layers to cut the encoder, and the line through what is seen there.

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


def _tune(
    rating: Rating, given: Task, dev: Task, generator: np.random.Generator, progress: Progress
) -> None:
    """Tune the last layers and the head of `rating`; leave them as `dev` was predicted best."""
    rating.encoder.model.requires_grad_(False)
    parts = nn.ModuleList([rating.head, *rating.encoder.layers[-rating.tuned :]])
    parts.requires_grad_(True)
    steps = math.ceil(len(given.texts) / _BATCH)
    optimiser = torch.optim.AdamW(parts.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, _slope(steps * EPOCHS))
    best, least = deepcopy(parts.state_dict()), _loss_on(rating, dev)
    for epoch in range(1, EPOCHS + 1):
        parts.train()
        for batch in progress(_shuffled(given, generator), f"Tuning, {epoch} of {EPOCHS}"):
            optimiser.zero_grad()
            _loss(rating, given, batch).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
            optimiser.step()
            schedule.step()
        parts.eval()
        if (loss := _loss_on(rating, dev)) >= least:
            break
        best, least = deepcopy(parts.state_dict()), loss
    parts.load_state_dict(best)
    parts.requires_grad_(False)


def _slope(steps: int) -> Callable[[int], float]:
    """Return the learning rate's share at each step: up to the whole, and down to nothing."""
    warm = max(1.0, _WARM * steps)
    return lambda step: min((step + 1) / warm, max(0.0, (steps - step) / max(1.0, steps - warm)))


def _shuffled(given: Task, generator: np.random.Generator) -> list[list[int]]:
    """Return the texts' numbers in batches in chance order, those of like length together."""
    order = generator.permutation(len(given.texts))
    rows: list[list[int]] = []
    for start in range(0, len(order), _BATCH * _ALIKE):
        some = sorted(order[start : start + _BATCH * _ALIKE], key=lambda i: len(given.texts[i]))
        rows += [some[i : i + _BATCH] for i in range(0, len(some), _BATCH)]
    return [rows[i] for i in generator.permutation(len(rows))]


def _loss(rating: Rating, given: Task, batch: Sequence[int]) -> Tensor:
    (states,), mask = rating.encoder.read([given.texts[i] for i in batch])
    predicted = rating.head(pool(states, mask))
    labels = given.labels[list(batch)]
    if rating.kind == "classification":
        return nn.functional.binary_cross_entropy_with_logits(predicted, labels)
    loss: Tensor = ((predicted - labels) / rating.head.scale).square().mean()
    return loss


@torch.no_grad()
def _loss_on(rating: Rating, given: Task) -> float:
    batches = [
        range(i, min(i + _BATCH, len(given.texts))) for i in range(0, len(given.texts), _BATCH)
    ]
    total = sum(float(_loss(rating, given, batch)) * len(batch) for batch in batches)
    return total / len(given.texts)
