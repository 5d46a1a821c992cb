"""A text classifier on the first layers of an encoder: built, started in some way, trained."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.interpolation.initialisations import scaled
from ensemble.diagnosis.interpolation.interpolate import Measure, Measured
from ensemble.diagnosis.interpolation.tasks import Batch, Task, batch
from ensemble.types import Array, Integers
from evaluation.config import Part
from evaluation.execution.progress import quietly
from evaluation.models.encoders import Encoder, pool

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Start = Literal["pretrained", "random", "scaled", "adversarial"]
"""Where training begins: the encoder's weights; random ones; random ones, too large; or those
that learnt random labels by heart first (Liu et al. 2020)."""

_EVALUATED = 24
_FACTOR = 4.0


class Optimiser(Part):
    """How weights are moved."""

    name: Literal["adamw", "sgd"]
    rate: float
    decay: float = 0.0


class Classifier(nn.Module):
    """An encoder and a line through the mean of its token states.

    Args:
        encoder: a transformer that takes `input_ids` and `attention_mask`.
        hidden: the size of its states.
        classes: how many to tell apart.
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


def small(
    encoder: Encoder, layers: int, tasks: Sequence[Task]
) -> tuple["PreTrainedModel", list[Task]]:
    """Return the first layers of an encoder with the words of `tasks` alone, and those tasks.

    Tokens that occur in no text would only make the weights larger.
    """
    model = deepcopy(encoder.first(layers).model)
    texts = [text for task in tasks for texts, _ in (task.train, task.test) for text in texts]
    padding = encoder.tokenizer.pad_token_id or 0
    used = sorted({padding, *(token for text in texts for token in text)})
    used.insert(0, used.pop(used.index(padding)))  # 0 is the padding
    table = model.get_input_embeddings().weight.detach()[used]
    model.set_input_embeddings(_embedding(table))
    model.config.vocab_size = len(used)
    place = {token: i for i, token in enumerate(used)}
    return model, [_renumbered(task, place) for task in tasks]


def _embedding(table: Tensor) -> nn.Embedding:
    found = nn.Embedding(table.shape[0], table.shape[1], padding_idx=0)
    found.weight.data.copy_(table)
    return found


def _renumbered(task: Task, place: dict[int, int]) -> Task:
    train, test = (
        ([[place[token] for token in text] for text in texts], labels)
        for texts, labels in (task.train, task.test)
    )
    return Task(task.name, task.classes, train, test)


def started(
    encoder: "PreTrainedModel",
    task: Task,
    start: Start,
    seed: int,
    optimiser: Optimiser,
    epochs: int,
    size: int,
) -> Classifier:
    """Return a classifier that stands where training begins.

    The adversarial start is itself trained, on labels in chance order.
    """
    torch.manual_seed(seed)
    model = Classifier(deepcopy(encoder), encoder.config.hidden_size, task.classes)
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0  # the loss that is walked along is the one that was trained
    if start == "pretrained":
        return model.eval()
    model.encoder.apply(_random)
    if start == "scaled":
        model.load_state_dict(scaled(model.state_dict(), _FACTOR))
    if start == "adversarial":
        texts, labels = task.train
        wrong = np.random.default_rng(seed).permutation(labels)
        task = Task(task.name, task.classes, (texts, wrong), task.test)
        train(model, task, optimiser, epochs, seed, quietly, size)
    return model.eval()


def _random(part: nn.Module) -> None:
    """Fill a layer as BERT's are filled before training."""
    if isinstance(part, nn.Linear | nn.Embedding):
        nn.init.normal_(part.weight, std=0.02)
    if isinstance(part, nn.Linear) and part.bias is not None:
        nn.init.zeros_(part.bias)
    if isinstance(part, nn.LayerNorm):
        nn.init.ones_(part.weight)
        nn.init.zeros_(part.bias)


def train(
    model: Classifier,
    task: Task,
    optimiser: Optimiser,
    epochs: int,
    seed: int,
    progress: Callable[[Sequence[Any], str], Iterable[Any]],
    size: int,
) -> None:
    """Train `model` in place, by cross-entropy on `size` texts a step, in an order of `seed`."""
    generator = np.random.default_rng(seed)
    kinds = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}
    more = {"momentum": 0.9} if optimiser.name == "sgd" else {}
    moved = kinds[optimiser.name](
        model.parameters(), lr=optimiser.rate, weight_decay=optimiser.decay, **more
    )
    model.train()
    n = len(task.train[0])
    rows = [order[i : i + size] for order in (generator.permutation(n) for _ in range(epochs))
            for i in range(0, n, size)]  # fmt: skip
    for some in progress(rows, "Training"):
        moved.zero_grad()
        _loss(model, batch(task.train, some.tolist(), 0)).mean().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        moved.step()
    model.eval()


def _loss(model: nn.Module, given: Batch) -> Tensor:
    return nn.functional.cross_entropy(
        model(given.tokens, given.mask), given.labels, reduction="none"
    )


def measure(texts: tuple[list[list[int]], Integers], most: int, outputs: bool = False) -> Measure:
    """Return what evaluates a classifier on at most `most` texts, those of like length together."""
    order = sorted(range(min(most, len(texts[0]))), key=lambda i: len(texts[0][i]))
    lots = [batch(texts, order[i : i + _EVALUATED], 0) for i in range(0, len(order), _EVALUATED)]

    def evaluate(model: nn.Module) -> Measured:
        rows, seen = [], []
        for lot in lots:
            logits = model(lot.tokens, lot.mask)
            loss = nn.functional.cross_entropy(logits, lot.labels, reduction="sum")
            wrong = int((logits.argmax(dim=1) != lot.labels).sum())
            rows.append([float(loss), wrong, len(lot.labels)])
            seen.append(logits.double().numpy())
        return Measured(np.array(rows), np.concatenate(seen) if outputs else None)

    return evaluate


@torch.no_grad()
def probabilities(model: nn.Module, texts: tuple[list[list[int]], Integers]) -> Array:
    """Return what a classifier makes of each text, shape (n, classes)."""
    found = []
    for i in range(0, len(texts[0]), _EVALUATED):
        lot = batch(texts, range(i, min(i + _EVALUATED, len(texts[0]))), 0)
        found.append(model(lot.tokens, lot.mask).double().softmax(dim=1).numpy())
    return np.concatenate(found)
