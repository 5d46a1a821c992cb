"""A Hugging Face model as a member: asked once, offline, for its greedy text and samples."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from ensemble.diversity.config import Model
from ensemble.diversity.data.answer_cache import ask_once
from ensemble.diversity.data.material import Versions
from evaluation.execution.progress import Progress


class Loaded(NamedTuple):
    """A model with its tokenizer, and whether it has an encoder, which reads the prompt apart."""

    model: Any
    tokenizer: Any
    encodes: bool


def load(path: str) -> Loaded:
    """Return the model in a folder, or the one of a hub id that is already on this machine.

    Raises:
        OSError: it is not there, or not in safetensors.
    """
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
    )

    given = {"local_files_only": True, "trust_remote_code": False}
    encodes = bool(AutoConfig.from_pretrained(path, **given).is_encoder_decoder)
    kind = AutoModelForSeq2SeqLM if encodes else AutoModelForCausalLM
    model = kind.from_pretrained(path, use_safetensors=True, **given)
    return Loaded(model.eval(), AutoTokenizer.from_pretrained(path, **given), encodes)


def sample(config: Model, sources: Sequence[str], seed: int, progress: Progress) -> Versions:
    """Return `config.size` versions of each source: `1` the greedy one, the others drawn.

    Each has the log-probability that the model gives it. What is drawn follows from `seed` and
    the source. Answers are kept by the content of the model's folder, so that another model at
    the same place is asked anew.
    """
    loaded = load(config.path)
    what = f"model {_print(config.path)} {config.model_dump(exclude={'path'})} {seed}"
    found = ask_once(
        what, sources, lambda some: [_versions(loaded, config, s, seed) for s in some], progress
    )
    ranks = [str(rank) for rank in range(1, config.size + 1)]
    texts = [dict(zip(ranks, (text for text, _ in one), strict=True)) for one in found]
    scores = [dict(zip(ranks, (score for _, score in one), strict=True)) for one in found]
    return Versions(texts, scores)


def _versions(loaded: Loaded, config: Model, source: str, seed: int) -> list[tuple[str, float]]:
    torch.manual_seed(int(hashlib.sha256(f"{seed} {source}".encode()).hexdigest()[:8], 16))
    prompt = loaded.tokenizer(config.prompt.replace("{source}", source), return_tensors="pt")
    drawn = {"temperature": config.temperature, "num_return_sequences": config.size - 1}
    return [
        *_generated(loaded, prompt, config.tokens, do_sample=False),
        *_generated(loaded, prompt, config.tokens, do_sample=True, top_k=0, **drawn),
    ]


def _generated(
    loaded: Loaded,
    prompt: Any,  # noqa: ANN401 - what a tokenizer of transformers returns
    tokens: int,
    **options: float | bool,
) -> list[tuple[str, float]]:
    """Return texts, each on one line, with the sum of the log-probabilities of their tokens."""
    with torch.inference_mode():
        made = loaded.model.generate(
            **prompt,
            max_new_tokens=tokens,
            return_dict_in_generate=True,
            output_scores=True,
            pad_token_id=loaded.tokenizer.pad_token_id or loaded.tokenizer.eos_token_id,
            **options,
        )
        each = loaded.model.compute_transition_scores(
            made.sequences, made.scores, normalize_logits=True
        )
    scores = each.masked_fill(~each.isfinite(), 0.0).sum(dim=1)
    kept = made.sequences[:, made.sequences.shape[1] - each.shape[1] :]
    texts = loaded.tokenizer.batch_decode(kept, skip_special_tokens=True)
    return [(" ".join(t.split()), float(s)) for t, s in zip(texts, scores, strict=True)]


def _print(path: str) -> str:
    """Return what tells one folder of weights from another; a hub id stands for itself."""
    files = sorted(Path(path).glob("*.safetensors")) if Path(path).is_dir() else []
    digest = hashlib.sha256(path.encode() if not files else b"")
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
