"""The tasks of the study: classifying texts by a rating or by their origin."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ensemble.types import Integers
from evaluation.config import Part
from evaluation.data.human_scores import read_ratings
from evaluation.data.readers import read_lines
from evaluation.metrics.learned.model import as_written
from evaluation.models.encoders import Encoder
from evaluation.records import DataError

_LEAST_WORDS = 4


class Ratings(Part):
    """Texts rated by people: is the rating above 0? CSV files of sentence and label."""

    form: Literal["ratings"]
    train: str
    test: str


class Origins(Part):
    """Text files, a text a line; the class is the file."""

    form: Literal["origins"]
    files: Annotated[tuple[str, ...], Field(min_length=2)]


TaskChoice = Annotated[Ratings | Origins, Field(discriminator="form")]


class Batch(NamedTuple):
    """Tokens and the mask of those that are not padding, (n, longest), and labels (n,)."""

    tokens: Tensor
    mask: Tensor
    labels: Tensor


@dataclass(frozen=True, eq=False)
class Task:
    """Training and test texts, as tokens, with their labels from 0 to `classes` - 1."""

    name: str
    classes: int
    train: tuple[list[list[int]], Integers]
    test: tuple[list[list[int]], Integers]


def read_task(
    name: str, choice: TaskChoice, root: Path, encoder: Encoder, sizes: tuple[int, int], most: int
) -> Task:
    """Return a task with `sizes` training and test texts, drawn at random with a fixed seed.

    Raises:
        DataError: a file cannot be read, or has too few texts.
    """
    if isinstance(choice, Ratings):
        parts = [
            [(text, int(label > 0)) for text, label in read_ratings(root / file)]
            for file in (choice.train, choice.test)
        ]
        drawn = [_drawn(part, n, root / choice.train) for part, n in zip(parts, sizes, strict=True)]
        classes = 2
    else:
        every = [pair for k, file in enumerate(choice.files) for pair in _lines(root / file, k)]
        # One draw for both parts, so that no text is in both.
        mixed = _drawn(every, sum(sizes), root / choice.files[0])
        drawn, classes = [mixed[: sizes[0]], mixed[sizes[0] :]], len(choice.files)
    train, test = (_read(part, encoder, most) for part in drawn)
    return Task(name, classes, train, test)


def _lines(path: Path, label: int) -> list[tuple[str, int]]:
    return [(line, label) for line in read_lines(path) if len(line.split()) >= _LEAST_WORDS]


def _drawn(texts: Sequence[tuple[str, int]], n: int, path: Path) -> list[tuple[str, int]]:
    if len(texts) < n:
        raise DataError(path, None, f"gives {len(texts)} texts; {n} are asked for")
    return [texts[i] for i in np.random.default_rng(0).permutation(len(texts))[:n]]


def _read(
    texts: Sequence[tuple[str, int]], encoder: Encoder, most: int
) -> tuple[list[list[int]], Integers]:
    tokens = encoder.tokens(as_written([text for text, _ in texts]), most)
    return tokens, np.array([label for _, label in texts])


def batch(texts: tuple[list[list[int]], Integers], rows: Sequence[int], padding: int) -> Batch:
    """Return some texts as a batch."""
    tokens = [torch.tensor(texts[0][i]) for i in rows]
    padded = pad_sequence(tokens, batch_first=True, padding_value=padding)
    mask = pad_sequence([torch.ones_like(text) for text in tokens], batch_first=True)
    return Batch(padded, mask, torch.from_numpy(texts[1][list(rows)]))
