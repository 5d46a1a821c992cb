"""The neural combiner on BEA-dev, and on systems and texts it was not trained on.

Edits are compared as they were proposed, which is quick; the benchmarks align the output afresh.
"""

from functools import partial

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.majority import Majority
from ensemble.combiners.neural.combiner import Neural
from ensemble.targets import folds_of, from_gold, from_references, subset
from ensemble.training.cross_validation import counts
from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_folder, read_lines
from evaluation.metrics.fscore import percentages
from evaluation.records import Segment

S7 = "CTC-Copy GECToR-2024 EditScorer T5-11B UL2-20B Chat-LLaMa-2-7B-FT Chat-LLaMa-2-13B-FT"
TEAMS = "amu lstm lstm-r marian nus transformer".split()

f_half = partial(percentages, beta=0.5)


def score(combiner, ballots, targets) -> float:
    combined = combine_all(ballots, combiner.fit(ballots))
    return float(f_half(counts(combined, targets).sum(axis=0))[0])


@pytest.fixture(scope="module")
def bea(data):
    folder = data / "gec" / "bea_dev"
    ballots = list(collect_all(read_folder(folder, S7.split()), "edits"))
    return ballots, from_gold(ballots, read_m2(folder / "gold.m2"))


@pytest.fixture(scope="module")
def halves(bea):
    fold = folds_of(bea[0], 2, seed=1)
    return [subset(*bea, np.flatnonzero(fold == k)) for k in (0, 1)]


@pytest.fixture(scope="module")
def trained(halves):
    return Neural.learn(*halves[0], seed=1)


def test_the_vote_is_what_it_was(bea):
    assert score(Majority(), *bea) == pytest.approx(63.07, abs=0.005)


def test_above_the_vote_on_the_other_half(trained, halves):
    assert score(trained, *halves[1]) > score(Majority(), *halves[1]) + 0.3


def test_on_other_texts_by_other_systems_no_worse_than_the_vote(trained, data):
    folder = data / "gec" / "gmeg" / "fce"
    columns = [read_lines(folder / name) for name in ("source", *TEAMS)]
    rows = zip(*columns, strict=True)
    segments = [Segment(source, dict(zip(TEAMS, texts, strict=True))) for source, *texts in rows]
    references = [read_lines(folder / f"ref{i}") for i in range(4)]
    ballots = list(collect_all(segments, "edits"))
    targets = from_references(ballots, list(zip(*references, strict=True)))
    assert score(trained, ballots, targets) >= score(Majority(), ballots, targets) - 0.3
