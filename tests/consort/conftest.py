"""Shared by the tests of the package `consort`."""

import pytest


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """What is tested here is the interface, not how well a combiner learns: that takes seconds."""
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 2)
