"""N-gram models of tokens, as references that know nothing but a few tokens before.

Interpolated after Witten & Bell (1991): the more distinct tokens followed a history, the more
weight goes to the shorter history.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.types import Array, Integers

_MOST = 1 << 63  # codes must fit in 64 bits


@dataclass(frozen=True, eq=False)
class NGrams:
    """Counts of 1- to n-grams: for each order the sorted codes, and how often each occurred.

    A code is the tokens as digits of a number to the base `size`. For each history `seen` and
    `kinds` are how often it was followed by a token, and by how many distinct ones.
    """

    order: int
    size: int
    codes: tuple[Integers, ...]
    counts: tuple[Integers, ...]
    histories: tuple[Integers, ...]
    seen: tuple[Integers, ...]
    kinds: tuple[Integers, ...]

    @classmethod
    def learn(cls, texts: Sequence[Integers], order: int, size: int, begin: int) -> "NGrams":
        """Count the n-grams of `texts`, tokens below `size`, each after `order` - 1 times `begin`.

        Raises:
            ValueError: codes of this order and size do not fit in 64 bits.
        """
        if size**order >= _MOST:
            raise ValueError(f"{order}-grams of {size} tokens are too many to count")
        stream = _joined(texts, order, begin)
        codes, counts, histories, seen, kinds = [], [], [], [], []
        for n in range(1, order + 1):
            order_codes, order_counts = np.unique(_coded(stream, n, size), return_counts=True)
            order_histories, starts = np.unique(order_codes // size, return_index=True)
            codes.append(order_codes)
            counts.append(order_counts)
            histories.append(order_histories)
            seen.append(np.add.reduceat(order_counts, starts))
            kinds.append(np.diff(np.append(starts, len(order_codes))))
        return cls(order, size, *map(tuple, (codes, counts, histories, seen, kinds)))

    def score(self, texts: Sequence[Integers], order: int, begin: int) -> list[Array]:
        """Return the log-probability of each token of `texts` after `order` - 1 others."""
        stream = _joined(texts, self.order, begin)
        # The order below the unigrams is uniform, so that no token has a probability of 0.
        probable = np.full(len(stream), 1 / self.size)
        for n in range(1, order + 1):
            code = _coded(stream, n, self.size)
            times = _lookup(self.codes[n - 1], self.counts[n - 1], code)
            seen = _lookup(self.histories[n - 1], self.seen[n - 1], code // self.size)
            kinds = _lookup(self.histories[n - 1], self.kinds[n - 1], code // self.size)
            whole = np.maximum(seen + kinds, 1)
            known = seen > 0
            probable = np.where(known, (times + kinds * probable) / whole, probable)
        bounds = np.cumsum([len(text) for text in texts])[:-1]
        return list(np.split(np.log(probable), bounds))


def _joined(texts: Sequence[Integers], order: int, begin: int) -> Integers:
    """Return each token with the `order` - 1 tokens before it, shape (tokens, order)."""
    rows = []
    for text in texts:
        padded = np.concatenate([np.full(order - 1, begin), text]).astype(np.int64)
        if len(text):
            rows.append(np.lib.stride_tricks.sliding_window_view(padded, order))
        else:
            rows.append(np.zeros((0, order), dtype=np.int64))
    return np.concatenate(rows)


def _coded(windows: Integers, n: int, size: int) -> Integers:
    code = np.zeros(len(windows), dtype=np.int64)
    for column in windows.T[-n:]:
        code = code * size + column
    return code


def _lookup(keys: Integers, values: Integers, asked: Integers) -> Integers:
    """Return the value of each key asked for; 0 for a key that is not there."""
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, values[place], 0)
