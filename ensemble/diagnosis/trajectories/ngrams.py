"""N-gram models of tokens, to know what is learnt from few words in a row alone.

Interpolated as Witten & Bell (1991) have it: the more kinds of tokens were seen after a
history, the more is left to the shorter one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.types import Array, Integers

_MOST = 1 << 63


@dataclass(frozen=True, eq=False)
class NGrams:
    """Counts of 1- to n-grams: each order's sorted codes and how often each was seen.

    A code is the tokens as digits of a number to the base `size`. Of each history `seen` and
    `kinds` are how often anything followed, and how many kinds.
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
            ValueError: so many tokens in a row have no code.
        """
        if size**order >= _MOST:
            raise ValueError(f"{order}-grams of {size} tokens are too many to count")
        stream = _joined(texts, order, begin)
        codes, counts, histories, seen, kinds = [], [], [], [], []
        for n in range(1, order + 1):
            own, times = np.unique(_coded(stream, n, size), return_counts=True)
            before, first = np.unique(own // size, return_index=True)
            codes.append(own)
            counts.append(times)
            histories.append(before)
            seen.append(np.add.reduceat(times, first))
            kinds.append(np.diff(np.append(first, len(own))))
        return cls(order, size, *map(tuple, (codes, counts, histories, seen, kinds)))

    def score(self, texts: Sequence[Integers], order: int, begin: int) -> list[Array]:
        """Return the log-probability of each token of `texts` after `order` - 1 others."""
        stream = _joined(texts, self.order, begin)
        probable = np.full(len(stream), 1 / self.size)
        for n in range(1, order + 1):
            code = _coded(stream, n, self.size)
            times = _found(self.codes[n - 1], self.counts[n - 1], code)
            seen = _found(self.histories[n - 1], self.seen[n - 1], code // self.size)
            kinds = _found(self.histories[n - 1], self.kinds[n - 1], code // self.size)
            whole = np.maximum(seen + kinds, 1)
            known = seen > 0
            probable = np.where(known, (times + kinds * probable) / whole, probable)
        bounds = np.cumsum([len(text) for text in texts])[:-1]
        return list(np.split(np.log(probable), bounds))


def _joined(texts: Sequence[Integers], order: int, begin: int) -> Integers:
    """Return each token with the `order` - 1 before it, shape (tokens, order)."""
    rows = []
    for text in texts:
        padded = np.concatenate([np.full(order - 1, begin), text]).astype(np.int64)
        rows.append(np.lib.stride_tricks.sliding_window_view(padded, order)[: len(text)]
                    if len(text) else np.zeros((0, order), dtype=np.int64))  # fmt: skip
    return np.concatenate(rows)


def _coded(windows: Integers, n: int, size: int) -> Integers:
    code = np.zeros(len(windows), dtype=np.int64)
    for column in windows.T[-n:]:
        code = code * size + column
    return code


def _found(keys: Integers, values: Integers, asked: Integers) -> Integers:
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, values[place], 0)
