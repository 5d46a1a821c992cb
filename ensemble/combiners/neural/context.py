"""What a language model makes of each candidate in its sentence: knowledge of the language.

The votes know the systems and nothing of the language. The model compares the source as it
is with the source with one edit made; for whole texts, and for labels, it has nothing to say.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ensemble.candidates import Ballot
from ensemble.combiners.neural.vote_matrix import Array, Columns, Poll
from evaluation import VERSION
from evaluation.edits.align import apply
from evaluation.edits.tokens import weave
from evaluation.models.causal_lm import LanguageModel, load_language_model
from evaluation.models.edit_lm import CHANGES, Pair, changes

CACHE = Path(os.environ.get("CONSORT_CACHE") or "~/.cache/consort").expanduser()
"""Where what was read is kept."""

_REMEMBERED = 500_000  # changes, some hundred megabytes
_AT_ONCE = 256  # changes, some ten seconds
_RECORD = np.dtype([("pair", "S40"), ("values", "<f8", len(CHANGES))])


def read_in_context(poll: Poll, model: str) -> Columns:
    """Return what the language model called `model` makes of each of n edits, columns (n,).

    Raises:
        ValueError: the candidates are no edits.
        ImportError: what the model needs is not installed; the message names the extra.
    """
    table = _reader(model).read(_pairs(poll.ballots))
    return {f"context: {name}": table[:, i] for i, name in enumerate(CHANGES)}


def read_ahead(
    ballots: Sequence[Ballot],
    model: str,
    progress: Callable[[Sequence[Any], str], Iterable[Any]],
    folder: Path = CACHE,
) -> None:
    """Have `model` read the candidates of `ballots` before they are asked for.

    It takes long, so what was read is kept in `folder`, as digests and numbers: a run that was
    broken off goes on from there. Raises as `read_in_context`.
    """
    reader = _reader(model)
    file = folder / f"{reader.model.revision[:16]}-{VERSION}.readings"
    pairs = list(dict.fromkeys(_pairs(ballots)))
    reader.known |= _kept(file, pairs)
    new = [pair for pair in pairs if pair not in reader.known]
    chunks = [new[i : i + _AT_ONCE] for i in range(0, len(new), _AT_ONCE)]
    for chunk in progress(chunks, f"Reading with {model}"):
        _keep(file, chunk, reader.read(chunk))


class _Reader:
    """Reads each change once, for it takes long: training asks for the same ones many times."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.known: dict[Pair, Array] = {}

    def read(self, pairs: Sequence[Pair]) -> Array:
        new = list(dict.fromkeys(pair for pair in pairs if pair not in self.known))
        if len(self.known) > _REMEMBERED:
            self.known, new = {}, list(dict.fromkeys(pairs))
        self.known |= zip(new, changes(self.model, new), strict=True)
        return np.array([self.known[pair] for pair in pairs]).reshape(-1, len(CHANGES))


@lru_cache(maxsize=1)
def _reader(name: str) -> _Reader:
    return _Reader(load_language_model(name))


def _pairs(ballots: Sequence[Ballot]) -> list[Pair]:
    if any(ballot.kind != "edits" for ballot in ballots):
        raise ValueError("context is for edits: it compares a sentence with and without one")
    return [
        (ballot.source, weave(apply(ballot.tokens, [candidate.edit])))
        for ballot in ballots
        for candidate in ballot.candidates
    ]


def _kept(file: Path, pairs: Sequence[Pair]) -> dict[Pair, Array]:
    """Return what `file` holds of `pairs`; a record that was not written whole is none."""
    content = file.read_bytes() if file.is_file() else b""
    records = np.frombuffer(content, _RECORD, len(content) // _RECORD.itemsize)
    values = dict(zip(records["pair"].tolist(), records["values"], strict=True))
    return {pair: values[_digest(pair)] for pair in pairs if _digest(pair) in values}


def _keep(file: Path, pairs: Sequence[Pair], values: Array) -> None:
    records = np.zeros(len(pairs), _RECORD)
    records["pair"], records["values"] = [_digest(pair) for pair in pairs], values
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as kept:
        kept.truncate(kept.tell() // _RECORD.itemsize * _RECORD.itemsize)
        kept.write(records.tobytes())


def _digest(pair: Pair) -> bytes:
    text = "\0".join(pair).encode("utf-8", "backslashreplace")
    return hashlib.sha256(text).hexdigest()[:40].encode()
