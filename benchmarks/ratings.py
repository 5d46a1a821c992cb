"""Parts shared by the tables on ratings of single texts: raters, and their scores."""

import csv
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import data
from evaluation.data.readers import read_lines
from evaluation.statistics.correlation import spearman
from evaluation.statistics.significance import RESAMPLES, SEED
from evaluation.types import Array

Numbers = NDArray[np.int64]
Rater = Callable[[Sequence[str]], Array]

_INFORMAL = 40  # the first segments of Lai et al., which systems were to make formal


class Test(NamedTuple):
    """Maps a rater to what gives its figure on samples of the `size` observations.

    A sample is their numbers; samples are of shape (draws, n), figures of shape (draws,).
    """

    size: int
    of: Callable[[Rater], Callable[[Numbers], Array]]


def figure(test: Test, raters: Sequence[Rater]) -> str:
    """Return the mean of what the raters are worth, with its 95% interval; then each."""
    whole = np.arange(test.size)[None]
    drawn = np.random.default_rng(SEED).integers(test.size, size=(RESAMPLES, test.size))
    worth = [test.of(rate) for rate in raters]
    each = [float(one(whole)[0]) for one in worth]
    low, high = np.percentile(np.mean([one(drawn) for one in worth], axis=0), (2.5, 97.5))
    text = f"**{np.mean(each):.3f}** ({low:.3f} to {high:.3f})"
    return f"{text}: {', '.join(f'{one:.3f}' for one in each)}" if len(each) > 1 else text


def correlation(examples: Sequence[tuple[str, float]]) -> Test:
    """Return Spearman's rank correlation with the labels of `examples`."""
    texts, labels = zip(*examples, strict=True)
    truth = np.array(labels, dtype=np.float64)

    def of(rate: Rater) -> Callable[[Numbers], Array]:
        ratings = rate(texts)
        return lambda drawn: spearman(ratings[drawn], truth[drawn])

    return Test(len(texts), of)


def ordering(more: Sequence[str], less: Sequence[str]) -> Test:
    """Return how often a text of `more` is rated above the one of `less` in its place."""

    def of(rate: Rater) -> Callable[[Numbers], Array]:
        right = (rate(more) > rate(less)).astype(np.float64)
        return lambda drawn: np.asarray(right[drawn].mean(axis=1))

    return Test(len(more), of)


def outputs(quality: str, formal: bool) -> list[tuple[str, float]]:
    """Return systems' outputs made formal, or informal, and both raters' mean of `quality`."""
    lines = read_lines(data("formality", "lai2022", "lai2022_long.tsv"))
    return [
        (row["out"], (float(row[f"{quality}_1"]) + float(row[f"{quality}_2"])) / 2)
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if (int(row["seg"]) < _INFORMAL) == formal and row["system"] != "ref"
    ]
