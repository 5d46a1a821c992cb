"""What combining checks of a combiner's verdicts."""

from math import nan

import pytest

from ensemble.candidates import collect
from ensemble.combiners.base import Combiner, Verdict, combine
from ensemble.combiners.registry import create, label_free
from evaluation.records import Segment

BALLOT = collect(Segment("He go home .", {"a": "He goes home .", "b": "He go home ."}), "edits")


class Fixed(Combiner):
    """Gives one answer to everything."""

    name, all_kinds = "fixed", ("edits",)

    def __init__(self, verdicts):
        self.verdicts = verdicts

    def judge(self, ballots):
        return self.verdicts


@pytest.mark.parametrize(
    ("verdicts", "fault"),
    [
        ([Verdict([1.2], 0.5)], "segment 1: not all probabilities are 0 to 1: 1.2"),
        ([Verdict([-0.1], 0.5)], "segment 1: not all probabilities are 0 to 1: -0.1"),
        ([Verdict([nan], 0.5)], "segment 1: not all probabilities are 0 to 1: nan"),
        ([Verdict([0.5, 0.5], 0.5)], "segment 1: 2 probabilities for 1 candidates"),
        ([Verdict([], 0.5)], "segment 1: 0 probabilities for 1 candidates"),
        ([[0.5]], r"segment 1: \[0.5\] is not a Verdict"),
        ([], "judge returns a list of 1 verdicts, not 0"),
        (None, "judge returns a list of 1 verdicts, not NoneType"),
    ],
)
def test_a_verdict_that_cannot_be_used_names_the_combiner(verdicts, fault):
    with pytest.raises(ValueError, match=f"^fixed: {fault}"):
        combine(BALLOT, Fixed(verdicts))


def test_a_sum_that_is_off_by_rounding_is_a_probability():
    assert combine(BALLOT, Fixed([Verdict([1 + 1e-12], 0.5)])).text == "He goes home ."


@pytest.mark.parametrize("name", label_free())
def test_without_labels_probabilities_are_support(name):
    combiner = create(name)
    ballot = collect(Segment("x", {"a": "y", "b": "z", "c": "y"}), combiner.kinds[0])
    fitted = combiner.fit([ballot])
    assert not fitted.is_calibrated
    assert combine(ballot, fitted).evidence()["calibrated"] is False
