"""Scores changes of a text by a causal language model: how much likelier the text becomes."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from evaluation.models.causal_lm import (
    BATCH,
    LanguageModel,
    Progress,
    Scored,
    Tree,
    detokenise,
)
from evaluation.types import Array, Integers

CHANGES = (
    "gain", "gain of the part", "gain of the rest", "gain of what is next",
    "part before", "part after", "least likely before", "least likely after",
    "least expected before", "least expected after", "mean before", "gain of the mean",
    "longer", "next before", "next after", "gain, bounded",
)  # fmt: skip
"""The columns of `changes`: log-probabilities (natural), but for `longer`, which is in tokens.

The part is what the change replaces, the rest what follows it, next its first `_NEXT` tokens."""

_NEXT = 3  # tokens
_BOUND = 5.0  # the gain at which the bounded gain, a tanh, levels off

Pair = tuple[str, str]


def changes(model: LanguageModel, pairs: Sequence[Pair], progress: Progress = iter) -> Array:
    """Return the features of turning the first text of each pair into the second.

    The shape is (n, len(CHANGES)). Spaces before punctuation, as corpora have them, are removed
    first. The common beginning of all changes of one text is read once.
    """
    plain = [(detokenise(before), detokenise(after)) for before, after in pairs]
    tokens = {text: model.tokens(text) for text in dict.fromkeys(chain.from_iterable(plain))}
    groups = list(_groups(plain, tokens))
    by_pair: dict[Pair, tuple[float, ...]] = {}
    for group, scored in zip(groups, model.read([g.tree for g in groups], progress), strict=True):
        by_pair |= group.rows(scored)
    rows = [by_pair[pair] for pair in plain]
    return np.array(rows, dtype=np.float64).reshape(-1, len(CHANGES))


class _Group(NamedTuple):
    """Changes of one text, which is the trunk of a `tree`; each change is a branch of it.

    `branches` has, by the text after the change, the index at which its branch leaves the trunk
    and the length of the branch.
    """

    before: str
    tree: Tree
    trunk: int
    branches: dict[str, tuple[int, int]]

    def rows(self, scored: Scored) -> Iterator[tuple[Pair, tuple[float, ...]]]:
        """Yield each change with its features."""
        old, start = scored.part(0, self.trunk), self.trunk
        for after, (leaves, size) in self.branches.items():
            new = scored.part(0, leaves).then(scored.part(start, start + size))
            yield (self.before, after), _change(old, new)
            start += size


def _groups(pairs: Sequence[Pair], tokens: dict[str, Integers]) -> Iterator[_Group]:
    """Yield the changes of each text, in several groups if they exceed a batch."""
    texts: dict[str, dict[str, None]] = {}
    for before, after in pairs:
        texts.setdefault(before, {})[after] = None
    for before, afters in texts.items():
        group = start = _Group(before, Tree.of(tokens[before]), len(tokens[before]), {})
        for after in afters:
            if len(group.tree.tokens) + len(tokens[after]) > BATCH and group.branches:
                yield group
                group = start
            group = _with_branch(group, after, tokens)
        yield group


def _with_branch(group: _Group, after: str, tokens: dict[str, Integers]) -> _Group:
    leaves = _shared(tokens[group.before], tokens[after])
    branch = tokens[after][leaves:]
    return group._replace(
        tree=group.tree.grown(branch, leaves - 1),
        branches={**group.branches, after: (leaves, len(branch))},
    )


def _change(before: Scored, after: Scored) -> tuple[float, ...]:
    """Return the features of one change, in the order of `CHANGES`."""
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


def _shared(first: Integers, second: Integers) -> int:
    """Return the length of the common beginning of two texts, in tokens."""
    size = min(len(first), len(second))
    differ = np.flatnonzero(first[:size] != second[:size])
    return int(differ[0]) if len(differ) else size


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else 0.0
