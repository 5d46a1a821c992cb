"""Tables read line by line: what stands between cells, and every fault with its line."""

import pytest

from evaluation.data.tabular import MAX_LINE, Columns
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
    ("content", "message"),
    [
        ("", "1: no column x, y"),
        ("x,z\n", "1: no column y"),
        ("x,y,x\n", "1: more than one column x"),
        ("x,y\n1,2\n1\n", "3: 1 cells, but there are 2 columns"),
        ("x,y\n1,2\n1,2,3\n", "3: 3 cells"),
        (b"x,y\n1,2\n1,\xe9\n", "3: byte 0xe9 is not UTF-8"),
        ('x,y\n1,"2\n3,4\n', "3: unexpected end of data"),
        ('x,y\n1,"' + "a" * 140_000 + '"\n', "2: field larger than field limit"),
        (b"x,y\n1," + b"a" * (MAX_LINE + 1), "2: longer than 4,194,304 bytes"),
        ("x,y\n1\r2,3\n", "2: new-line character seen in unquoted field"),
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
