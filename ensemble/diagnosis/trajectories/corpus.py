"""Corpora that language models are trained on, and their tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ensemble.types import Integers
from evaluation.data.readers import read_lines
from evaluation.models.causal_lm import detokenise
from evaluation.records import DataError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


_HELD_OUT = 200  # lines, for perplexity


@dataclass(frozen=True)
class Corpus:
    """Lines to train on in random order, and held-out lines."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]


def read_corpus(root: Path, names: Sequence[str], most: int) -> Corpus:
    """Return the lines of text files, or of all in a folder, up to `most` words for training.

    Raises:
        DataError: a file cannot be read, a folder has no .txt file, or there are too few lines.
    """
    files = [file for name in names for file in _files(root / name)]
    lines = [line for file in files for line in read_lines(file) if line.strip()]
    if len(lines) < 2 * _HELD_OUT:
        raise DataError(root / names[0], None, f"{len(lines)} lines; {2 * _HELD_OUT} are needed")
    order = np.random.default_rng(0).permutation(len(lines)).tolist()
    out, left = order[:_HELD_OUT], order[_HELD_OUT:]
    words = np.cumsum([len(lines[i].split()) for i in left])
    in_training = left[: int(np.searchsorted(words, most)) + 1]
    train, held_out = ([detokenise(lines[i]) for i in part] for part in (in_training, out))
    return Corpus(tuple(train), tuple(held_out))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.txt"))
    if not files:
        raise DataError(path, None, "holds no .txt file")
    return files


def tokenizer_of(lines: Sequence[str], size: int) -> "Tokenizer":
    """Return a byte-pair encoding (Sennrich et al. 2016) of `size` tokens; 0 begins a text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<s>"], show_progress=False, initial_alphabet=alphabet
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def tokens_of(tokenizer: "Tokenizer", lines: Sequence[str]) -> list[Integers]:
    """Return the tokens of each line."""
    return [
        np.array(encoding.ids, dtype=np.int64) for encoding in tokenizer.encode_batch(list(lines))
    ]
