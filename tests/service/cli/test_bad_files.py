"""Each kind of file that cannot be read gets one line that names it, and what would be read."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from datasets import Dataset, DatasetDict
from typer.testing import CliRunner

from service.cli.app import app

GOOD = {"text": ["Hi there", "Bye now"], "a": ["pos", "neg"], "b": ["pos", "pos"]}
TABLE = "text,a,b\nHi there,pos,pos\nBye now,neg,pos\n"
Make = Callable[[Path], Path]


def text(name: str, content: str | bytes) -> Make:
    def make(folder: Path) -> Path:
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
        return folder / name

    return make


def truncated_parquet(folder: Path) -> Path:
    pd.DataFrame(GOOD).to_parquet(folder / "x.parquet")
    (folder / "x.parquet").write_bytes((folder / "x.parquet").read_bytes()[:-40])
    return folder / "x.parquet"


def parquet(rows: list[dict[str, object]]) -> Make:
    def make(folder: Path) -> Path:
        pd.DataFrame(rows).to_parquet(folder / "x.parquet")
        return folder / "x.parquet"

    return make


def splits(folder: Path) -> Path:
    data = Dataset.from_dict(GOOD)
    DatasetDict({"train": data, "test": data}).save_to_disk(folder / "saved")
    return folder / "saved"


def damaged_dataset(folder: Path) -> Path:
    Dataset.from_dict(GOOD).save_to_disk(folder / "saved")
    (file,) = (folder / "saved").glob("*.arrow")
    file.write_bytes(file.read_bytes()[:60])
    return folder / "saved"


def zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "x.csv", "w") as archive:
        archive.writestr("x.csv", TABLE)
    return folder / "x.csv"


def a_folder(folder: Path) -> Path:
    (folder / "x.csv").mkdir()
    return folder / "x.csv"


ROW = {"text": "s", "a": "x"}
BAD: dict[str, tuple[Make, str]] = {
    "latin-1": (text("x.csv", "text,a\ncafé,pos\n".encode("latin-1")), "x.csv:2: byte 0xe9 is not"),
    "UTF-16": (text("x.csv", TABLE.encode("utf-16")), "x.csv:1: is UTF-16, as Excel writes"),
    "ragged rows": (text("x.csv", TABLE + "more,pos\n"), "x.csv:4: 2 cells, but there are 3 col"),
    "duplicate columns": (text("x.csv", "text,a,a\ns,x,y\n"), "x.csv: has 2 columns 'a'; each"),
    "a huge cell": (text("x.csv", f"text,a\n{'z' * 200_000},x\n"), "x.csv:2: a cell of more than"),
    "CR alone": (text("x.csv", TABLE.replace("\n", "\r")), "x.csv:1: ends lines with CR alone"),
    "CR in a row": (text("x.csv", "text,a\ns\rt,x\n"), "x.csv:2: has CR within a cell that is not"),
    "an open quote": (text("x.csv", 'text,a\n"s,x\n'), "x.csv:2: unexpected end of data"),
    "a folder for a file": (a_folder, "x.csv: has no system: no NAME.txt beside source.txt"),
    "an empty file": (text("x.csv", ""), "x.csv: is empty; it needs a row of headings"),
    "only headings": (text("x.csv", "text,a,b\n"), "x.csv: has no rows below its headings"),
    "binary": (text("x.csv", bytes(range(256)) * 9), "x.csv: is binary, not text"),
    "a zip archive": (zipped, "x.csv: is a zip archive or an Excel workbook: unpack it"),
    "gzip": (text("x.csv", gzip.compress(TABLE.encode())), "x.csv: is compressed by gzip: unpack"),
    "gzip by name": (text("x.csv.gz", gzip.compress(b"")), "x.csv.gz: is compressed by gzip"),
    "truncated Parquet": (truncated_parquet, "x.parquet: is not a whole Parquet file"),
    "not Parquet": (text("x.parquet", TABLE), "x.parquet: is not a whole Parquet file"),
    "Parquet by another name": (text("x.csv", b"PAR1" + b"x" * 99), "let its name end with .parq"),
    "object without rows": (
        text("x.json", '{"items": [], "n": 1}'),
        "x.json: is an object without rows: there are the keys items, n; a list of objects",
    ),
    "NaN in JSON": (
        text("x.jsonl", json.dumps(ROW) + '\n{"text": "s", "a": NaN}\n'),
        "x.jsonl:2: is not JSON: NaN is not a value of JSON; write null",
    ),
    "half a JSON": (text("x.jsonl", '{"text": "s", "a"'), "x.jsonl:1: is not JSON: Expecting ':'"),
    "a list on a line": (text("x.jsonl", '["s", "x"]\n'), "x.jsonl:1: is a list, not a JSON obj"),
    "unknown key": (
        text("x.jsonl", json.dumps({"source": "s", "outputs": {"a": "x"}, "target": "y"})),
        "x.jsonl:1: the key 'target' is not read; read are id, source, outputs, reference,",
    ),
    "nested columns": (parquet([{"text": "s", "a": [["x"]]}]), "x.parquet:1: a: [['x']] is not a"),
    "numbers for texts": (
        parquet([{**ROW, "n": 0.5}]),
        "x.parquet:1: n: 0.5 is not a text; for labels, a whole number or an object of prob",
    ),
    "a missing source": (parquet([ROW, {"text": None, "a": "y"}]), "x.parquet:2: text is missing"),
    "no text file": (text("x.txt", "one\ntwo\n"), "x.txt: has another format; a folder with sou"),
    "one column": (text("x.csv", "text\nhello\n"), "x.csv: no column of a system: there are no"),
    "tabs in CSV": (
        text("x.csv", "text\ta\ns\tx\n"),
        "x.csv:1: has tabs between its headings",
    ),
    "several splits": (splits, "saved: has the splits train, test; name the folder of one of them"),
    "a damaged data set": (damaged_dataset, "saved: is not a whole folder of `datasets`"),
    "nothing": (lambda folder: folder / "x.csv", "x.csv: does not exist; a folder with source.txt"),
}


def run(command: str, path: Path, out: Path, *options: str) -> Result:
    line = [command, str(path), "-o", str(out), *options]
    return CliRunner().invoke(app, line)


def refused(result: Result, words: str, out: Path) -> None:
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert words in line
    assert not out.exists()
    print(line)


@pytest.mark.parametrize("command", ["combine", "train"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_what_would_be_read(
    command: str, name: str, tmp_path: Path
) -> None:
    make, words = BAD[name]
    refused(run(command, make(tmp_path), tmp_path / "out"), words, tmp_path / "out")


@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.parquet"])
@pytest.mark.parametrize("command", ["combine", "train"])
def test_a_file_without_permission_is_named(
    command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text(TABLE)

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")  # root may read everything

    monkeypatch.setattr(Path, "open", refuse)
    words = f"{name}: cannot be read: Permission denied"
    refused(run(command, tmp_path / name, tmp_path / "out"), words, tmp_path / "out")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--outputs", "hyp.*"), "x.csv: no column 'hyp.*'; there are text, a, b"),
        (("--source", "src"), "x.csv: no column 'src'; there are text, a, b"),
        (("--source", "a", "--outputs", "a"), "x.csv: the column 'a' has 2 uses; one is the limit"),
        (("--systems", "c"), "x.csv: no system 'c'; there are a, b"),
    ],
)
@pytest.mark.parametrize("command", ["combine", "train"])
def test_a_column_that_is_not_there_is_named(
    command: str, option: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    path = text("x.csv", TABLE)(tmp_path)
    refused(run(command, path, tmp_path / "out", *option), words, tmp_path / "out")


def test_a_reference_that_is_neither_column_nor_file_is_named(tmp_path: Path) -> None:
    path, out = text("x.csv", TABLE)(tmp_path), tmp_path / "out"
    words = "x.csv: there is no column 'gold' in it, and no file gold; it has text, a, b"
    refused(run("train", path, out, "--reference", "gold"), words, out)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_mixed_line_ends_are_read(tmp_path: Path, end: str) -> None:
    path = text("x.csv", f"text,a,b{end}one,x,x\r\ntwo,y,x\n")(tmp_path)
    result = run("combine", path, tmp_path / "out.txt")
    assert result.exit_code == 0, result.output
    assert len((tmp_path / "out.txt").read_text().splitlines()) == 2
