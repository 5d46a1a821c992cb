"""The same outputs in every format of tables, and what each format adds."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.layout import UNSTATED, Layout
from evaluation.data.readers import read_outputs
from evaluation.records import DataError, Segment

Cells = dict[str, list[str]]


def as_csv(path: Path, cells: Cells) -> Path:
    file = path / "x.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([list(cells), *zip(*cells.values(), strict=True)])
    return file


def as_pandas_tsv(path: Path, cells: Cells) -> Path:
    pd.DataFrame(cells).to_csv(path / "x.tsv", sep="\t")
    return path / "x.tsv"


def as_parquet(path: Path, cells: Cells) -> Path:
    pd.DataFrame(cells).to_parquet(path / "x.parquet", row_group_size=2)
    return path / "x.parquet"


def as_lines(path: Path, cells: Cells) -> Path:
    rows = pd.DataFrame(cells).to_dict("records")
    (path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path / "x.jsonl"


def as_list(path: Path, cells: Cells) -> Path:
    pd.DataFrame(cells).to_json(path / "x.json", orient="records", indent=1)
    return path / "x.json"


def as_object(path: Path, cells: Cells) -> Path:
    rows = pd.DataFrame(cells).to_dict("records")
    (path / "x.json").write_text(json.dumps({"version": 1, "data": rows}))
    return path / "x.json"


def as_dataset(path: Path, cells: Cells) -> Path:
    Dataset.from_dict(cells).save_to_disk(path / "saved")
    return path / "saved"


def as_split(path: Path, cells: Cells) -> Path:
    DatasetDict({"test": Dataset.from_dict(cells)}).save_to_disk(path / "saved")
    return path / "saved"


FORMATS = [
    *(as_csv, as_pandas_tsv, as_parquet, as_lines, as_list, as_object, as_dataset, as_split),
]
CELLS = {
    "text": ['He said "go", twice', "b", "c; d"],
    "svm": ["pos", "neg", "pos"],
    "bayes": ["neg", "neg", "pos"],
    "gold": ["pos", "neg", "pos"],
}


@pytest.mark.parametrize("write", FORMATS)
def test_each_format_gives_the_same_segments(
    write: Callable[[Path, Cells], Path], tmp_path: Path
) -> None:
    wanted = [
        Segment(text, {"svm": svm, "bayes": bayes}, (gold,))
        for text, svm, bayes, gold in zip(*CELLS.values(), strict=True)
    ]
    path = write(tmp_path, CELLS)
    assert read_outputs(path) == wanted
    stated = Layout("gold", ("b*", "svm"), ("text",))
    turned = read_outputs(path, ["svm", "ayes"], layout=stated)
    assert turned[0] == Segment("pos", {"svm": "pos", "ayes": "neg"}, ('He said "go", twice',))
    with pytest.raises(DataError, match="no system 'tree'; there are svm, bayes"):
        read_outputs(path, ["tree"])


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0\ufeff"), min_size=1)


@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT).filter(lambda r: "".join(r).strip()), min_size=1))
@pytest.mark.parametrize("write", [as_csv, as_parquet, as_lines, as_list])
def test_any_text_comes_back(
    write: Callable[[Path, Cells], Path],
    rows: Sequence[tuple[str, str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    columns = dict(zip(("source", "a", "b"), map(list, zip(*rows, strict=True)), strict=True))
    path = write(tmp_path_factory.mktemp("any"), columns)
    assert read_outputs(path) == [Segment(s, {"a": a, "b": b}) for s, a, b in rows]


def test_missing_outputs_labels_and_probabilities_of_typed_formats(tmp_path: Path) -> None:
    rows = [
        {"id": 7, "a": 1, "b": {"yes": 0.75, "no": 0.25}, "c": "x", "gold": ["p", "q"]},
        {"id": 8, "a": None, "b": {"yes": 1.0}, "gold": None},
    ]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pd.DataFrame(rows).to_parquet(tmp_path / "x.parquet")
    for path in (tmp_path / "x.jsonl", tmp_path / "x.parquet"):
        first, second = read_outputs(path, needs_source=False, may_be_labels=True)
        assert first.hypotheses == {"a": "1", "b": "yes", "c": "x"}
        assert first.distributions["b"] == {"yes": 0.75, "no": 0.25}
        assert second.hypotheses == {"a": None, "b": "yes", "c": None}
        assert (first.references, second.references) == (("p", "q"), ())


def test_json_in_cells_is_class_probabilities_where_all_of_the_column_is(tmp_path: Path) -> None:
    cells = {"a": ['{"x": 0.9}', "", '{"y": 1}'], "b": ['{"x": 0.9}', "x", "y"]}
    path = as_csv(tmp_path, cells)
    first, second, _ = read_outputs(path, None, False, may_be_labels=True)
    assert first.hypotheses == {"a": "x", "b": '{"x": 0.9}'}
    assert second.hypotheses == {"a": "", "b": "x"}
    assert read_outputs(path, None, False)[0].hypotheses["a"] == '{"x": 0.9}'


def test_classes_of_datasets_are_read_by_name(tmp_path: Path) -> None:
    features = Features({"text": Value("string"), "a": ClassLabel(names=["neg", "pos"])})
    Dataset.from_dict({"text": ["t", "u"], "a": [1, None]}, features).save_to_disk(tmp_path / "s")
    assert read_outputs(tmp_path / "s") == [Segment("t", {"a": "pos"}), Segment("u", {"a": None})]


def test_rows_of_json_may_lack_keys_and_a_new_key_is_an_error(tmp_path: Path) -> None:
    lines = ['{"source": "s", "a": "x"}', '{"source": "t", "b": "y"}']
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    assert read_outputs(tmp_path / "x.jsonl")[0].hypotheses == {"a": "x", "b": None}
    (tmp_path / "x.jsonl").write_text("\n".join([*lines * 500, '{"source": "s", "new": "z"}']))
    with pytest.raises(DataError, match=r"x\.jsonl:1001: the key 'new' is new here; the first"):
        read_outputs(tmp_path / "x.jsonl")


def test_the_keys_of_nested_objects_may_have_other_names(tmp_path: Path) -> None:
    node = {"src": "s", "outputs": {"a": "x", "b": None}, "target": "y", "n": 1}
    layout = Layout("src", (), ("target",), "n")
    for name, text in (("x.jsonl", json.dumps(node)), ("x.json", json.dumps([node]))):
        (tmp_path / name).write_text(text)
        assert read_outputs(tmp_path / name, layout=layout) == [
            Segment("s", {"a": "x", "b": None}, ("y",))
        ]
        with pytest.raises(DataError, match=rf"{name}:1: the key 'src' is not read; .*--source"):
            read_outputs(tmp_path / name, layout=UNSTATED)
        with pytest.raises(DataError, match="choose some by --systems, not by --outputs"):
            read_outputs(tmp_path / name, layout=Layout(outputs=("a",)))


WMT = {"src.zh": "s\n", "hyp.A-1.en": "a\n", "hyp.B.2.en": "b\n", "ref.A.en": "r\n", "x.tsv": "\n"}


def folder(path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text(text)
    return path


def test_files_of_wmt_are_recognised_and_others_are_named(tmp_path: Path) -> None:
    wanted = Segment("s", {"A-1": "a", "B.2": "b"}, ("r",))
    assert read_outputs(folder(tmp_path, WMT)) == [wanted]
    layout = Layout(outputs=("hyp.A*.en",))
    assert read_outputs(tmp_path, layout=layout) == [Segment("s", {"-1": "a"}, ("r",))]
    folder(tmp_path, {"wmt.de-en.src.de": "S\n", "wmt.de-en.hyp.A.en": "A\n"})
    with pytest.raises(DataError, match=r"several tasks: choose one by --outputs: hyp\.\*\.en, "):
        read_outputs(tmp_path)
    chosen = Layout("wmt.de-en.src.de", ("wmt.de-en.hyp.*.en",), ("ref.A.en",))
    assert read_outputs(tmp_path, layout=chosen) == [Segment("S", {"A": "A"}, ("r",))]


def test_files_of_a_system_folder_may_be_chosen_and_those_below_it(tmp_path: Path) -> None:
    files = {"source.txt": "s\n", "a.txt": "a\n", "ref0.txt": "r\n", "ref1.txt": "q\n"}
    folder(tmp_path, files | {"_b.txt": "b\n", "out/c.txt": "c\n"})
    layout = Layout(references=("ref1.txt",))
    assert read_outputs(tmp_path, layout=layout) == [Segment("s", {"a": "a"}, ("q",))]
    below = Layout(outputs=("out/*.txt",))
    assert read_outputs(tmp_path, layout=below) == [Segment("s", {"c": "c"}, ("r", "q"))]
    (tmp_path / "out/c.txt").write_text("c\nd\n")
    with pytest.raises(DataError, match=r"c\.txt: 2 lines, but source\.txt has 1"):
        read_outputs(tmp_path, layout=below)
