"""Collections are held back for a while, and come back whatever happens."""

import gc

import pytest

from service.core.garbage import without_collections


def test_collections_come_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), without_collections():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()
