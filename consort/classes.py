"""The classes of labels: values in Python, their texts in segments, and their probabilities."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from consort.tables import plain
from ensemble.candidates.labels import LabelCase, label_key
from ensemble.decoding.decode import Combination
from ensemble.types import Array
from evaluation.data.rows import is_missing

_TAKEN = 1e-9


class Classes(NamedTuple):
    """The classes in ascending order, shape (c,), and how often each was seen, (c,)."""

    values: NDArray[Any]
    counts: Array

    @classmethod
    def of(cls, labels: Iterable[object]) -> "Classes":
        """Return the classes of `labels`, of which missing ones do not count.

        Labels of types that do not sort together are classes as texts.
        """
        present = [plain(label) for label in labels if not is_missing(label)]
        if len({type(label) for label in present}) > 1:
            present = [label_text(label) for label in present]
        values, counts = np.unique(np.array(present, dtype=None), return_counts=True)
        return cls(values, counts.astype(np.float64))

    @classmethod
    def of_rows(cls, rows: Iterable[object]) -> "Classes":
        """Return the classes in `rows`, each of which is a label or a list of labels."""
        lists = (row if isinstance(row, list | tuple) else [row] for row in rows)
        return cls.of(chain.from_iterable(lists))

    @classmethod
    def read(cls, pairs: Sequence[Sequence[Any]]) -> "Classes":
        """Return the classes that `pairs` made a JSON value of."""
        values, counts = [value for value, _ in pairs], [count for _, count in pairs]
        return cls(np.array(values), np.array(counts, dtype=np.float64))

    @property
    def pairs(self) -> list[list[Any]]:
        """Each class with its count, as a JSON value."""
        return [[*pair] for pair in zip(self.values.tolist(), self.counts.tolist(), strict=True)]

    @property
    def prior(self) -> Array:
        """The share of each class among the labels seen, (c,)."""
        return np.asarray(self.counts / max(self.counts.sum(), 1.0))

    def places(self, case: LabelCase) -> dict[str, int]:
        """Return the place of each class by the key that equal labels share."""
        keys = [label_key(label_text(value), case) for value in self.values.tolist()]
        return {key: place for place, key in reversed(list(enumerate(keys)))}

    def probabilities(self, combinations: Sequence[Combination], case: LabelCase) -> Array:
        """Return the probability of each class for each segment, (m, c); rows sum to 1.

        The probabilities of the candidates that are classes are scaled to that sum. Where none is,
        and where no system answered, they are the shares of the classes among the labels seen. Of
        labels that are tied, the one that is taken has a billionth more.
        """
        places, found = self.places(case), np.zeros((len(combinations), len(self.values)))
        for row, combination in zip(found, combinations, strict=True):
            for decision in combination.decisions:
                place = places.get(label_key(decision.candidate.replacement, case))
                if place is not None:
                    row[place] += decision.probability
            _raise(row, places.get(label_key(combination.text or "", case)))
        sums = found.sum(axis=1, keepdims=True)
        return np.asarray(np.where(sums > 0, found / np.where(sums > 0, sums, 1), self.prior))

    def chosen(self, combinations: Sequence[Combination], case: LabelCase) -> NDArray[Any]:
        """Return the most probable class of each segment, (m,)."""
        return np.asarray(self.values[self.probabilities(combinations, case).argmax(axis=1)])


def _raise(row: Array, taken: int | None) -> None:
    """Make the class that was `taken` the most probable, where others are as probable."""
    if taken is not None and (row >= row[taken]).sum() > 1:
        row[taken] = row.max() + _TAKEN


def label_text(value: object) -> str:
    """Return a class as the text of a label: a whole number without a decimal point."""
    return str(plain(value))


def right_texts(row: object) -> tuple[str, ...]:
    """Return the references of a segment: a text, a label of any type, or a list of them."""
    several = row if isinstance(row, list | tuple) else [row]
    return tuple(label_text(value) for value in several if not is_missing(value))


def output_of(value: object) -> object:
    """Return a cell of a table of labels as an output: a text, class probabilities or `None`."""
    if is_missing(value) or value is None:
        return None
    return plain(value) if isinstance(value, Mapping) else label_text(value)
