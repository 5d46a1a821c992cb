"""Collections are held back for a while, and come back whatever happens."""

import gc

import pytest

from service.core.garbage import without_collections


def test_collections_come_back() -> None:
    with without_collections():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collections_come_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), without_collections():
        raise ZeroDivisionError
    assert gc.isenabled()
