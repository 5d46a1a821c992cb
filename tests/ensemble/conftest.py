"""Planted corpora: it is known which system is right about what."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pytest

from ensemble.candidates import Ballot
from ensemble.targets import Targets
from ensemble.testing.planted import planted as plant

Plant = Callable[..., tuple[list[Ballot], Targets]]


class Planted(NamedTuple):
    edits: Plant
    labels: Plant
    texts: Plant


@pytest.fixture(scope="session")
def planted() -> Planted:
    return Planted(*(partial(plant, kind) for kind in Planted._fields))  # type: ignore[arg-type]
