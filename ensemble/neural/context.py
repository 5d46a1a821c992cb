"""What a language model makes of each candidate in its sentence: knowledge of the language.

The votes know the systems and nothing of the language. The model compares the source as it
is with the source with one edit made; for whole texts, and for labels, it has nothing to say.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from ensemble.candidates import Ballot
from ensemble.neural.poll import Array, Columns, Poll
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.language import CHANGES, LanguageModel, changes, load_language_model

_REMEMBERED = 500_000  # changes, some hundred megabytes


def read_in_context(poll: Poll, model: str) -> Columns:
    """Return what the language model called `model` makes of each of n edits, columns (n,).

    Raises:
        ValueError: the candidates are no edits.
        ImportError: what the model needs is not installed; the message names the extra.
    """
    if any(ballot.kind != "edits" for ballot in poll.ballots):
        raise ValueError("context is for edits: it compares a sentence with and without one")
    table = _reader(model).read([pair for ballot in poll.ballots for pair in _pairs(ballot)])
    return {f"context: {name}": table[:, i] for i, name in enumerate(CHANGES)}


Pair = tuple[str, str]


class _Reader:
    """Reads each change once, for it takes long: training asks for the same ones many times."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._known: dict[Pair, Array] = {}

    def read(self, pairs: Sequence[Pair]) -> Array:
        new = list(dict.fromkeys(pair for pair in pairs if pair not in self._known))
        if len(self._known) > _REMEMBERED:
            self._known, new = {}, list(dict.fromkeys(pairs))
        self._known |= zip(new, changes(self._model, new), strict=True)
        return np.array([self._known[pair] for pair in pairs]).reshape(-1, len(CHANGES))


@lru_cache(maxsize=1)
def _reader(name: str) -> _Reader:
    return _Reader(load_language_model(name))


def _pairs(ballot: Ballot) -> Iterator[Pair]:
    for candidate in ballot.candidates:
        yield ballot.source, weave(apply(ballot.tokens, [candidate.edit]))
