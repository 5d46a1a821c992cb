"""The ways to name the type of an edit."""

from evaluation.edits.types import load_types
from evaluation.records import Edit
from tests.raising import raises_code

EDIT = Edit(1, 2, (" goes",))
SOURCE = ("he", " go")


def test_types_by_name():
    assert load_types("surface")(SOURCE, EDIT) == "R:STEM"
    assert load_types("none")(SOURCE, EDIT) == "edit"


def test_a_way_that_there_is_not():
    with raises_code("unknown-name"):
        load_types("x")
