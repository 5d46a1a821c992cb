"""Every registered combiner, and every combiner made of others, keeps the laws of combiners."""

import numpy as np
import pytest

from ensemble.combiners.registry import COMBINERS, load_trainable, names
from ensemble.diversity.assessment.ensembles import CrossFitted
from ensemble.targets import folds_of, subset
from ensemble.testing import check_combiner
from ensemble.testing.planted import planted
from ensemble.training.baselines import baselines
from evaluation.statistics.significance import SEED
from service.core.registered import Registered
from service.feedback.vote import LearnedVote

SKILLS = {"able": 0.9, "fair": 0.6, "poor": 0.3}
N = 60


@pytest.mark.slow
@pytest.mark.parametrize("name", [*names(), "vote:k=2"])
def test_a_registered_combiner_keeps_the_laws(name):
    check_combiner(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", names(lambda entry: entry.trainable))
def test_a_registered_version_keeps_the_laws(name):
    kind = COMBINERS.get(name).kinds[0]
    trained = load_trainable(name).learn(*planted(kind, N, SKILLS))
    check_combiner(Registered("mine", trained, 1))


def test_a_vote_moved_by_feedback_keeps_the_laws():
    check_combiner(LearnedVote({"R:SPELL": {"able": 1.5, "poor": 0.4}, "R": {"fair": 0.5}}))


@pytest.mark.slow
def test_cross_fitted_combiners_keep_the_laws():
    check_combiner(CrossFitted.train(*planted("edits", N, SKILLS)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["edits", "texts", "labels"])
def test_a_baseline_trained_on_some_folds_keeps_the_laws(kind):
    ballots, targets = planted(kind, N, SKILLS)
    rows = np.flatnonzero(folds_of(ballots, 5, SEED) != 0)
    for learner in baselines(kind).values():
        check_combiner(learner(*subset(ballots, targets, rows)))
