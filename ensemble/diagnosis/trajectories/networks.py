"""Small causal language models to be trained from scratch, all with one interface."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from ensemble.types import Array, Integers
from evaluation.config import Part

BEGIN = 0
"""The token before the first of every text."""

_TOKENS = 8192  # a batch


class Network(Part):
    """A GPT, an LSTM, or a bag, which ignores the order of the words before."""

    kind: Literal["gpt", "lstm", "bag"]
    layers: Annotated[int, Field(ge=1)] = 1
    hidden: Annotated[int, Field(ge=8)] = 128
    rate: float = 0.002

    def build(self, tokens: int, longest: int, seed: int) -> nn.Module:
        """Return the network with random weights; it maps tokens (b, t) to logits (b, t, v)."""
        torch.manual_seed(seed)
        if self.kind == "gpt":
            return Gpt(tokens, self.layers, self.hidden, longest)
        if self.kind == "lstm":
            return Lstm(tokens, self.layers, self.hidden)
        return Bag(tokens, self.hidden)


class Gpt(nn.Module):
    """GPT-2 (Radford et al. 2019) from transformers, with heads of size 32, without dropout."""

    def __init__(self, tokens: int, layers: int, hidden: int, longest: int) -> None:
        from transformers import GPT2Config, GPT2LMHeadModel

        super().__init__()
        sizes = {"n_layer": layers, "n_embd": hidden, "n_head": max(1, hidden // 32)}
        none = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
        ends = {"bos_token_id": BEGIN, "eos_token_id": BEGIN}
        config = GPT2Config(vocab_size=tokens, n_positions=longest, **sizes, **none, **ends)
        self.gpt = GPT2LMHeadModel(config)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits, shape (b, t, v)."""
        logits: Tensor = self.gpt(input_ids=ids, use_cache=False).logits
        return logits


class Lstm(nn.Module):
    """An LSTM (Hochreiter & Schmidhuber 1997) whose output weights are its embeddings."""

    def __init__(self, tokens: int, layers: int, hidden: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(tokens, hidden)
        nn.init.normal_(self.embed.weight, std=0.05)
        self.lstm = nn.LSTM(hidden, hidden, layers, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(tokens))

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits, shape (b, t, v)."""
        states, _ = self.lstm(self.embed(ids))
        return nn.functional.linear(states, self.embed.weight, self.bias)


class Bag(nn.Module):
    """Predicts the next token from the mean of all embeddings before it."""

    def __init__(self, tokens: int, hidden: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(tokens, hidden)
        self.out = nn.Linear(hidden, tokens)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits, shape (b, t, v)."""
        count = torch.arange(1, ids.shape[1] + 1, dtype=torch.float32)[:, None]
        logits: Tensor = self.out(self.embed(ids).cumsum(dim=1) / count)
        return logits


@torch.inference_mode()
def score(network: nn.Module, texts: Sequence[Integers]) -> list[Array]:
    """Return the log-probabilities of the tokens of each text, in order."""
    network.eval()
    results: list[Array] = [np.zeros(0)] * len(texts)
    for rows in _batches([len(text) for text in texts]):
        longest = max(len(texts[i]) for i in rows)
        ids = torch.full((len(rows), longest + 1), BEGIN)
        for row, i in enumerate(rows):
            ids[row, 1 : 1 + len(texts[i])] = torch.from_numpy(texts[i])
        # Each row starts with BEGIN, so the first token is predicted too.
        logits = network(ids[:, :-1])
        log_p = logits.gather(-1, ids[:, 1:, None])[..., 0] - logits.logsumexp(dim=-1)
        for row, i in enumerate(rows):
            results[i] = log_p[row, : len(texts[i])].double().numpy()
    return results


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the indices of texts in batches of similar length, without empty texts."""
    indices: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if lengths[i] == 0:
            continue
        if indices and (len(indices) + 1) * lengths[i] > _TOKENS:
            yield indices
            indices = []
        indices.append(i)
    if indices:
        yield indices
