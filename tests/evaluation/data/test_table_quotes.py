"""Quoted cells: what csv and pandas write is read back, and quotation marks in text are text."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluation.data.table_lines import is_quoted_tsv
from evaluation.data.tabular import Columns

TEXT = st.text(st.sampled_from('ab"\t\n,; é='), max_size=8)
ROWS = st.lists(st.tuples(st.integers(1, 99).map(str), TEXT, TEXT), min_size=1, max_size=6)
NAMES = ("id", "text", "other")
QUOTING = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
SUFFIXES = {",": "csv", ";": "csv", "\t": "tsv"}


def read(path, separator=None):
    return [cells for _, cells in Columns(path, separator).select(NAMES)]


def as_rows(content):
    """The lines of a TSV as rows of headings and cells that are all text."""
    return [line.split("\t") for line in content.splitlines() if line]


def is_ambiguous(content):
    """Whether quoted cells span lines that all have the tabs of the headings."""
    lines = [line for line in content.split("\n") if line]
    quoted = list(csv.reader(io.StringIO(content), delimiter="\t", strict=True))
    spans = any("\n" in cell or "\t" in cell for row in quoted for cell in row)
    return spans and len({line.count("\t") for line in lines}) == 1


@given(
    rows=ROWS,
    quoting=st.sampled_from(QUOTING),
    separator=st.sampled_from(sorted(SUFFIXES)),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
)
def test_what_csv_writes_is_read_back(tmp_path_factory, rows, quoting, separator, end, bom):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end).writerows(
        [NAMES, *rows]
    )
    content = out.getvalue()
    assume(separator != "\t" or not is_ambiguous(content.replace("\r\n", "\n")))
    path = tmp_path_factory.mktemp("csv") / f"a.{SUFFIXES[separator]}"
    path.write_bytes(content.encode("utf-8-sig" if bom else "utf-8"))
    assert read(path) == rows
    assert read(path, separator) == rows


@given(
    rows=ROWS,
    quoting=st.sampled_from(QUOTING),
    separator=st.sampled_from(sorted(SUFFIXES)),
    index=st.booleans(),
)
def test_what_pandas_writes_is_read_back(tmp_path_factory, rows, quoting, separator, index):
    path = tmp_path_factory.mktemp("pandas") / f"a.{SUFFIXES[separator]}"
    table = pd.DataFrame(rows, columns=list(NAMES))
    table.to_csv(path, sep=separator, quoting=quoting, index=index)
    assume(separator != "\t" or not is_ambiguous(path.read_text()))
    assert read(path) == rows


@given(rows=st.lists(st.tuples(*[st.text(st.sampled_from('ab" ,'), max_size=6)] * 3), min_size=1))
def test_quotation_marks_in_the_text_of_a_tsv_are_text(tmp_path_factory, rows):
    """Unless all cells that have any are quoted as in CSV."""
    assume(all(any(map(str.strip, row)) for row in rows))
    assume(any(not is_csv_cell(cell) for row in rows for cell in row))
    path = tmp_path_factory.mktemp("tsv") / "a.tsv"
    path.write_text("\n".join("\t".join(row) for row in [NAMES, *rows]) + "\n")
    assert read(path) == rows


def is_csv_cell(cell):
    """Whether a cell has no quotation marks, or is enclosed in them and others are doubled."""
    inner = cell[1:-1].replace('""', "")
    enclosed = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner
    return '"' not in cell or enclosed


@pytest.mark.parametrize(
    "content",
    [
        'id\ttext\n1\tHe said "x"\n2\t"Yes."\n',
        'id\ttext\n1\t"I came.\n2\tI saw."\n',  # a quotation over two segments
        'id\ttext\n1\t"I came.\n2\tI saw.\n',
        'id\ttext\n1\t"\n',
        'id\ttext\n1\t"a" and "b"\n',
        'id\ttext\n1\t"a"b"\n',
        'id\ttext\n1\t5" wide\n',
    ],
    ids=range(7),
)
def test_tsv_with_quotation_marks_as_text(tmp_path, content):
    path = tmp_path / "a.tsv"
    path.write_text(content)
    rows = [list(cells) for _, cells in Columns(path).select(["id", "text"])]
    assert rows == as_rows(content)[1:]


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ('id\ttext\n1\t"a ""b"" c"\n', 'a "b" c'),
        ('"id"\t"text"\n"1"\t"x"\n', "x"),
        ('id\ttext\n1\t"a\tb"\n', "a\tb"),
        ('id\ttext\n1\t"a\nb"\n', "a\nb"),
        ('id\ttext\n1\t"a""\n"\n', 'a"\n'),
        ('id\ttext\n1\t"\n\n"""\n', '\n\n"'),
        ('text\tid\n"a\nb\n"\t1\n', "a\nb\n"),
    ],
    ids=range(7),
)
def test_tsv_with_quoted_cells(tmp_path, content, cells):
    path = tmp_path / "a.tsv"
    path.write_text(content)
    [(_, row)] = Columns(path).select(["id", "text"])
    assert row == ("1", cells)


@pytest.mark.parametrize("first", ["", "sep=\t\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_the_headings_of_a_tsv_may_be_quoted(tmp_path, first, bom):
    path = tmp_path / "a.tsv"
    path.write_text(f'{bom}{first}"id"\t"text"\t"other"\n"1"\t"a\nb"\t""\n')
    assert is_quoted_tsv(path, skipped=bool(first))
    assert read(path) == [("1", "a\nb", "")]
