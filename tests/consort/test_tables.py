"""The same outputs in any form are the same segments."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import consort
from consort.tables import segments_in
from evaluation.data.layout import Layout
from evaluation.errors import DataError, InputError
from tests.consort.outputs import folder_of, rows_of

text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
rows = st.lists(
    st.fixed_dictionaries({"source": text, "reference": text, "a": st.none() | text, "b": text}),
    min_size=1,
    max_size=6,
)


def segments(data, **options):
    return list(segments_in(data, Layout(**options)))


def nested(row):
    outputs = {"a": row["a"], "b": row["b"]}
    return {"source": row["source"], "outputs": outputs, "reference": row["reference"]}


@given(rows)
def test_every_form_of_a_table_is_the_same(rows):
    pandas = pytest.importorskip("pandas")
    expected = [
        consort.Segment(r["source"], {"a": r["a"], "b": r["b"]}, (r["reference"],)) for r in rows
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    frame = pandas.DataFrame(rows, dtype=object)
    forms = [rows, columns, frame, frame.convert_dtypes(), list(map(nested, rows)), expected]
    forms += [{name: frame[name] for name in frame}, frame.sample(frac=1).sort_index()]
    for form in forms:
        assert segments(form) == expected


@pytest.mark.slow
def test_a_data_set_of_hugging_face_is_a_table():
    from datasets import Dataset, DatasetDict

    rows = [{"source": "x", "a": "y", "b": None}, {"source": "z", "a": "w", "b": "v"}]
    dataset = Dataset.from_list(rows)
    assert segments(dataset) == segments(rows)
    assert segments(dataset.to_iterable_dataset()) == segments(rows)
    assert segments(Dataset.from_list([nested({**r, "reference": "q"}) for r in rows])) == segments(
        [{**r, "reference": "q"} for r in rows]
    )
    with pytest.raises(InputError, match="choose one of train"):
        segments(DatasetDict(train=dataset))


def test_a_path_is_read_as_by_the_command_line(tmp_path):
    columns = {"source": ["x y", "z"], "a": ["x", "z z"], "b": ["x y", "z"], "target": ["x", "z"]}
    folder = folder_of(columns, tmp_path / "outputs")
    expected = segments(columns, references=("target",))
    assert segments(folder) == segments(str(folder)) == expected
    assert [s.hypotheses for s in segments(folder, outputs=("b",))] == [{"b": "x y"}, {"b": "z"}]
    file = tmp_path / "outputs.jsonl"
    lines = (json.dumps(nested({**row, "reference": row["target"]})) for row in rows_of(columns))
    file.write_text("\n".join(lines))
    assert segments(file) == expected


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_table_in_a_file_is_read_as_in_memory(tmp_path, form):
    pandas = pytest.importorskip("pandas")
    columns = {"text": ["x y", "z"], "hyp.one": ["x", "z z"], "hyp.two": ["w", None], "_n": [1, 2]}
    file = tmp_path / f"outputs.{form}"
    frame = pandas.DataFrame(columns)
    frame.to_csv(file, index=False) if form == "csv" else frame.to_parquet(file)
    options = {"source": "text", "outputs": ("hyp.*",)}
    read, expected = segments(file, **options), segments(columns, **options)
    assert [s.source for s in read] == [s.source for s in expected]
    for segment, other in zip(read, expected, strict=True):  # an empty cell of CSV is a text
        assert {n: text or None for n, text in segment.hypotheses.items()} == other.hypotheses
    assert [list(s.hypotheses) for s in segments(file, outputs=("hyp.two",))] == [["hyp.two"]] * 2


def test_files_of_a_folder_are_columns_where_patterns_say_so(tmp_path):
    folder = folder_of({"source": ["x"], "mt.one": ["y"], "mt.two": ["z"]}, tmp_path / "outputs")
    chosen = segments(folder, source="source.txt", outputs=("mt.*.txt",))
    assert [s.hypotheses for s in chosen] == [{"one": "y", "two": "z"}]


def test_columns_are_chosen_by_patterns():
    row = {"text": "x", "hyp.one.en": "y", "hyp.two.en": "z", "ref0": "v", "ref1": "w", "n": 3}
    options = {"source": "text", "outputs": ("hyp.*.en",), "references": ("ref*",)}
    [segment] = segments([row], **options)
    assert segment == consort.Segment("x", {"one": "y", "two": "z"}, ("v", "w"))


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3), np.uint8(3)])
def test_a_whole_number_is_a_label(value):
    [segment] = segments([{"a": value, "b": "3"}])
    assert segment.hypotheses == {"a": "3", "b": "3"}


def test_an_array_has_a_column_for_each_system():
    assert [s.hypotheses for s in segments(np.array([["x", "y"]]))] == [{"x0": "x", "x1": "y"}]
    with pytest.raises(DataError, match="1 dimensions"):
        segments(np.array(["x"]))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ([{"a": 2.5}], "list:1: a: 2.5 is not a text"),
        ([{"source": None, "a": "x"}], "list:1: source is missing"),
        ([{"source": "x"}], "no column of a system"),
        ({"a": "text"}, "the column 'a' is a str; it should be a list"),
        ([{"outputs": {"a": 2.5}}], "list:1"),
        ("nowhere", "does not exist"),
    ],
)
def test_a_fault_names_its_place(data, fault):
    with pytest.raises(DataError, match=fault):
        segments(data)
