"""Rows and their JSON."""

import json
from dataclasses import FrozenInstanceError
from math import inf, nan

import pytest

from evaluation.reporting.table import Row, Table, sign


def rows_of(table: Table) -> list[dict[str, object]]:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is not JSON")

    return json.loads(table.to_json(), parse_constant=refuse)["rows"]


def test_a_full_row():
    row = Row("chrf", "corpus", "chrf", 51.5, 50.0, 53.0, 1312)
    assert json.loads(Table([row], "chrf|n:1312").to_json()) == {
        "rows": [
            {
                "name": "chrf",
                "level": "corpus",
                "statistic": "chrf",
                "value": 51.5,
                "low": 50.0,
                "high": 53.0,
                "n": 1312,
            }
        ],
        "signature": "chrf|n:1312",
    }


def test_fields_that_do_not_apply_are_left_out():
    assert rows_of(Table([Row("a", "system", "rank", 0.0)], "")) == [
        {"name": "a", "level": "system", "statistic": "rank", "value": 0.0}
    ]


def test_nan_is_null():
    (row,) = rows_of(Table([Row("a", "system", "pearson", nan, nan, nan, 1)], ""))
    assert (row["value"], row["low"], row["high"], row["n"]) == (None, None, None, 1)


def test_infinity_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        Table([Row("a", "corpus", "ratio", inf)], "").to_json()


def test_text_stays_readable():
    assert "naïve 翻译" in Table([Row("naïve 翻译", "system", "x", 1.0)], "").to_json()


def test_a_row_is_frozen():
    with pytest.raises(FrozenInstanceError):
        Row("a", "corpus", "f0.5", 0.5).value = 0.9  # type: ignore[misc]


def test_a_signature_reads_in_order():
    signed = sign("maxmatch", {"n": 7, "beta": 0.5, "seed": 1})
    assert signed.startswith("maxmatch|n:7|beta:0.5|seed:1|consort:")
