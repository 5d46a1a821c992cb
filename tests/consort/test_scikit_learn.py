"""The combiner of labels keeps to the conventions of scikit-learn: its own checks say so."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import consort


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 2)


@parametrize_with_checks([consort.LabelCombiner("vote")])
def test_checks(estimator, check):
    check(estimator)
