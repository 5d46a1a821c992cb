"""Two models read from their folders, and their evaluation on a user's texts."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ensemble.diagnosis.interpolation.interpolate import Measure, Measurement
from ensemble.diagnosis.interpolation.states import State
from ensemble.diagnosis.interpolation.two_models.config import Plan
from evaluation.data.human_scores import read_ratings
from evaluation.data.readers import read_lines
from evaluation.records import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_IGNORED = -100  # cross_entropy's label for tokens without a loss


ModelKind = Literal["classifier", "causal"]


class Pair(NamedTuple):
    """The second model, for the architecture, both state dicts, and the tokenizer."""

    model: nn.Module
    first: State
    second: State
    tokenizer: "PreTrainedTokenizerBase"


def read_pair(first: Path, second: Path, kind: ModelKind) -> Pair:
    """Read two models from disk: safetensors only, and no code that comes with them.

    Raises:
        DataError: a folder has no such model, or its weights lack some that the model has.
        ValueError: the two are of different architectures.
    """
    from transformers import AutoTokenizer

    first_model, second_model = _model(first, kind), _model(second, kind)
    if type(first_model) is not type(second_model):
        raise ValueError(
            f"{first} is a {type(first_model).__name__}, {second} a {type(second_model).__name__}"
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            str(second), trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise DataError(second, None, f"has no usable tokenizer: {error}") from None
    return Pair(second_model, first_model.state_dict(), second_model.state_dict(), tokenizer)


def _model(folder: Path, kind: ModelKind) -> nn.Module:
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        raise DataError(folder, None, "needs config.json and weights as safetensors")
    auto_class: Any = (
        AutoModelForCausalLM if kind == "causal" else AutoModelForSequenceClassification
    )
    try:
        model, loading = auto_class.from_pretrained(
            str(folder),
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise DataError(folder, None, f"is not a {kind} model: {error}") from None
    if missing := sorted(loading["missing_keys"]):
        raise DataError(folder, None, f"its weights lack {', '.join(missing[:3])}")
    evaluated: nn.Module = model.eval()
    return evaluated


def measure_of(pair: Pair, path: Path, kind: ModelKind, plan: Plan) -> Measure:
    """Return the measure of a model on a file, on as many texts and tokens as `plan` says.

    Loss and errors are of texts (a classifier) or of tokens, each predicted from those before it.

    Raises:
        DataError: the file cannot be read, or a label is not a class of the model.
    """
    texts, labels = _classes(path, pair.model) if kind == "classifier" else (_lines(path), None)
    ids = [_ids(pair.tokenizer, text, plan.tokens) for text in texts[: plan.texts]]
    if kind == "causal":
        ids = [tokens for tokens in ids if len(tokens) > 1]
    if not ids:
        raise DataError(path, None, "holds no text of two tokens")
    padding = pair.tokenizer.pad_token_id or 0
    batches = []
    for i in range(0, len(ids), plan.batch):
        rows = slice(i, i + plan.batch)
        batches.append(_batch(ids[rows], None if labels is None else labels[rows], padding))
    return lambda model: _evaluated(model, batches)


def _evaluated(model: nn.Module, batches: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Measurement:
    rows, outputs = [], []
    for tokens, mask, labels in batches:
        logits = model(input_ids=tokens, attention_mask=mask).logits
        # Labels are 2-dimensional for language models: one a token.
        if labels.dim() == 2:  # each token is predicted from those before it
            logits, labels = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
        else:
            outputs.append(logits.double().numpy())
        loss = nn.functional.cross_entropy(logits, labels, reduction="sum", ignore_index=_IGNORED)
        known = labels != _IGNORED
        wrong = int((logits.argmax(dim=-1) != labels)[known].sum())
        rows.append([float(loss), wrong, int(known.sum())])
    return Measurement(
        np.array(rows, dtype=np.float64), np.concatenate(outputs) if outputs else None
    )


def _batch(
    ids: Sequence[list[int]], classes: Sequence[int] | None, padding: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return tokens, the mask that is 0 for padding, and labels: classes (n,) or the tokens."""
    tokens = torch.full((len(ids), max(map(len, ids))), padding)
    mask = torch.zeros_like(tokens)
    for row, row_ids in enumerate(ids):
        tokens[row, : len(row_ids)], mask[row, : len(row_ids)] = torch.tensor(row_ids), 1
    if classes is not None:
        return tokens, mask, torch.tensor(classes[: len(ids)])
    return tokens, mask, tokens.masked_fill(mask == 0, _IGNORED)


def _ids(tokenizer: "PreTrainedTokenizerBase", text: str, tokens: int) -> list[int]:
    return list(tokenizer(text, truncation=True, max_length=tokens)["input_ids"])


def _lines(path: Path) -> list[str]:
    lines = [line for line in read_lines(path) if line.strip()]
    if not lines:
        raise DataError(path, None, "holds no text")
    return lines


def _classes(path: Path, model: nn.Module) -> tuple[list[str], list[int]]:
    classes = int(model.config.num_labels)  # type: ignore[union-attr, arg-type]
    rows = read_ratings(path)
    for number, (_, label) in enumerate(rows, start=1):
        if label != int(label) or not 0 <= label < classes:
            raise DataError(
                path, None, f"text {number}: {label:g} is not a class from 0 to {classes - 1}"
            )
    return [text for text, _ in rows], [int(label) for _, label in rows]
