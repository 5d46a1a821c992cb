"""Numbers in tables: one parser, with a decimal sign and markers of missing numbers."""

from math import isnan

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.numbers import MISSING, Numbers
from tests.raising import raises_code


@given(number=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20))
def test_numbers_are_read_as_python_writes_them(number):
    text = repr(number)
    assert Numbers().parse(text, "score") == float(number)
    assert Numbers(",").parse(f" {text.replace('.', ',')} ", "score") == float(number)


@pytest.mark.parametrize("marker", [*MISSING, " ", " NA "])
def test_missing_numbers(marker):
    assert isnan(Numbers().parse(marker, "score"))
    assert isnan(Numbers(",").parse(marker, "score"))


def test_other_markers_of_missing_numbers():
    numbers = Numbers(missing=["-9", "?"])
    assert all(isnan(numbers.parse(text, "score")) for text in ("-9", " ?", ""))
    for text in ("NaN", "NA"):
        with raises_code("invalid-data"):
            numbers.parse(text, "score")


def test_markers_that_pandas_writes_and_reads_are_among_them():
    assert str(float("nan")) in MISSING
    assert str(None) in MISSING
    assert {"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null"} <= set(MISSING)
    assert pd.Series([None]).to_csv(index=False, header=False).strip().strip('"') in MISSING


@pytest.mark.parametrize(
    ("decimal", "text", "fault"),
    [
        (".", "4_5", "is not a number"),
        (".", "high", "is not a number"),
        (".", "\u0663", "is not a number"),
        (".", "inf", "is not a finite number"),
        (".", "-Infinity", "is not a finite number"),
        (".", "1e999", "is not a finite number"),
        (".", "4,5", "is not a number; its decimal sign is ',': set `decimal: \",\"`"),
        (",", "4.5", "is not a number; its decimal sign is '.': set `decimal: \".\"`"),
        (",", "1.234,5", "is not a number"),
        (".", "1,234.5", "is not a number"),
        (".", "4 5", "is not a number"),
    ],
)
def test_other_texts_are_not_numbers(decimal, text, fault):
    with raises_code("invalid-data") as error:
        Numbers(decimal).parse(text, "score")
    assert str(error.value).startswith(f"score {text!r} {fault}")
    assert fault.endswith("`") == ("set" in str(error.value))
