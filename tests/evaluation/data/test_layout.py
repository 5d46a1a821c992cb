"""Which columns of a table are sources, outputs, references and ids, and its rows as segments."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.layout import Layout, Roles
from evaluation.data.rows import segments_of_rows
from evaluation.records import DataError


def test_usual_names_tell_what_a_column_is() -> None:
    roles = Layout().roles("t", ["ID", "Text", "svm", "bayes", "gold", "_note"])
    assert roles == Roles("Text", {"svm": "svm", "bayes": "bayes"}, ("gold",), "ID")


def test_the_part_of_a_star_is_the_name_of_the_system() -> None:
    names = ["src.zh", "hyp.A-1.en", "hyp.B.en", "ref.A.en", "ref.B.en"]
    roles = Layout("src.zh", ("hyp.*.en",), ("ref.*",)).roles("t", names)
    assert roles.outputs == {"A-1": "hyp.A-1.en", "B": "hyp.B.en"}
    assert roles.references == ("ref.A.en", "ref.B.en")


def test_a_star_takes_no_column_that_has_another_use() -> None:
    assert Layout("s", ("*",), ("r",)).roles("t", ["s", "a", "b", "r"]).outputs == {
        "a": "a",
        "b": "b",
    }


def test_a_usual_name_that_is_given_another_use_has_only_that() -> None:
    roles = Layout(outputs=("text", "label")).roles("t", ["source", "text", "label"])
    assert roles == Roles("source", {"text": "text", "label": "label"}, (), None)


@pytest.mark.parametrize(
    ("layout", "fault"),
    [
        (Layout("x"), "no column 'x'; there are a, b"),
        (Layout(outputs=("h*",)), "no column 'h*'; there are a, b"),
        (Layout("a", ("a",)), "the column 'a' has 2 uses"),
        (Layout(outputs=("a", "a")), "the column 'a' has 2 uses"),
        (Layout("a", (), ("b",)), "no column of a system: there are no columns besides a, b"),
    ],
)
def test_a_wish_that_does_not_fit_is_an_error(layout: Layout, fault: str) -> None:
    with pytest.raises(DataError) as error:
        layout.roles("t", ["a", "b"])
    assert fault in str(error.value)


def test_two_columns_of_one_system_are_an_error() -> None:
    with pytest.raises(DataError, match="2 columns are of the system 'A'"):
        Layout(outputs=("hyp.*", "out.*")).roles("t", ["hyp.A", "out.A"])


def test_cells_are_texts_labels_probabilities_or_missing() -> None:
    roles = Roles("s", {"a": "a", "b": "b", "c": "c"}, ("r", "q"))
    row = {"s": "x", "a": 1, "b": {"yes": 0.75}, "c": math.nan, "r": ["p", "q"], "q": None}
    (segment,) = segments_of_rows("t", [row], roles)
    assert segment.hypotheses == {"a": "1", "b": "yes", "c": None}
    assert segment.references == ("p", "q")


@pytest.mark.parametrize("column", ["s", "a", "r"])
def test_another_value_is_an_error_that_names_row_and_column(column: str) -> None:
    rows = [{"s": "x", "a": "y", "r": "z"}, {"s": "x", "a": "y", "r": "z", column: 1.5}]
    with pytest.raises(DataError, match=f"t:2: {column}"):
        list(segments_of_rows("t", rows, Roles("s", {"a": "a"}, ("r",))))


@given(st.lists(st.text("abst*?[]._", min_size=1, max_size=8), unique=True), st.data())
def test_each_name_is_its_own_pattern_and_no_column_has_two_uses(
    names: list[str], data: st.DataObject
) -> None:
    outputs = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    try:
        roles = Layout(outputs=tuple(outputs)).roles("t", names)
    except DataError:
        assert not outputs
        return
    if outputs:
        assert roles.outputs == dict(zip(outputs, outputs, strict=True))
    used = [*roles.outputs.values(), *roles.references, roles.source, roles.id]
    named = [name for name in used if name is not None]
    assert len(named) == len(set(named))
