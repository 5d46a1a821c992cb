"""The look of candidates and their sources, independent of their voters, for each kind."""

from collections.abc import Callable, Sequence

import numpy as np

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.neural.features import change, place
from ensemble.combiners.neural.vote_matrix import Columns, VoteMatrix
from ensemble.competence import Profile, systems_of
from ensemble.types import Array


def look_of(ballots: Sequence[Ballot]) -> Array:
    """Return how each of the n candidates of `ballots`, of one kind, looks: (n, d)."""
    if not any(ballot.candidates for ballot in ballots):
        return np.zeros((0, 0))
    matrix = VoteMatrix(ballots, Profile.unknown(systems_of(ballots)))
    columns = _LOOKS[ballots[0].kind](matrix)
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns.values()], axis=1)


def looks_of(kind: Kind) -> int:
    """Return the number of columns of `look_of`."""
    return len(_LOOKS[kind](VoteMatrix([], Profile.unknown())))


def _of_edits(matrix: VoteMatrix) -> Columns:
    return {**change(matrix), **place(matrix)}


def _of_texts(matrix: VoteMatrix) -> Columns:
    texts = [candidate.replacement for candidate in matrix.candidates]
    length = np.array([len(text) for text in texts])
    return {
        **_of_labels(matrix),
        "length": np.log1p(length),
        "digits": np.array([sum(map(str.isdigit, text)) for text in texts]) / np.maximum(length, 1),
        "ascii": np.array([sum(map(str.isascii, text)) for text in texts]) / np.maximum(length, 1),
    }


def _of_labels(matrix: VoteMatrix) -> Columns:
    length = np.array([len(ballot.source) for ballot in matrix.ballots])
    return {"source": np.log1p(length)[matrix.segment]}


_LOOKS: dict[Kind, Callable[[VoteMatrix], Columns]] = {
    "edits": _of_edits,
    "texts": _of_texts,
    "labels": _of_labels,
}
