"""What is marked is there: a module that was moved or removed is not listed any more."""

import pytest

from tests.marks import SLOW, TESTS


@pytest.mark.parametrize("path", SLOW)
def test_a_marked_folder_or_module_is_there(path: str) -> None:
    assert (TESTS / path).exists()
