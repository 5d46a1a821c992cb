"""A masked language model: how probable is each token of a text, given all the others?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from evaluation.types import Array

_BATCH = 4096  # tokens, padding included


@dataclass(frozen=True, eq=False)
class MaskedModel:
    """A transformer with its masked-language-model head, and its tokenizer."""

    name: str
    model: Any
    tokenizer: Any

    def score(self, texts: Sequence[str]) -> list[Array]:
        """Return the log-probabilities (natural) of each text's tokens, each masked in turn.

        Their sum is the pseudo-log-likelihood of Salazar et al. (2020). Special tokens are
        never masked; a text is cut at what the model can see.
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
        found: list[list[float]] = [[] for _ in texts]
        for lot in _lots(places, [len(row) for row in ids]):
            for (i, _), value in zip(lot, self._masked(ids, lot), strict=True):
                found[i].append(value)
        return [np.array(values, dtype=np.float64) for values in found]

    @property
    def _positions(self) -> int:
        # RoBERTa's kin count positions from behind that of the padding.
        positions = int(getattr(self.model.config, "max_position_embeddings", 1 << 30))
        unused = (self.model.config.pad_token_id or 0) + 1
        return positions - unused if "roberta" in self.model.config.model_type else positions

    @torch.inference_mode()
    def _masked(self, ids: Sequence[list[int]], lot: Sequence[tuple[int, int]]) -> list[float]:
        """Return the log-probability of each token (text, place) in `lot`, it alone masked."""
        longest = max(len(ids[i]) for i, _ in lot)
        tokens = torch.zeros((len(lot), longest), dtype=torch.long)
        mask = torch.zeros_like(tokens)
        for row, (i, k) in enumerate(lot):
            tokens[row, : len(ids[i])] = torch.tensor(ids[i])
            mask[row, : len(ids[i])] = 1
            tokens[row, k] = self.tokenizer.mask_token_id
        logits = self.model(input_ids=tokens, attention_mask=mask).logits
        own = logits[torch.arange(len(lot)), torch.tensor([k for _, k in lot])].float()
        truth = torch.tensor([ids[i][k] for i, k in lot])
        likely: list[float] = own.log_softmax(-1).gather(-1, truth[:, None])[:, 0].tolist()
        return likely


def load_masked_model(name: str) -> MaskedModel:
    """Return the masked language model in a folder, or of a hub id; safetensors only.

    Raises:
        ValueError: there is no such model.
    """
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForMaskedLM.from_pretrained(name, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise ValueError(f"no masked language model {name!r}: {error}") from error
    if tokenizer.mask_token_id is None:
        raise ValueError(f"the tokenizer of {name!r} has no mask")
    return MaskedModel(name, model.float().eval(), tokenizer)


def _lots(
    places: Sequence[tuple[int, int]], lengths: Sequence[int]
) -> Iterator[Sequence[tuple[int, int]]]:
    """Yield the places in order, in lots of at most `_BATCH` tokens, padding included."""
    lot: list[tuple[int, int]] = []
    longest = 0
    for place in places:
        longest = max(longest, lengths[place[0]])
        if lot and longest * (len(lot) + 1) > _BATCH:
            yield lot
            lot, longest = [], lengths[place[0]]
        lot.append(place)
    if lot:
        yield lot
