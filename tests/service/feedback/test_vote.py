"""The vote that learns: the plain one until somebody speaks, then by system and type of edit."""

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.combiners.majority import Majority
from evaluation.records import Segment
from service.feedback.competence import Beta
from service.feedback.vote import LearnedVote, weights_of

SEGMENT = Segment("He go home", {"a": "He goes home .", "b": "He go home", "c": "He goes home"})
BALLOT = collect(SEGMENT, "edits")
TYPES = [candidate.type for candidate in BALLOT.candidates]


def test_without_feedback_it_is_the_vote() -> None:
    for base in (Majority(), Majority(weights={"b": 3}), Majority(competence={"a": ["M:PUNCT"]})):
        assert LearnedVote(base=base).judge([BALLOT]) == base.judge([BALLOT])
    assert LearnedVote({"R:WO": {"a": 4.0}}).judge([BALLOT]) == Majority().judge([BALLOT])


def test_a_voice_weighs_what_it_was_found_worth_at_that_type_alone() -> None:
    spelling, comma = TYPES
    assert combine(BALLOT, LearnedVote()).text == "He goes home"
    distrusted = LearnedVote({spelling: {"a": 0.25, "c": 0.25}})
    assert combine(BALLOT, distrusted).text == "He go home"
    trusted = LearnedVote({comma: {"a": 4.0}})
    assert combine(BALLOT, trusted).text == "He goes home ."


def test_the_weights_of_the_roster_are_multiplied() -> None:
    vote = LearnedVote({TYPES[0]: {"a": 2.0}}, Majority(weights={"a": 3.0}))
    (verdict,) = vote.judge([BALLOT])
    assert verdict.probabilities[0] == (6 + 1) / (6 + 1 + 1)
    assert verdict.probabilities[1] == 3 / (3 + 1 + 1)
    assert vote.weight("a") == 3


def test_the_signature_tells_weights_apart() -> None:
    found = {("a", TYPES[0]): Beta(10, 1)}
    weights = weights_of(found, 4)
    assert weights == {TYPES[0]: {"a": 2.8}}
    assert LearnedVote(weights).signature != LearnedVote().signature
    assert LearnedVote(weights).signature == LearnedVote(weights).signature
