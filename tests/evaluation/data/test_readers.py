"""Parallel text in every form that is read, and every way it can be at fault."""

import json
from pathlib import Path

import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.readers import from_dataset, read_folder, read_jsonl, read_lines, read_outputs
from evaluation.records import DataError, Segment

LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\ufeff")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "source.txt": "a\nb\n",
        "two.txt": "a 2\nb 2\n",
        "one.txt": "a 1\nb 1\n",
        "_draft.txt": "no system\n",
        "target.txt": "A\nB\n",
        "ref0.txt": "AA\nBB\n",
        "gold.m2": "S a\n\nS b\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@given(lines=LINES)
def test_lines_come_back_whatever_is_in_them(lines, tmp_path_factory):
    file = tmp_path_factory.mktemp("lines") / "text.txt"
    file.write_bytes("".join(f"{line}\n" for line in lines).encode())
    assert read_lines(file) == lines


def test_only_a_newline_ends_a_line(tmp_path):
    (tmp_path / "text.txt").write_bytes("a\u2028b\x0bc\x85d\r\n\r\ne".encode())
    assert read_lines(tmp_path / "text.txt") == ["a\u2028b\x0bc\x85d", "", "e"]


def test_a_byte_order_mark_is_no_text(tmp_path):
    (tmp_path / "text.txt").write_bytes(b"\xef\xbb\xbfa\n")
    assert read_lines(tmp_path / "text.txt") == ["a"]


def test_bytes_that_are_not_utf8_name_file_and_line(tmp_path):
    (tmp_path / "text.txt").write_bytes(b"good\nbad \xe9\n")
    with pytest.raises(DataError, match=r"text\.txt:2: byte 0xe9 is not UTF-8"):
        read_lines(tmp_path / "text.txt")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"absent\.txt: cannot be read: No such file"):
        read_lines(tmp_path / "absent.txt")


def test_folder_holds_systems_by_name_and_references(folder):
    assert read_folder(folder) == [
        Segment("a", {"one": "a 1", "two": "a 2"}, ("AA", "A")),
        Segment("b", {"one": "b 1", "two": "b 2"}, ("BB", "B")),
    ]


def test_folder_gives_the_systems_asked_for_in_that_order(folder):
    assert list(read_folder(folder, ["two", "one"])[0].hypotheses) == ["two", "one"]


@pytest.mark.parametrize(
    ("systems", "fault"),
    [
        (["three"], "no 'three'; available: one, two"),
        (["target"], "no 'target'"),
        (["one", "one"], "'one' is named 2 times"),
    ],
)
def test_folder_without_the_systems_asked_for(folder, systems, fault):
    with pytest.raises(DataError, match=fault):
        read_folder(folder, systems)


