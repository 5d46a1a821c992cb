"""Scores the tokens of texts by a masked language model, each given all the others."""

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from evaluation.models.hub import loading, place_of
from evaluation.types import Array

_KIND = "masked language model"
_BATCH = 4096  # tokens, padding included
_MASKS = 256  # in a batch; each has a logit for every token of the vocabulary

_wanted: ContextVar[torch.Tensor | None] = ContextVar("_wanted", default=None)
"""The position of each row whose logits are wanted; of this thread, which may not be alone."""


@dataclass(frozen=True, eq=False)
class MaskedModel:
    """A transformer with its masked-language-model head, and its tokenizer."""

    name: str
    model: Any
    tokenizer: Any

    def score(self, texts: Sequence[str]) -> list[Array]:
        """Return the log-probabilities (natural) of each text's tokens, each masked in turn.

        Their sum is the pseudo-log-likelihood of Salazar et al. (2020). Special tokens are
        never masked; a text is cut at the maximum number of tokens of the model.
        """
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        most = min(int(self.tokenizer.model_max_length), self._positions)
        ids = [
            self.tokenizer(text, truncation=True, max_length=most)["input_ids"] for text in clean
        ]
        special = set(self.tokenizer.all_special_ids) - {self.tokenizer.unk_token_id}
        places = [
            (i, k) for i, row in enumerate(ids) for k, t in enumerate(row) if t not in special
        ]
        by_text: list[list[float]] = [[] for _ in texts]
        for batch in _batches(places, [len(row) for row in ids]):
            for (i, _), value in zip(batch, self._masked(ids, batch), strict=True):
                by_text[i].append(value)
        return [np.array(values, dtype=np.float64) for values in by_text]

    @property
    def _positions(self) -> int:
        # Models of RoBERTa's family count positions from the one after that of the padding.
        positions = int(getattr(self.model.config, "max_position_embeddings", 1 << 30))
        unused = (self.model.config.pad_token_id or 0) + 1
        return positions - unused if "roberta" in self.model.config.model_type else positions

    @torch.inference_mode()
    def _masked(self, ids: Sequence[list[int]], batch: Sequence[tuple[int, int]]) -> list[float]:
        """Return the log-probability of each token (text, position) in `batch`, masked alone."""
        longest = max(len(ids[i]) for i, _ in batch)
        padding = self.tokenizer.pad_token_id or 0
        tokens = torch.full((len(batch), longest), padding, dtype=torch.long)
        mask = torch.zeros_like(tokens)
        for row, (i, k) in enumerate(batch):
            tokens[row, : len(ids[i])] = torch.tensor(ids[i])
            mask[row, : len(ids[i])] = 1
            tokens[row, k] = self.tokenizer.mask_token_id
        before = _wanted.set(torch.tensor([k for _, k in batch]))
        try:
            logits = self.model(input_ids=tokens, attention_mask=mask).logits.float()
        finally:
            _wanted.reset(before)
        truth = torch.tensor([ids[i][k] for i, k in batch])
        scores: list[float] = (
            logits.gather(-1, truth[:, None])[:, 0] - logits.logsumexp(-1)
        ).tolist()
        return scores


def _only_wanted(_: torch.nn.Module, states: tuple[torch.Tensor]) -> torch.Tensor | None:
    """Reduce the states before a model's last layer to those at the positions in `_wanted`.

    The logits of all positions, 250,000 each for XLM-R, take more time than the layers below.
    """
    places = _wanted.get()
    return None if places is None else states[0][torch.arange(len(places)), places]


def load_masked_model(name: str) -> MaskedModel:
    """Return the masked language model in a folder, or of a hub id such as `xlm-roberta-base`.

    Only safetensors weights are read, and no code that comes with them is run.

    Raises:
        NoModelError: the folder or the hub has no such model.
        ValueError: a part of its weights is missing, or its tokenizer has no mask.
    """
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    place = place_of(name, _KIND)
    with loading(place, _KIND):
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        model, report = AutoModelForMaskedLM.from_pretrained(
            place, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
    if absent := sorted(report["missing_keys"]):  # transformers would make them up at random
        raise ValueError(f"the weights of {name!r} lack {', '.join(absent[:3])}")
    if tokenizer.mask_token_id is None:
        raise ValueError(f"the tokenizer of {name!r} has no mask")
    model.get_output_embeddings().register_forward_pre_hook(_only_wanted)
    return MaskedModel(name, model.float().eval(), tokenizer)


def _batches(
    places: Sequence[tuple[int, int]], lengths: Sequence[int]
) -> Iterator[Sequence[tuple[int, int]]]:
    """Yield the places (text, position) in batches of at most `_BATCH` tokens and `_MASKS`."""
    batch: list[tuple[int, int]] = []
    longest = 0
    for place in places:
        longest = max(longest, lengths[place[0]])
        if batch and (len(batch) == _MASKS or longest * (len(batch) + 1) > _BATCH):
            yield batch
            batch, longest = [], lengths[place[0]]
        batch.append(place)
    if batch:
        yield batch
