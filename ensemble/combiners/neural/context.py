"""Features of an edit from a language model: how likely its sentence is with it and without it.

The votes know the systems and nothing of the language. The model compares the source with the
source after one edit; whole texts and labels have no such features.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from ensemble.answer_cache import CACHE, ask_once
from ensemble.candidates import Ballot
from ensemble.combiners.neural.vote_matrix import Columns, VoteMatrix
from ensemble.types import Array
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.execution.progress import Progress
from evaluation.models.causal_lm import LanguageModel, load_language_model
from evaluation.models.edit_lm import CHANGES, Pair, changes

_REMEMBERED = 500_000  # changes, some hundred megabytes
_BATCH = 256  # changes, some ten seconds


def read_in_context(matrix: VoteMatrix, model: str) -> Columns:
    """Return the features that the language model called `model` gives n edits, columns (n,).

    Raises:
        ValueError: the candidates are not edits.
        ImportError: a package that the model needs is missing; the message names the extra.
    """
    table = _reader(model).read(_pairs(matrix.ballots))
    return {f"context: {name}": table[:, i] for i, name in enumerate(CHANGES)}


def read_ahead(
    ballots: Sequence[Ballot],
    model: str,
    progress: Progress,
    folder: Path = CACHE,
) -> None:
    """Compute the features of all candidates of `ballots` before they are needed.

    It takes long, so they are cached in `folder`: an interrupted run continues from there. Raises
    as `read_in_context`.
    """
    reader = _reader(model)
    pairs = list(dict.fromkeys(_pairs(ballots)))
    rows = ask_once(
        f"language model {model} {reader.model.revision[:16]}",
        [json.dumps(pair) for pair in pairs],
        lambda questions: reader.read([tuple(json.loads(q)) for q in questions]).tolist(),
        progress,
        folder,
        _BATCH,
    )
    reader.known |= zip(pairs, map(np.array, rows), strict=True)


class _Reader:
    """Reads each change once: it takes long, and training asks for the same ones many times."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.known: dict[Pair, Array] = {}

    def read(self, pairs: Sequence[Pair]) -> Array:
        new = list(dict.fromkeys(pair for pair in pairs if pair not in self.known))
        if len(self.known) > _REMEMBERED:  # memory is bounded: start again
            self.known, new = {}, list(dict.fromkeys(pairs))
        self.known |= zip(new, changes(self.model, new), strict=True)
        return np.array([self.known[pair] for pair in pairs]).reshape(-1, len(CHANGES))


@lru_cache(maxsize=1)
def _reader(name: str) -> _Reader:
    return _Reader(load_language_model(name))


def _pairs(ballots: Sequence[Ballot]) -> list[Pair]:
    """Return the source of each candidate, and the source with that candidate's edit made."""
    if any(ballot.kind != "edits" for ballot in ballots):
        raise ValueError("context is for edits: it compares a sentence with and without one")
    return [
        (ballot.source, weave(apply(ballot.tokens, [candidate.edit])))
        for ballot in ballots
        for candidate in ballot.candidates
    ]
