"""What tests share that train combiners."""

import pytest


@pytest.fixture(scope="module")
def hurried():
    """Combiners that have learnt a little will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ensemble.combiners.neural.optimise._STEPS", 4)
        yield
