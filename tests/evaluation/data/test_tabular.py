"""Tables read line by line: what stands between cells, and every fault with its line."""

import pytest

from evaluation.data.table_lines import MAX_LINE
from evaluation.data.tabular import Columns
from evaluation.records import DataError


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content", "separator"),
    [
        ("a.csv", 'x,y,z\n"1,5",,"say ""hi"""\n', None),
        ("a.TSV", 'x\ty\tz\n1,5\t\tsay "hi"\n', None),
        ("a.csv", 'x;y;z\n1,5;;"say ""hi"""\r\n', ";"),
        ("a.csv", '\ufeffx,y,z\n\n"1,5",,"say ""hi"""', None),
    ],
)
def test_cells_of_named_columns(tmp_path, name, content, separator):
    columns = Columns(write(tmp_path, name, content), separator)
    assert columns.headings == ("x", "y", "z")
    [(_, cells)] = columns.select(["z", "x", "y"])
    assert cells == ('say "hi"', "1,5", "")


def test_white_space_of_any_kind(tmp_path):
    path = write(tmp_path, "scores", "system score id\na\t1 1\nb\tNone   2 \n")
    assert list(Columns(path).select(["id", "system"])) == [(2, ("1", "a")), (3, ("2", "b"))]


def test_quoted_cells_may_hold_line_ends(tmp_path):
    path = write(tmp_path, "a.csv", 'x,y\n"one\ntwo",1\nthree,2\n')
    assert list(Columns(path).select(["x"])) == [(3, ("one\ntwo",)), (4, ("three",))]


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n1,2\n,\n3,4\n,\n",  # blank rows of a sheet
        "x,y\n1,2\n  , \n3,4\n   \n",
        ",\nx,y\n1,2\n3,4\n",
        "x,y,,\n1,2,,\n3,4,,\n,,,\n",  # blank columns
        ",x,,y\n0,1,,2\n1,3,,4\n",  # the index of pandas, which has no name
        "x,y\n1,2,\n3,4,,\n",
        "x,y,\n1,2\n3,4\n",
        "x,n,y,n\n1,5,2,5\n3,5,4,5\n",  # a name that is there twice and not selected
        "sep=,\nx,y\n1,2\n3,4\n",
        "sep=;\nx;y\n1;2\n3;4\n",
        '"sep=;"\r\nx;y\r\n1;2\r\n3;4\r\n',
        "SEP=\t\nx\ty\n1\t2\n3\t4\n",
        "x;y\n1;2\n3;4\n",
        '"x";"y"\n1;2\n"3";4\n',
        " X , Y \n1,2\n3,4\n",
        "\ufeffx,y\r\n1,2\r\n\r\n3,4",
    ],
    ids=range(16),
)
def test_tables_as_spreadsheets_write_them(tmp_path, content):
    columns = Columns(write(tmp_path, "a.csv", content))
    lines, cells = zip(*columns.select(["x", "y"]), strict=True)
    assert cells == (("1", "2"), ("3", "4"))
    numbers = [n for n, line in enumerate(content.split("\n"), 1) if {"1", "3"} & set(line)]
    assert list(lines) == numbers


def test_blank_rows_are_there_if_wanted(tmp_path):
    columns = Columns(write(tmp_path, "a.csv", "x,y,\n1,2,\n,,\n"))
    rows = list(columns.select(columns.names, blank_rows=True))
    assert rows == [(2, ("1", "2")), (3, ("", ""))]


def test_an_exact_heading_is_preferred(tmp_path):
    columns = Columns(write(tmp_path, "a.csv", "X,x, x,Y,y \n1,2,3,4,5\n"))
    assert list(columns.select(["x", "X"])) == [(2, ("2", "1"))]
    assert not columns.has("z")
    with pytest.raises(DataError, match=":1: more than one column  y"):
        columns.has(" y")


@pytest.mark.parametrize("headings", ["a,b;c", "a;b,c\td", "a\tb;c"])
def test_semicolons_beside_other_separators_are_text(tmp_path, headings):
    assert len(Columns(write(tmp_path, "a.csv", headings)).headings) == 1 + headings.count(",")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y\r1,2\r", "1: ends lines with CR alone"),
        ("x,y\n1,2\n".encode("utf-16"), "1: is UTF-16, as Excel writes `Unicode Text`; save"),
        ("x,y\n1,2\n".encode("utf-16-be"), "1: is UTF-16"),
        ("x,y\n1,é\n".encode("cp1252"), "2: byte 0xe9 is not UTF-8; save it as UTF-8"),
    ],
)
def test_other_encodings_and_line_ends_are_named(tmp_path, content, message):
    path = write(tmp_path, "a.csv", content)
    with pytest.raises(DataError) as error:
        list(Columns(path).select(["x", "y"]))
    assert str(error.value).startswith(f"{path}:{message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "1: no column x, y"),
        ("x,z\n", "1: no column y; there are x, z"),
        ("x,y,x\n", "1: more than one column x"),
        ("x,y\n1,2\n1\n", "3: 1 cells, but there are 2 columns"),
        ("x,y\n1,2\n1,2,3\n", "3: 3 cells"),
        (b"x,y\n1,2\n1,\xe9\n", "3: byte 0xe9 is not UTF-8"),
        ('x,y\n1,"2\n3,4\n', "3: unexpected end of data"),
        (
            'x,y\n1,"' + "a" * 140_000 + '"\n',
            "2: a cell of more than 131,072 characters",
        ),
        (b"x,y\n1," + b"a" * (MAX_LINE + 1), "2: longer than 4,194,304 bytes"),
        ("x,y\n1\r2,3\n", "2: has CR within a cell that is not quoted"),
    ],
    ids=range(10),
)
def test_faults_are_named_with_their_line(tmp_path, content, message):
    path = write(tmp_path, "a.csv", content)
    with pytest.raises(DataError) as error:
        list(Columns(path).select(["x", "y"]))
    assert str(error.value).startswith(f"{path}:{message}")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        Columns(tmp_path / "none.csv")
