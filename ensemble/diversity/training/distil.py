"""Fine-tuning a member's model on the policy's choices, so that it needs no policy."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ensemble.diversity.data.language_model import LoadedModel, load
from evaluation.execution.progress import Progress, Step

_BATCH = 8
_IGNORED = -100  # transformers' label for tokens without a loss


def distil(
    path: str,
    pairs: Sequence[tuple[str, str]],
    folder: Path,
    epochs: int,
    rate: float,
    seed: int,
    progress: Progress,
) -> list[float]:
    """Fine-tune the model at `path` on prompts and texts, and save it to `folder` (safetensors).

    Returns the mean loss of each epoch, in nats a token.

    Raises:
        OSError: the model is missing.
        ValueError: `pairs` is empty.
    """
    if not pairs:
        raise ValueError("there is nothing to distil: no pair of prompt and text")
    loaded = load(path)
    torch.manual_seed(seed)
    optimiser = torch.optim.AdamW(loaded.model.parameters(), lr=rate)
    losses = []
    loaded.model.train()
    for epoch in progress([Step(number) for number in range(epochs)], "Distilling"):
        order = torch.randperm(len(pairs)).tolist()
        steps = [
            _step(loaded, optimiser, [pairs[i] for i in order[begin : begin + _BATCH]])
            for begin in range(0, len(order), _BATCH)
        ]
        losses.append(sum(steps) / len(steps))
        epoch.figures["loss"] = losses[-1]
    loaded.model.eval().save_pretrained(folder, safe_serialization=True)
    loaded.tokenizer.save_pretrained(folder)
    return losses


def _step(
    loaded: LoadedModel, optimiser: torch.optim.Optimizer, pairs: Sequence[tuple[str, str]]
) -> float:
    optimiser.zero_grad()
    loss: Tensor = loaded.model(**_batch(loaded, pairs)).loss
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return float(loss.detach())


def _batch(loaded: LoadedModel, pairs: Sequence[tuple[str, str]]) -> dict[str, Tensor]:
    """Return the model's inputs; its labels are the text after the prompt, and the end token."""
    tokenizer = loaded.tokenizer
    prompts = [list(tokenizer(prompt)["input_ids"]) for prompt, _ in pairs]
    if loaded.encodes:
        texts = [list(tokenizer(text_target=text)["input_ids"]) for _, text in pairs]
        return _padded(loaded, prompts, texts)
    end = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    texts = [[*tokenizer(text, add_special_tokens=False)["input_ids"], *end] for _, text in pairs]
    whole = [prompt + text for prompt, text in zip(prompts, texts, strict=True)]
    # The loss is taken on the answer alone, not on the prompt.
    labels = [[_IGNORED] * len(p) + t for p, t in zip(prompts, texts, strict=True)]
    return _padded(loaded, whole, labels)


def _padded(
    loaded: LoadedModel, inputs: Sequence[list[int]], labels: Sequence[list[int]]
) -> dict[str, Tensor]:
    pad = loaded.tokenizer.pad_token_id or 0
    ids = _rectangle(inputs, pad)
    mask = _rectangle([[1] * len(row) for row in inputs], 0)
    return {"input_ids": ids, "attention_mask": mask, "labels": _rectangle(labels, _IGNORED)}


def _rectangle(rows: Sequence[list[int]], filler: int) -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [filler] * (width - len(row)) for row in rows])
