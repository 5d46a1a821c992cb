"""iBLEU rewards what the references have, and takes off what is the source again."""

import pytest

from evaluation.metrics.base import Texts
from evaluation.metrics.ibleu import IBleu
from evaluation.metrics.registry import load_metric

TEXTS = Texts(
    ["He goes home now .", "He go home ."], ["He go home ."] * 2, [["He goes home ."]] * 2
)


def test_it_is_the_weighted_difference_of_two_bleus():
    near, same = (load_metric(name).segment_scores(TEXTS) for name in ("bleu", "bleu-source"))
    assert IBleu(0.9).segment_scores(TEXTS) == pytest.approx(0.9 * near - 0.1 * same)
    assert IBleu(1.0).segment_scores(TEXTS) == pytest.approx(near)


def test_the_source_again_is_worse_than_a_correction():
    better, worse = load_metric("ibleu").segment_scores(TEXTS)
    assert better > worse
