"""The ways to name the type of an edit."""

import pytest

from evaluation.edits.types import load_types
from evaluation.records import Edit

EDIT = Edit(1, 2, (" goes",))
SOURCE = ("he", " go")


def test_types_by_name():
    assert load_types("surface")(SOURCE, EDIT) == "R:STEM"
    assert load_types("none")(SOURCE, EDIT) == "edit"


def test_a_way_that_there_is_not():
    with pytest.raises(ValueError, match="no types 'x'; there are surface, errant, none"):
        load_types("x")
