"""Which judges are asked: those whose scores would change what the combiner makes of the votes."""

from dataclasses import replace

import pytest

from ensemble.candidates import Ballot, collect
from ensemble.combiners.base import combine
from ensemble.combiners.registry import create
from ensemble.judges.contested import CERTAIN, Contest, contest
from evaluation.records import Segment
from tests import judged

CRITIC = {"critic": (1.0, 10.0)}


def ballot(outputs: dict[str, str], **scores: dict[str, float]) -> Ballot:
    return collect(Segment("q", outputs, scores=scores), "labels")


def contested(outputs: dict[str, str], ranges=CRITIC, recuse=True, **scores) -> Contest:  # type: ignore[no-untyped-def]
    proposed, combiner = ballot(outputs, **scores), judged.combiner()
    return contest(proposed, combiner, combine(proposed, combiner), ranges, recuse)


TIE = {"a": "x", "b": "x", "c": "y", "d": "y"}
SCORED = {"a": 1.0, "b": 1.0, "c": 9.0, "d": 9.0}


def test_a_tie_is_contested_and_has_no_margin() -> None:
    assert contested(TIE) == Contest(("critic",), 0.0)


def test_a_lead_that_scores_can_turn_is_contested_and_one_that_they_cannot_is_not() -> None:
    lead = contested({**TIE, "c": "x"})
    assert lead.judges == ("critic",)
    assert 0 < lead.margin < 1
    weak = judged.combiner(weight=0.2)
    proposed = ballot({**TIE, "c": "x"})
    assert contest(proposed, weak, combine(proposed, weak), CRITIC).judges == ()


@pytest.mark.parametrize("outputs", [dict.fromkeys("abcd", "x"), {"a": "x"}])
def test_a_single_candidate_is_certain(outputs: dict[str, str]) -> None:
    assert contested(outputs).judges == ()


def test_without_candidates_nothing_is_contested() -> None:
    assert contested({"a": ""}) == CERTAIN


def test_a_judge_that_the_combiner_does_not_know_is_not_asked() -> None:
    assert contested(TIE, {"stranger": (0, 1)}).judges == ()
    assert contested(TIE, {"stranger": (0, 1), **CRITIC}).judges == ("critic",)


def test_no_judge_is_asked_for_a_combiner_that_uses_no_scores() -> None:
    proposed, vote = ballot(TIE), create("vote")
    assert contest(proposed, vote, combine(proposed, vote), CRITIC) == CERTAIN


def test_the_scores_that_would_turn_it_do_turn_it() -> None:
    combiner, proposed = judged.combiner(), ballot(TIE)
    made = combine(proposed, combiner)
    assert made.text == "x"
    turned = combine(replace(proposed, scores={"critic": SCORED}), combiner)
    assert turned.text == "y"


def test_a_judge_does_not_score_its_own_output() -> None:
    """Recused, it scores one output only, so that it tells nothing apart."""
    outputs = {"critic": "x", "a": "y"}
    assert contested(outputs, recuse=False).judges == ("critic",)
    assert contested(outputs).judges == ()


def test_edits_are_contested_by_scores_of_whole_outputs() -> None:
    combiner = judged.edits_combiner()
    outputs = {"a": "He goes .", "b": "He goes .", "c": "He go .", "d": "He go ."}
    proposed = collect(Segment("He go .", outputs), "edits")
    made = combine(proposed, combiner)
    assert contest(proposed, combiner, made, CRITIC).judges == ("critic",)
    assert contest(proposed, combiner, made, {"stranger": (0, 1)}).judges == ()


def test_texts_that_state_the_same_answer_are_one_outcome() -> None:
    combiner = judged.combiner("texts")
    same = {name: f"By the way of {name}. The answer is 4." for name in judged.SYSTEMS}
    other = {**same, "d": "I add. The answer is 5.", "c": "I take. The answer is 5."}
    found = []
    for outputs in (same, other):
        proposed = collect(Segment("q", outputs), "texts")
        found.append(contest(proposed, combiner, combine(proposed, combiner), CRITIC))
    assert found[0] == CERTAIN
    assert found[1].judges == ("critic",)
