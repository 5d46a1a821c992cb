"""Tables of class probabilities, a column per class, beside the other files of a folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.probability_table import count_rows, is_table, read_table
from evaluation.data.readers import read_outputs
from evaluation.records import DataError

TABLE = "spam,ham\n0.9,0.1\n,\n0.25,0.75\n"
FIRST, LAST = {"spam": 0.9, "ham": 0.1}, {"spam": 0.25, "ham": 0.75}


def write(folder, **files):
    for name, content in files.items():
        stem, _, end = name.rpartition("_")
        (folder / f"{stem}.{end}").write_text(content, encoding="utf-8")
    return folder


def test_a_row_is_a_segment_and_a_column_a_class(tmp_path):
    file = write(tmp_path, soft_csv=TABLE) / "soft.csv"
    assert is_table(file)
    assert count_rows(file) == 3
    assert list(read_table(file)) == [FIRST, "", LAST]


def test_a_table_is_a_system_beside_texts_of_labels(tmp_path):
    write(tmp_path, a_csv=TABLE, b_txt="ham\nham\nspam\n", target_txt="spam\nham\nham\n")
    write(tmp_path, source_txt="one\ntwo\nthree\n", scores_csv=TABLE)
    write(tmp_path, judges_csv="judge,system,segment,score\n")
    write(tmp_path, _own_csv=TABLE, ratings_csv="system,segment,score\na,1,0.5\n")
    segments = read_outputs(tmp_path, may_be_labels=True)
    assert [s.hypotheses for s in segments] == [
        {"a": "spam", "b": "ham"},
        {"a": "", "b": "ham"},
        {"a": "ham", "b": "spam"},
    ]
    assert [s.distributions for s in segments] == [{"a": FIRST}, {}, {"a": LAST}]
    assert [s.source for s in segments] == ["one", "two", "three"]
    assert [s.references for s in segments] == [("spam",), ("ham",), ("ham",)]
    (chosen, *_) = read_outputs(tmp_path, ["a"], may_be_labels=True)
    assert chosen.hypotheses == {"a": "spam"}


def test_tables_alone_are_a_folder(tmp_path):
    write(tmp_path, a_csv=TABLE, b_csv='"ham","a, b"\n1,0\n0,1\n0.5,0.5\n')
    first, second, third = read_outputs(tmp_path, needs_source=False, may_be_labels=True)
    assert first.hypotheses == {"a": "spam", "b": "ham"}
    assert second.hypotheses == {"a": "", "b": "a, b"}
    assert third.distributions["b"] == {"ham": 0.5, "a, b": 0.5}
    assert not first.has_source


def test_where_outputs_are_no_labels_tables_are_other_files(tmp_path):
    write(tmp_path, a_csv=TABLE, a_txt="x\n", source_txt="y\n")
    [segment] = read_outputs(tmp_path)
    assert segment.hypotheses == {"a": "x"}


@pytest.mark.parametrize(
    ("rows", "code", "fault"),
    [
        ("1,0\n", "invalid-data", r"soft\.csv: 1 rows below its headings, but source\.txt has 2"),
        (
            "1,0\n0.5,high\n",
            "invalid-data",
            r"soft\.csv:3: ham: probability 'high' is not a number",
        ),
        ("1,0\n0.5,\n", "invalid-data", r"soft\.csv:3: ham: probability '' is not a number"),
        ("1,0\n0.5,nan\n", "invalid-data", r"soft\.csv:3: ham: probability 'nan' is not a number"),
        ("1,0\n0.5,-0.1\n", "out-of-range", r"soft\.csv:3: .*a number from 0 to 1"),
        ("1,0\n1.5,0\n", "out-of-range", r"soft\.csv:3: gives 'spam' the probability 1\.5"),
        ("0.9,0.9\n1,0\n", "out-of-range", r"soft\.csv:2: has probabilities that sum to 1\.8"),
        ("1,0\n0,0\n", "out-of-range", r"soft\.csv:3: has probabilities that sum to 0"),
        ("1,0\n1\n", "invalid-data", r"soft\.csv:3: 1 cells, but there are 2 columns"),
    ],
)
def test_a_fault_is_named_with_its_row(tmp_path, rows, code, fault):
    write(tmp_path, soft_csv=f"spam,ham\n{rows}", source_txt="a\nb\n")
    with pytest.raises(DataError, match=fault) as raised:
        read_outputs(tmp_path, may_be_labels=True)
    assert raised.value.code == code


def test_tables_as_spreadsheets_and_pandas_write_them(tmp_path):
    write(tmp_path, a_csv="spam;ham;\n0.9;0.1;\n;;\nNaN;;\n0.25;0.75;\n")
    write(tmp_path, b_csv=",spam,ham\n0,0.9,0.1\n1,,\n2,nan,nan\n3,0.25,0.75\n")
    for name in ("a.csv", "b.csv"):
        assert is_table(tmp_path / name)
        assert count_rows(tmp_path / name) == 4
        assert list(read_table(tmp_path / name)) == [FIRST, "", "", LAST]
    write(tmp_path, comma_csv="spam;ham\n0,9;0,1\n")
    assert is_table(tmp_path / "comma.csv")
    with pytest.raises(DataError, match=r"comma\.csv:2: spam: probability '0,9' is not a number;"):
        list(read_table(tmp_path / "comma.csv"))


def test_a_class_is_named_once_and_a_system_has_one_file(tmp_path):
    write(tmp_path, soft_csv="spam,spam\n0.5,0.5\n", source_txt="a\n")
    with pytest.raises(DataError, match=r"soft\.csv:1: more than one column spam"):
        read_outputs(tmp_path, may_be_labels=True)
    write(tmp_path, soft_csv="spam,ham\n1,0\n", soft_txt="spam\n")
    fault = r"soft\.csv: is a second file of soft beside soft\.txt"
    with pytest.raises(DataError, match=fault) as raised:
        read_outputs(tmp_path, may_be_labels=True)
    assert raised.value.code == "invalid-data"
    with pytest.raises(DataError, match=r"no\.csv: cannot be read"):
        count_rows(tmp_path / "no.csv")


def test_too_many_classes_are_refused(tmp_path):
    classes = ",".join(f"c{i}" for i in range(101))
    shares = ",".join(["0.001"] * 101)
    write(tmp_path, soft_csv=f"{classes}\n{shares}\n")
    with pytest.raises(DataError, match=r"soft\.csv:2: has 101 classes") as raised:
        list(read_table(tmp_path / "soft.csv"))
    assert raised.value.code == "too-large"


@pytest.mark.parametrize(
    "content", ["", "spam,ham\n", "a,b\nx,1\n", "seconds\n12.5\n", "a\nnan\n", 'a,b\n"0,1\n']
)
def test_other_tables_are_not_systems(tmp_path, content):
    write(tmp_path, other_csv=content)
    assert not is_table(tmp_path / "other.csv")


def test_bytes_that_are_not_text_are_not_a_system(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"a,b\n\xff,1\n")
    assert not is_table(tmp_path / "x.csv")
    assert not is_table(tmp_path / "absent.csv")


SHARES = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=9)


@given(shares=SHARES)
def test_what_is_written_is_read(tmp_path_factory, shares):
    rows = [{"spam": a / 100, "ham": b / 100} for a, b in shares]
    lines = [f"{row['spam']!r},{row['ham']!r}" for row in rows]
    file = tmp_path_factory.mktemp("table") / "soft.csv"
    file.write_text("\n".join(["spam,ham", *lines]))
    assert is_table(file)
    assert list(read_table(file)) == rows
