"""Features of contested edits from a language model: whether its sentence becomes likelier.

The votes know the systems and nothing of the language. The model compares the source with the
source after one edit, and is asked only where the vote is near its threshold: elsewhere a sentence
that becomes a little likelier does not change the decision. Whole texts and labels have no such
features.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, compress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ensemble.answer_cache import ask_once
from ensemble.candidates import Ballot
from ensemble.combiners.neural.features import FEATURES
from ensemble.combiners.neural.vote_matrix import VoteMatrix
from ensemble.competence import Profile
from ensemble.types import Array, Booleans
from evaluation.config import CACHE
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.execution.progress import Progress, quietly
from evaluation.models.causal_lm import LanguageModel, load_language_model
from evaluation.models.edit_lm import CHANGES, WINDOW, Pair, changes

CONTEXT = tuple(f"context: {name}" for name in CHANGES)
"""The names of the columns that a language model gives an edit."""

_BAND = 1.1  # log-odds of the vote, on both sides of its threshold
_REMEMBERED = 500_000  # changes, some hundred megabytes
_BATCH = 256  # changes, some ten seconds


class InContext(NamedTuple):
    """The features of n edits, `values` (n, c); 0 where the model was not asked, see `asked`."""

    values: Array
    asked: Booleans

    @classmethod
    def unasked(cls, size: int) -> "InContext":
        """Return the features of `size` candidates where there is no language model."""
        return cls(np.zeros((size, len(CONTEXT))), np.zeros(size, dtype=np.bool_))


def contested(prior: Array) -> Booleans:
    """Return which candidates with these log-odds by the vote are near its threshold: (n,)."""
    return np.asarray(np.abs(prior) <= _BAND)


def read_in_context(
    ballots: Sequence[Ballot], prior: Array, model: str, progress: Progress = quietly
) -> InContext:
    """Return the features that the language model called `model` gives the n candidates.

    `prior` (n,) is their log-odds by the vote. Only contested edits are read. It takes long, so the
    results are cached on disk: an interrupted run continues, and a repeated one reads nothing.

    Raises:
        ValueError: the candidates are not edits.
        ImportError: a package that the model needs is missing; the message names the extra.
    """
    if any(ballot.kind != "edits" for ballot in ballots):
        raise ValueError("context is for edits: it compares a sentence with and without one")
    asked = contested(prior)
    values = InContext.unasked(len(prior)).values
    if asked.any():
        values[asked] = _reader(model).read(pairs_of(ballots, asked), progress)
    return InContext(values, asked)


def read_ahead(ballots: Sequence[Ballot], model: str, progress: Progress) -> None:
    """Read the contested edits of `ballots`, which training asks for; raises as `read_in_context`.

    What is contested differs a little between parts of the ballots; the rest is read then.
    """
    prior = FEATURES[ballots[0].kind](VoteMatrix(ballots, Profile.of(ballots))).prior
    read_in_context(ballots, prior, model, progress)


@dataclass
class _Reader:
    """Reads each change once: it takes long, and training asks for the same ones many times."""

    model: LanguageModel
    folder: Path = CACHE
    known: dict[Pair, Array] = field(default_factory=dict)

    def read(self, pairs: Sequence[Pair], progress: Progress) -> Array:
        new = list(dict.fromkeys(pair for pair in pairs if pair not in self.known))
        if len(self.known) > _REMEMBERED:  # memory is bounded: start again
            self.known, new = {}, list(dict.fromkeys(pairs))
        if new:
            rows = ask_once(
                f"edits ({', '.join(CHANGES)}; {WINDOW}) by {self.model.name}"
                f" {self.model.revision[:16]}",
                [json.dumps(pair) for pair in new],
                lambda asked: changes(self.model, [tuple(json.loads(q)) for q in asked]).tolist(),
                progress,
                self.folder,
                _BATCH,
            )
            self.known |= zip(new, map(np.array, rows), strict=True)
        return np.array([self.known[pair] for pair in pairs]).reshape(-1, len(CHANGES))


@lru_cache(maxsize=1)
def _reader(name: str) -> _Reader:
    return _Reader(load_language_model(name))


def pairs_of(ballots: Sequence[Ballot], asked: Booleans) -> list[Pair]:
    """Return the source of each candidate that is `asked`, and the source with its edit made."""
    everything = chain.from_iterable(
        ((ballot, candidate) for candidate in ballot.candidates) for ballot in ballots
    )
    return [
        (ballot.source, weave(apply(ballot.tokens, [candidate.edit])))
        for ballot, candidate in compress(everything, asked)
    ]
