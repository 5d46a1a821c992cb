"""Shared by all tests: where the development data is, and how long a property may take."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of development data; a test that needs it is skipped where there is none."""
    root = os.environ.get("CONSORT_DATA")
    if not root:
        pytest.skip("CONSORT_DATA does not name a folder of development data")
    return Path(root)
