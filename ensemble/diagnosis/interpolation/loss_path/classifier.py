"""A text classifier on the first layers of an encoder: building, initialising and training it."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.interpolation.interpolate import Measure, Measurement
from ensemble.diagnosis.interpolation.loss_path.tasks import Batch, Task, batch
from ensemble.diagnosis.interpolation.states import scaled
from ensemble.types import Array, Integers
from evaluation.config import Part
from evaluation.execution.progress import quietly
from evaluation.models.encoders import Encoder, pool

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Start = Literal["pretrained", "random", "scaled", "adversarial"]
"""The weights before training.

The encoder's; random ones; random ones, scaled up; or ones that have learnt random labels by heart
(Liu et al. 2020).
"""

_EVALUATED = 24  # texts a batch
_FACTOR = 4.0  # of a scaled start


class Optimiser(Part):
    """An optimiser: its name, learning rate and weight decay; SGD has a momentum of 0.9."""

    name: Literal["adamw", "sgd"]
    rate: float
    decay: float = 0.0

    def of(self, model: nn.Module) -> torch.optim.Optimizer:
        """Return the optimiser of a model's parameters."""
        parameters = model.parameters()
        if self.name == "sgd":
            return torch.optim.SGD(parameters, lr=self.rate, weight_decay=self.decay, momentum=0.9)
        return torch.optim.AdamW(parameters, lr=self.rate, weight_decay=self.decay)


@dataclass(frozen=True)
class Training:
    """How long a classifier is trained, with which optimiser, and on how many texts a step."""

    optimiser: Optimiser
    epochs: int
    batch: int

    def batches(self, n: int, seed: int) -> list[Integers]:
        """Return the texts of each step, of `n` in all, in an order that depends on `seed`."""
        generator = np.random.default_rng(seed)
        orders = [generator.permutation(n) for _ in range(self.epochs)]
        return [order[i : i + self.batch] for order in orders for i in range(0, n, self.batch)]


class Classifier(nn.Module):
    """An encoder and a linear layer on the mean of its token states.

    Args:
        encoder: a transformer that takes `input_ids` and `attention_mask`.
        hidden: the size of its states.
        classes: the number of classes.
    """

    def __init__(self, encoder: nn.Module, hidden: int, classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(hidden, classes)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return logits, shape (n, classes)."""
        states = self.encoder(input_ids=tokens, attention_mask=mask).last_hidden_state
        logits: Tensor = self.head(pool(states, mask))
        return logits


def reduced_encoder(
    encoder: Encoder, layers: int, tasks: Sequence[Task]
) -> tuple["PreTrainedModel", list[Task]]:
    """Return the first layers of an encoder with the tokens of `tasks` alone, and those tasks.

    Tokens that occur in no text would only make the weights larger.
    """
    model = deepcopy(encoder.first(layers).model)
    # Over all tasks, so that they share one vocabulary.
    texts = [text for task in tasks for texts, _ in (task.train, task.test) for text in texts]
    padding = encoder.tokenizer.pad_token_id or 0
    used = sorted({padding, *(token for text in texts for token in text)})
    used.insert(0, used.pop(used.index(padding)))  # padding becomes token 0
    table = model.get_input_embeddings().weight.detach()[used]
    model.set_input_embeddings(_embedding(table))
    model.config.vocab_size = len(used)
    place = {token: i for i, token in enumerate(used)}
    return model, [_renumbered(task, place) for task in tasks]


def _embedding(table: Tensor) -> nn.Embedding:
    embedding = nn.Embedding(table.shape[0], table.shape[1], padding_idx=0)
    embedding.weight.data.copy_(table)
    return embedding


def _renumbered(task: Task, place: dict[int, int]) -> Task:
    train, test = (
        ([[place[token] for token in text] for text in texts], labels)
        for texts, labels in (task.train, task.test)
    )
    return Task(task.name, task.classes, train, test)


def initial_model(
    encoder: "PreTrainedModel", task: Task, start: Start, seed: int, training: Training
) -> Classifier:
    """Return a classifier at the start of its training.

    The adversarial start is itself trained, on labels in random order.
    """
    torch.manual_seed(seed)
    model = Classifier(deepcopy(encoder), encoder.config.hidden_size, task.classes)
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0  # so that the loss measured on the line is the one that was trained
    if start == "pretrained":
        return model.eval()
    model.encoder.apply(_randomise)
    if start == "scaled":
        model.load_state_dict(scaled(model.state_dict(), _FACTOR))
    if start == "adversarial":
        texts, labels = task.train
        wrong = np.random.default_rng(seed).permutation(labels)
        train(model, replace(task, train=(texts, wrong)), training, seed, quietly)
    return model.eval()


def _randomise(layer: nn.Module) -> None:
    """Initialise a layer as BERT's layers are."""
    if isinstance(layer, nn.Linear | nn.Embedding):
        nn.init.normal_(layer.weight, std=0.02)
    if isinstance(layer, nn.Linear) and layer.bias is not None:
        nn.init.zeros_(layer.bias)
    if isinstance(layer, nn.LayerNorm):
        nn.init.ones_(layer.weight)
        nn.init.zeros_(layer.bias)


def train(
    model: Classifier,
    task: Task,
    training: Training,
    seed: int,
    progress: Callable[[Sequence[Any], str], Iterable[Any]],
) -> None:
    """Train `model` in place by cross-entropy; `seed` decides the order of the texts."""
    optimiser = training.optimiser.of(model)
    model.train()
    for rows in progress(training.batches(len(task.train[0]), seed), "Training"):
        optimiser.zero_grad()
        loss = _loss(model, batch(task.train, rows.tolist(), 0)).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    model.eval()


def _loss(model: nn.Module, given: Batch) -> Tensor:
    return nn.functional.cross_entropy(
        model(given.tokens, given.mask), given.labels, reduction="none"
    )


def evaluator(texts: tuple[list[list[int]], Integers], most: int, outputs: bool = False) -> Measure:
    """Return a measure of a classifier on at most `most` texts, batched by length."""
    order = sorted(range(min(most, len(texts[0]))), key=lambda i: len(texts[0][i]))
    batches = [batch(texts, order[i : i + _EVALUATED], 0) for i in range(0, len(order), _EVALUATED)]

    def evaluate(model: nn.Module) -> Measurement:
        rows, logits_seen = [], []
        for one_batch in batches:
            logits = model(one_batch.tokens, one_batch.mask)
            loss = nn.functional.cross_entropy(logits, one_batch.labels, reduction="sum")
            wrong = int((logits.argmax(dim=1) != one_batch.labels).sum())
            rows.append([float(loss), wrong, len(one_batch.labels)])
            logits_seen.append(logits.double().numpy())
        return Measurement(np.array(rows), np.concatenate(logits_seen) if outputs else None)

    return evaluate


@torch.no_grad()
def probabilities(model: nn.Module, texts: tuple[list[list[int]], Integers]) -> Array:
    """Return a classifier's probabilities for each text, shape (n, classes)."""
    rows = []
    for i in range(0, len(texts[0]), _EVALUATED):
        one_batch = batch(texts, range(i, min(i + _EVALUATED, len(texts[0]))), 0)
        rows.append(model(one_batch.tokens, one_batch.mask).double().softmax(dim=1).numpy())
    return np.concatenate(rows)
