"""Two models from their folders, and what evaluates them on a user's texts."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.interpolation.interpolate import Measure, Measured, State
from evaluation.data.readers import read_lines, read_ratings
from evaluation.records import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_IGNORED = -100  # what cross_entropy leaves out


class Pair(NamedTuple):
    """The second model, which is the architecture, both state dicts, and the tokenizer."""

    model: nn.Module
    first: State
    second: State
    tokenizer: "PreTrainedTokenizerBase"


def read_pair(first: Path, second: Path, kind: Literal["classifier", "causal"]) -> Pair:
    """Read two models; safetensors only, from disk only, and no code that comes with them.

    Raises:
        DataError: a folder gives no such model, or its weights lack some that the model has.
        ValueError: the two are of different architectures.
    """
    from transformers import AutoTokenizer

    one, other = _model(first, kind), _model(second, kind)
    if type(one) is not type(other):
        raise ValueError(f"{first} is a {type(one).__name__}, {second} a {type(other).__name__}")
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            str(second), trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise DataError(second, None, f"gives no tokenizer: {error}") from None
    return Pair(other, one.state_dict(), other.state_dict(), tokenizer)


def _model(folder: Path, kind: Literal["classifier", "causal"]) -> nn.Module:
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        raise DataError(folder, None, "needs config.json and weights as safetensors")
    of: Any = AutoModelForCausalLM if kind == "causal" else AutoModelForSequenceClassification
    try:
        model, said = of.from_pretrained(
            str(folder),
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise DataError(folder, None, f"gives no {kind} model: {error}") from None
    if missing := sorted(said["missing_keys"]):
        raise DataError(folder, None, f"its weights lack {', '.join(missing[:3])}")
    found: nn.Module = model.eval()
    return found


def measure_of(
    pair: Pair, path: Path, kind: Literal["classifier", "causal"], most: tuple[int, int], size: int
) -> Measure:
    """Return what evaluates a model on a file: `most` texts and tokens of each, `size` at once.

    Loss and errors are of texts (a classifier) or of tokens, each told from those before it.

    Raises:
        DataError: the file cannot be read, or a label is none of the model's classes.
    """
    texts, labels = _classes(path, pair.model) if kind == "classifier" else (_lines(path), None)
    ids = [_ids(pair.tokenizer, text, most[1]) for text in texts[: most[0]]]
    if kind == "causal":
        ids = [one for one in ids if len(one) > 1]
    if not ids:
        raise DataError(path, None, "holds no text of two tokens")
    padding = pair.tokenizer.pad_token_id or 0
    lots = [_lot(ids[i : i + size], None if labels is None else labels[i : i + size], padding)
            for i in range(0, len(ids), size)]  # fmt: skip
    return lambda model: _evaluated(model, lots)


def _evaluated(model: nn.Module, lots: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Measured:
    rows, seen = [], []
    for tokens, mask, labels in lots:
        logits = model(input_ids=tokens, attention_mask=mask).logits
        if labels.dim() == 2:  # each token is told from those before it
            logits, labels = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
        else:
            seen.append(logits.double().numpy())
        loss = nn.functional.cross_entropy(logits, labels, reduction="sum", ignore_index=_IGNORED)
        known = labels != _IGNORED
        wrong = int((logits.argmax(dim=-1) != labels)[known].sum())
        rows.append([float(loss), wrong, int(known.sum())])
    return Measured(np.array(rows, dtype=np.float64), np.concatenate(seen) if seen else None)


def _lot(
    ids: Sequence[list[int]], classes: Sequence[int] | None, padding: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return tokens and which are no padding, and labels: classes (n,), or the tokens again."""
    tokens = torch.full((len(ids), max(map(len, ids))), padding)
    mask = torch.zeros_like(tokens)
    for row, own in enumerate(ids):
        tokens[row, : len(own)], mask[row, : len(own)] = torch.tensor(own), 1
    if classes is not None:
        return tokens, mask, torch.tensor(classes[: len(ids)])
    return tokens, mask, tokens.masked_fill(mask == 0, _IGNORED)


def _ids(tokenizer: "PreTrainedTokenizerBase", text: str, most: int) -> list[int]:
    return list(tokenizer(text, truncation=True, max_length=most)["input_ids"])


def _lines(path: Path) -> list[str]:
    lines = [line for line in read_lines(path) if line.strip()]
    if not lines:
        raise DataError(path, None, "holds no text")
    return lines


def _classes(path: Path, model: nn.Module) -> tuple[list[str], list[int]]:
    most = int(model.config.num_labels)  # type: ignore[union-attr, arg-type]
    rows = read_ratings(path)
    for number, (_, label) in enumerate(rows, start=1):
        if label != int(label) or not 0 <= label < most:
            raise DataError(
                path, None, f"text {number}: {label:g} is no class from 0 to {most - 1}"
            )
    return [text for text, _ in rows], [int(label) for _, label in rows]
