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

CHANGES = ("gain, bounded",)
WINDOW = 3
"""Tokens after a change whose probabilities are compared too."""

_BOUND = 5.0  # the gain at which the bounded gain, a tanh, levels off

Pair = tuple[str, str]


def changes(model: LanguageModel, pairs: Sequence[Pair], progress: Progress = iter) -> Array:
    """Return the features of turning the first text of each pair into the second.

    The shape is (n, len(CHANGES)). Spaces before punctuation, as corpora have them, are removed
    first. The common beginning of all changes of one text is read once, and nothing beyond
    `WINDOW` tokens after a change.
    """
    plain = [(detokenise(before), detokenise(after)) for before, after in pairs]
    tokens = {text: model.tokens(text) for text in dict.fromkeys(chain.from_iterable(plain))}
    groups = list(_groups(plain, tokens))
    by_pair: dict[Pair, tuple[float, ...]] = {}
    for group, scored in zip(groups, model.read([g.tree() for g in groups], progress), strict=True):
        by_pair |= group.rows(scored)
    rows = [by_pair[pair] for pair in plain]
    return np.array(rows, dtype=np.float64).reshape(-1, len(CHANGES))


class _Change(NamedTuple):
    """The tokens from `begin` to `old_stop` of a text, replaced by `new`; `rest` follows.

    `rest` is at most `WINDOW` tokens, the same before and after.
    """

    after: str
    begin: int
    old_stop: int
    new: Integers
    rest: Integers

    @classmethod
    def of(cls, after: str, old: Integers, new: Integers) -> "_Change":
        begin = _shared(old, new)
        end = _shared(old[begin:][::-1], new[begin:][::-1])
        old_stop, new_stop = len(old) - end, len(new) - end
        return cls(after, begin, old_stop, new[begin:new_stop], new[new_stop : new_stop + WINDOW])

    @property
    def old_end(self) -> int:
        """The index, in the text before the change, after the last token that is compared."""
        return self.old_stop + len(self.rest)

    @property
    def branch(self) -> Integers:
        """The tokens after the change that are read."""
        return np.concatenate([self.new, self.rest])


class _Group(NamedTuple):
    """Changes of one text, with its tokens: the trunk of a tree whose branches are the changes."""

    before: str
    tokens: Integers
    changes: tuple[_Change, ...] = ()

    @property
    def trunk(self) -> int:
        """The number of tokens of the text that are read."""
        return max((change.old_end for change in self.changes), default=0)

    def size(self) -> int:
        """Return the number of tokens that are read."""
        return self.trunk + sum(len(change.branch) for change in self.changes)

    def tree(self) -> Tree:
        """Return the tree to read; only the tokens that are compared are wanted."""
        trunk = self.trunk
        wanted = np.zeros(trunk, dtype=np.bool_)
        for change in self.changes:
            wanted[change.begin : change.old_end] = True
        tree = Tree.of(self.tokens[:trunk])._replace(wanted=wanted)
        for change in self.changes:
            tree = tree.grown(change.branch, change.begin - 1)
        return tree

    def rows(self, scored: Scored) -> Iterator[tuple[Pair, tuple[float, ...]]]:
        """Yield each change with its features."""
        start = self.trunk
        for change in self.changes:
            old = scored.log_probabilities[change.begin : change.old_end]
            new = scored.log_probabilities[start : start + len(change.branch)]
            yield (self.before, change.after), _features(change, old, new)
            start += len(change.branch)


def _groups(pairs: Sequence[Pair], tokens: dict[str, Integers]) -> Iterator[_Group]:
    """Yield the changes of each text, in several groups if they exceed a batch."""
    texts: dict[str, dict[str, None]] = {}
    for before, after in pairs:
        texts.setdefault(before, {})[after] = None
    for before, afters in texts.items():
        group = start = _Group(before, tokens[before])
        for after in afters:
            change = _Change.of(after, tokens[before], tokens[after])
            grown = group._replace(changes=(*group.changes, change))
            if grown.size() > BATCH and group.changes:
                yield group
                grown = start._replace(changes=(change,))
            group = grown
        yield group


def _features(change: _Change, old: Array, new: Array) -> tuple[float, ...]:
    """Return the features of one change, in the order of `CHANGES`."""
    return (float(np.tanh((new.sum() - old.sum()) / _BOUND)),)


def _shared(first: Integers, second: Integers) -> int:
    """Return the length of the common beginning of two texts, in tokens."""
    size = min(len(first), len(second))
    differ = np.flatnonzero(first[:size] != second[:size])
    return int(differ[0]) if len(differ) else size
