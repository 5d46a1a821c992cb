"""From examples to a rating: find the layer that shows it best, then tune what leads there.

First a ridge regression on each layer of the frozen encoder; then its last two layers up to
the best one, and the line that was found, by gradient (Kumar et al. 2022: a line first, so
that tuning does not destroy what carries over to other texts and languages). All below stays
as it was. The tuning ends where the prediction of held-out labels stops improving.
"""

import math
from collections.abc import Callable, Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from evaluation.execution.progress import Progress, Step, quietly
from evaluation.metrics.learned.kinds import Kind
from evaluation.metrics.learned.model import Rating
from evaluation.metrics.learned.probe import Example, Task, probe, task
from evaluation.models.encoders import Encoder, pool
from evaluation.statistics.significance import SEED

LEAST = 50
"""How many examples it takes."""
EPOCHS = 3
"""How often they are gone through, at most."""

_TUNED = 2
_RATE = 5e-5
_DECAY = 0.01
_BATCH = 32
_ALIKE = 16  # batches in which texts are sorted by length, so that little is padding
_WARM = 0.1


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
        examples: texts and their labels; or sources with their texts, in all examples alike.
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
    with_sources = not isinstance(examples[0][0], str)
    cut = encoder.first(layers, copied=tuned)
    rating = Rating(name, kind, cut, head, tuned, with_sources=with_sources)
    _tune(rating, learning, others, np.random.default_rng(seed), progress)
    return rating


def _check(examples: Sequence[Example], kind: Kind, least: int = LEAST) -> None:
    if len(examples) < least:
        raise ValueError(f"{len(examples)} examples; it takes at least {least}")
    labels = np.array([label for _, label in examples])
    if not np.isfinite(labels).all():
        number = int(np.flatnonzero(~np.isfinite(labels))[0]) + 1
        raise ValueError(f"example {number}: its label is not a finite number")
    if np.ptp(labels) == 0:
        raise ValueError(f"every label is {labels[0]:g}: there is nothing to learn")
    if kind == "classification" and len(set(labels > 0)) == 1:
        side = "above 0" if labels[0] > 0 else "0 or below"
        raise ValueError(f"every label is {side}: there are no two classes to tell apart")


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
    epochs = [Step(number, f"epoch {number}") for number in range(1, EPOCHS + 1)]
    for epoch in progress(epochs, "Tuning"):
        parts.train()
        for batch in progress(list(map(Step, _shuffled(given, generator))), "Epoch"):
            optimiser.zero_grad()
            loss = _loss(rating, given, batch.item)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            batch.figures["loss"] = loss.item()
        parts.eval()
        epoch.figures["held-out loss"] = held_out_loss = _loss_on(rating, dev)
        if held_out_loss >= least:
            break
        best, least = deepcopy(parts.state_dict()), held_out_loss
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