def test_folder_whose_files_disagree_in_length(folder):
    (folder / "two.txt").write_text("a 2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"two\.txt: 1 lines, but source\.txt has 2"):
        read_folder(folder)


def test_folder_without_a_source(tmp_path):
    with pytest.raises(DataError, match=r"source\.txt: is not there: outputs that are edits need"):
        read_folder(tmp_path)


def test_jsonl_may_lack_outputs_and_references(tmp_path):
    lines = [
        {"source": "a", "outputs": {"one": "b", "two": None}, "references": ["c"]},
        {"source": "d", "outputs": {}},
    ]
    file = tmp_path / "x.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert read_jsonl(file) == [
        Segment("a", {"one": "b", "two": None}, ("c",)),
        Segment("d", {}, ()),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            '{"source": "a", "outputs": {}, "output": 1}',
            "the key 'output' is not read",
        ),
        ('{"source": "a"}', "outputs: Field required"),
        ('{"source": 1, "outputs": {}}', "source: Input should be a valid string"),
        ('{"source": "a", "outputs": {"one": NaN}}', "NaN is not a value of JSON"),
        ('{"source": "a", "outputs": {"one": "\\ud800"}}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{", "is not JSON"),
        ('{"outputs": {}}', "source: Field required"),
        ('{"source": null, "outputs": {}}', "source: Input should be a valid string"),
        ('{"source": "a", "source": "b", "outputs": {}}', "the key 'source' is twice"),
        ('{"source": "a", "outputs": {"s": "b", "s": null}}', "the key 's' is twice"),
        ('{"source": "a", "outputs": {}, "id": {"n": 1, "n": 2}}', "the key 'n' is twice"),
        ('{"source": "a", "outputs": {}, "reference": ["c"]}', "reference: Input should be"),
        ('\n{"source": "a", "outputs": {}}', "is blank; only lines at the end"),
        ("[]", "is a list, not a JSON object"),
    ],
)
def test_jsonl_line_that_is_not_a_segment(tmp_path, line, fault):
    file = tmp_path / "x.jsonl"
    file.write_text('{"source": "a", "outputs": {}}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"x\.jsonl:2: .*{fault}"):
        read_jsonl(file)


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n \t\r\n\n"])
def test_blank_lines_at_the_end_of_jsonl_are_no_segments(tmp_path, end):
    file = tmp_path / "x.jsonl"
    file.write_bytes(('{"source": "a", "outputs": {}}' + end).encode())
    assert read_jsonl(file) == [Segment("a")]


@pytest.mark.parametrize("name", ['"doc-1"', "1", "null", '{"doc": 1, "line": [2]}'])
def test_jsonl_may_have_an_id_and_one_reference(tmp_path, name):
    file = tmp_path / "x.jsonl"
    line = '{"id": %s, "source": "a", "outputs": {}, "reference": "b", "references": ["c"]}'
    file.write_text(line % name)
    assert read_jsonl(file) == [Segment("a", {}, ("b", "c"))]


@pytest.mark.parametrize("name", ["x.txt", "x.m2", "x.xlsx", "x"])
def test_a_file_of_another_form_says_what_can_be_read(tmp_path, name):
    (tmp_path / name).write_text("a\n")
    with pytest.raises(DataError, match=rf"{name}: has another format; a folder .*\.parquet"):
        read_outputs(tmp_path / name)
    with pytest.raises(DataError, match=r"absent: does not exist; a folder"):
        read_outputs(tmp_path / "absent")


@pytest.mark.parametrize(
    ("name", "is_reference"),
    [
        *((name, True) for name in ("target", "ref", "ref0", "ref12", "ref.1", "ref_1", "ref-1")),
        *((name, True) for name in ("reference", "references", "reference2", "reference_b")),
        *(
            (name, False)
            for name in ("refine", "refiner2", "ref_model", "reform", "targets", "Ref")
        ),
    ],
)
def test_only_names_of_references_are_references(tmp_path, name, is_reference):
    for file in ("source", "system", name):
        (tmp_path / f"{file}.txt").write_text(f"{file}\n")
    [segment] = read_folder(tmp_path)
    assert segment.references == ((name,) if is_reference else ())
    assert (name in segment.hypotheses) is not is_reference


def test_a_source_may_be_missing_where_none_is_needed(tmp_path):
    (tmp_path / "s.txt").write_text("b\n")
    (tmp_path / "target.txt").write_text("c\n")
    file = tmp_path / "x.jsonl"
    file.write_text('{"outputs": {"s": "b"}, "reference": "c"}\n')
    wanted = [Segment("", {"s": "b"}, ("c",), has_source=False)]
    assert read_outputs(tmp_path, needs_source=False) == wanted
    assert read_outputs(file, needs_source=False) == wanted


def test_dataset_columns_become_systems_and_references():
    dataset = Dataset.from_dict(
        {"text": ["a"], "m1": ["b"], "m2": [None], "gold": ["c"], "more": [["d", "e"]]}
    )
    segments = from_dataset(dataset, "text", ["m1", "m2"], ["gold", "more"])
    assert segments == [Segment("a", {"m1": "b", "m2": None}, ("c", "d", "e"))]


def test_dataset_without_a_column():
    with pytest.raises(DataError, match="no 'm1'; available: text"):
        from_dataset(Dataset.from_dict({"text": ["a"]}), "text", ["m1"])


def test_dataset_with_a_number_for_a_text():
    with pytest.raises(DataError, match="dataset:2: source: Input should be a valid string"):
        from_dataset(Dataset.from_list([{"x": "a"}, {"x": None}]), "x", [])


def test_outputs_are_a_folder_or_jsonl(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"source": "a", "outputs": {"s": "b"}}\n')
    (tmp_path / "source.txt").write_text("a\n")
    (tmp_path / "s.txt").write_text("b\n")
    assert read_outputs(tmp_path) == read_outputs(tmp_path / "x.jsonl")
    assert read_outputs(tmp_path, ["s"]) == read_outputs(tmp_path / "x.jsonl", ["s"])
    with pytest.raises(DataError, match=r"x\.jsonl:1: no system 't'; there are s"):
        read_outputs(tmp_path / "x.jsonl", ["t"])
