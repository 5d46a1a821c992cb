"""A worker whose jobs are small: the real one, but for what its child does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.database import Database
from tests.workers import Hire, hiring


@pytest.fixture
def hire(database: Database, tmp_path: Path) -> Iterator[Hire]:
    """Start workers on the database of the test: `hire(**settings)`; each ends with the test."""
    url = database.url.render_as_string(hide_password=False)
    with hiring(url, tmp_path / "state") as start:
        yield start
