"""Features of texts: the prior is the expected utility of minimum Bayes risk."""

import numpy as np
import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.combiners.neural.features import of_texts
from ensemble.combiners.neural.vote_matrix import VoteMatrix
from ensemble.competence import Profile
from evaluation.records import Segment

TEXTS = {
    "a": "We add. The answer is 7.",
    "b": "We take off. The answer is 1.",
    "c": "Three and four: \\boxed{7}",
    "d": "No idea.",
}


def features(*segments):
    ballots = list(collect_all([Segment("How many?", texts) for texts in segments], "texts"))
    return ballots, of_texts(VoteMatrix(ballots, Profile.of(ballots)))


def test_the_prior_is_the_utility_of_mbr_around_its_mean():
    ballots, given = features(TEXTS)
    utility = np.array(MinimumBayesRisk().judge_one(ballots[0]).probabilities)
    assert given.prior == pytest.approx(utility - utility.mean(), abs=2e-3)  # ties are settled


def test_columns_say_how_many_state_the_same_answer():
    prose = {"a": "one boat", "b": "two boats", "c": "a boat", "d": "boats"}
    _, given = features(TEXTS, prose)
    assert given.columns["same answer"].tolist() == [0.5, 0.25, 0.5, 0, 0, 0, 0, 0]
    assert given.columns["most frequent answer"].tolist() == [True, False, True] + [False] * 5


def test_twins_have_one_vote_for_their_answer():
    _, given = features(*[{**TEXTS, "twin": TEXTS["b"]}] * 40)
    assert np.argmax(given.prior[:4]) in (0, 2)


def test_a_tie_goes_to_more_voters_of_whom_twins_are_one():
    spaced = {"a": "two boats", "b": "two boats", "c": "twoboats", "d": "twoboats", "e": "twoboats"}
    _, given = features(spaced)
    assert given.prior[1] > given.prior[0]
    alike = {"a": "boats", "b": "a ship", "c": "no", "d": "no", "e": "no"}
    _, given = features(spaced, *[alike] * 60)
    assert given.prior[0] > given.prior[1]
