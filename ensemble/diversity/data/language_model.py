"""A Hugging Face model as a member: its greedy output and samples, generated offline."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from ensemble.answer_cache import ask_once
from ensemble.diversity.data.config import Model
from ensemble.diversity.data.dataset import Versions
from evaluation.execution.progress import Progress


class LoadedModel(NamedTuple):
    """A model with its tokenizer; `encodes` is whether it is an encoder-decoder."""

    model: Any
    tokenizer: Any
    encodes: bool


def load(path: str) -> LoadedModel:
    """Return the model in a folder, or the one of a hub id that is already on this machine.

    Raises:
        OSError: the model is missing, or not in safetensors.
    """
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
    )

    # Nothing is downloaded, and no code that comes with a model is run.
    given = {"local_files_only": True, "trust_remote_code": False}
    encodes = bool(AutoConfig.from_pretrained(path, **given).is_encoder_decoder)
    kind = AutoModelForSeq2SeqLM if encodes else AutoModelForCausalLM
    model = kind.from_pretrained(path, use_safetensors=True, **given)
    return LoadedModel(model.eval(), AutoTokenizer.from_pretrained(path, **given), encodes)


def sample(config: Model, sources: Sequence[str], seed: int, progress: Progress) -> Versions:
    """Return `config.size` versions of each source: `1` the greedy output, the others sampled.

    Each has the log-probability that the model gives it. Samples depend on `seed` and the source.
    Answers are cached by the content of the model's folder, so another model in the same folder is
    asked anew.
    """
    loaded = load(config.path)
    name = f"model {_weights_digest(config.path)} {config.model_dump(exclude={'path'})} {seed}"
    answers = ask_once(
        name, sources, lambda texts: [_versions(loaded, config, s, seed) for s in texts], progress
    )
    ranks = [str(rank) for rank in range(1, config.size + 1)]
    texts = [dict(zip(ranks, (text for text, _ in versions), strict=True)) for versions in answers]
    scores = [
        dict(zip(ranks, (score for _, score in versions), strict=True)) for versions in answers
    ]
    return Versions(texts, scores)


def _versions(
    loaded: LoadedModel, config: Model, source: str, seed: int
) -> list[tuple[str, float]]:
    # Seeded by the source, so samples do not depend on the order of sources.
    torch.manual_seed(int(hashlib.sha256(f"{seed} {source}".encode()).hexdigest()[:8], 16))
    prompt = loaded.tokenizer(config.prompt.replace("{source}", source), return_tensors="pt")
    drawn = {"temperature": config.temperature, "num_return_sequences": config.size - 1}
    return [
        *_generated(loaded, prompt, config.tokens, do_sample=False),
        *_generated(loaded, prompt, config.tokens, do_sample=True, top_k=0, **drawn),
    ]


def _generated(
    loaded: LoadedModel,
    prompt: Any,  # noqa: ANN401 - what a tokenizer of transformers returns
    tokens: int,
    **options: float | bool,
) -> list[tuple[str, float]]:
    """Return texts, each on one line, with the sum of the log-probabilities of their tokens."""
    with torch.inference_mode():
        output = loaded.model.generate(
            **prompt,
            max_new_tokens=tokens,
            return_dict_in_generate=True,
            output_scores=True,
            pad_token_id=loaded.tokenizer.pad_token_id or loaded.tokenizer.eos_token_id,
            **options,
        )
        token_scores = loaded.model.compute_transition_scores(
            output.sequences, output.scores, normalize_logits=True
        )
    scores = token_scores.masked_fill(~token_scores.isfinite(), 0.0).sum(dim=1)
    # Decoder-only models repeat the prompt: only the new tokens are kept.
    generated = output.sequences[:, output.sequences.shape[1] - token_scores.shape[1] :]
    texts = loaded.tokenizer.batch_decode(generated, skip_special_tokens=True)
    return [(" ".join(t.split()), float(s)) for t, s in zip(texts, scores, strict=True)]


def _weights_digest(path: str) -> str:
    """Return a digest of a folder's weights, or of a hub id itself."""
    files = sorted(Path(path).glob("*.safetensors")) if Path(path).is_dir() else []
    digest = hashlib.sha256(path.encode() if not files else b"")
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
