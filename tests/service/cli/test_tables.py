"""`consort combine`, `train` and `score` on tables, folders as columns, and published scores."""

import csv
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli.app import app

LABELS = ("pos", "neg")
N = 24
COLUMNS = {
    "text": [f"comment {i} on a film that was seen in {1900 + i}" for i in range(N)],
    "svm": [LABELS[i % 2] for i in range(N)],
    "bayes": [LABELS[i % 2 if i % 5 else 1] for i in range(N)],
    "tree": [LABELS[i % 2 if i % 3 else 0] for i in range(N)],
    "gold": [LABELS[i % 2] for i in range(N)],
}
NOTE = "text is the source; gold is the reference; 3 systems: svm, bayes, tree"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    pd.DataFrame(COLUMNS).to_csv(tmp_path / "x.csv", index=False)
    return tmp_path / "x.csv"


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 4)


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def test_a_csv_of_classifiers_is_combined_as_labels_and_the_columns_are_named(table: Path) -> None:
    out, evidence = table.parent / "out.csv", table.parent / "e.csv"
    result = run("combine", table, "-o", out, "--evidence", evidence)
    assert NOTE in result.stderr
    assert "note: combining labels" in result.stderr
    assert pd.read_csv(out)["text"].tolist() == COLUMNS["gold"]
    rows = rows_of(evidence)
    assert {row["segment"] for row in rows} == {str(i) for i in range(1, N + 1)}
    accepted = {row["segment"]: row["replacement"] for row in rows if row["accepted"] == "True"}
    assert list(accepted.values()) == COLUMNS["gold"]
    again = run("combine", table, "-o", table.parent / "o.txt", "--json", "--systems", "svm,tree")
    figures = {row["statistic"]: row["value"] for row in json.loads(again.stdout)["rows"]}
    assert (figures["segments"], figures["systems"]) == (N, 2)


def test_evidence_of_all_formats_is_the_same_and_numbered_across_chunks(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ensemble.batch.CHUNK", 5)
    for name in ("e.csv", "e.jsonl", "e.parquet"):
        run("combine", table, "-o", table.parent / "o.txt", "--evidence", table.parent / name)
    lines = [json.loads(line) for line in (table.parent / "e.jsonl").read_text().splitlines()]
    parquet = pq.read_table(table.parent / "e.parquet").to_pylist()
    rows = rows_of(table.parent / "e.csv")
    flat = [
        (str(number), candidate["replacement"], "; ".join(candidate["voters"]))
        for number, line in enumerate(lines, start=1)
        for candidate in line["candidates"]
    ]
    assert [(row["segment"], row["replacement"], row["voters"]) for row in rows] == flat
    assert [row["text"] for row in parquet] == [line["text"] for line in lines]


@pytest.mark.parametrize("ending", ["csv", "json", "md", "tex"])
def test_all_systems_of_a_table_are_scored_and_the_figures_written(
    table: Path, ending: str
) -> None:
    file = table.parent / f"figures.{ending}"
    result = run("score", table, "--table", file, "--json")
    found = {
        (row["name"], row["statistic"]): row["value"] for row in json.loads(result.stdout)["rows"]
    }
    assert found["svm", "accuracy"] == 100
    assert found["tree", "accuracy"] == pytest.approx(100 * (1 - 4 / N))
    written = file.read_text()
    assert all(name in written for name in ("svm", "bayes", "tree", "accuracy"))
    if ending == "tex":
        assert r"\toprule" in written
        assert written.count(r"\\") == 1 + 3 * 2
    if ending == "csv":
        assert len(rows_of(file)) == 3


def test_a_table_of_another_ending_is_refused_before_the_work(table: Path) -> None:
    result = run("combine", table, "-o", table.parent / "o.txt", "--table", "x.pdf", code=2)
    assert "the file should end with .csv, .json, .md, .tex" in result.stderr
    assert not (table.parent / "o.txt").exists()


def test_labels_are_a_column_by_its_usual_name_a_stated_one_or_a_file(table: Path) -> None:
    """All three give the same figures."""
    common = ("train", table, "--combiner", "neural", "--cv", 2, "--json")
    usual = run(*common, "-o", table.parent / "a")
    stated = run(*common, "-o", table.parent / "b", "--reference", "go*")
    (table.parent / "gold.txt").write_text("\n".join(COLUMNS["gold"]) + "\n")
    of_file = run(*common, "-o", table.parent / "c", "--reference", table.parent / "gold.txt")
    assert usual.stdout == stated.stdout == of_file.stdout
    assert json.loads(usual.stdout)["rows"][0]["n"] == N


def test_rows_without_a_label_are_left_out(table: Path) -> None:
    frame = pd.DataFrame(COLUMNS)
    frame.loc[3:6, "gold"] = None
    frame.to_csv(table, index=False)
    result = run("train", table, "-o", table.parent / "c", "--cv", 2, "--json")
    assert "note: 4 segments without a reference are left out" in result.stderr
    assert json.loads(result.stdout)["rows"][0]["n"] == N - 4


@pytest.fixture
def wmt(tmp_path: Path) -> Path:
    files = {"src.zh": "源 {}", "ref.A.en": "the text that is number {}"}
    files |= {"hyp.One.en": "the text which is number {}", "hyp.Two-2.en": "this text is the {}th"}
    for name, line in files.items():
        (tmp_path / name).write_text("".join(line.format(i) + "\n" for i in range(N)))
    return tmp_path


AVERAGES = "system mqm_avg_score seg_id\n" + "".join(
    f"{name}\t{'None' if i % 4 == 0 else -i % 7} {i + 1}\n"
    for name in ("One", "Two-2", "ref-B")
    for i in range(N)
)
MQM = "system\tdoc\tglobalSegId\trater\tsource\ttarget\tcategory\tseverity\n" + "".join(
    f"{name}\td\t{i + 1}\tr{i % 2}\ts\tt\tAccuracy/Mistranslation\t{severity}\n"
    for name, severity in (("One", "Major"), ("Two-2", "Minor"))
    for i in range(N)
)
ESA = "".join(
    f"r1,{name},{i},TGT,zho,eng,{50 + i},doc,False,[],1.0,2.0\n"
    for name in ("One", "Two-2")
    for i in range(N)
)
SEGMENTS = "".join(f"{name}\t{i % 5}\n" for name in ("One", "Two-2") for i in range(N))


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("mqm_avg_seg_scores.tsv", AVERAGES, "averages"),
        ("mqm.tsv", MQM, "MQM"),
        ("esa.csv", ESA, "ESA"),
        ("zh-en.mqm.seg.score", SEGMENTS, "segment scores"),
    ],
)
def test_wmt_files_and_their_scores_are_read_as_published(
    wmt: Path, tmp_path: Path, name: str, content: str, form: str
) -> None:
    (wmt / name).write_text(content)
    result = run("train", wmt, "--scores", wmt / name, "-o", tmp_path / "c", "--cv", 2, "--json")
    assert f"{name}: {form}, which score 2 of 2 systems: One, Two-2" in result.stderr
    assert "src.zh is the source; ref.A.en is the reference; 2 systems: One, Two-2" in result.stderr
    used = run("combine", wmt, "--combiner", tmp_path / "c", "-o", tmp_path / "out.txt")
    assert "2 systems: One, Two-2" in used.stderr
    assert len((tmp_path / "out.txt").read_text().splitlines()) == N


def test_scores_of_other_systems_are_refused(wmt: Path, tmp_path: Path) -> None:
    (wmt / "s.csv").write_text("system,segment,score\nThree,1,2\n")
    result = run("train", wmt, "--scores", wmt / "s.csv", "-o", tmp_path / "c", code=2)
    assert "s.csv: has scores of Three, and none of the systems One, Two-2" in result.stderr


def test_files_of_a_folder_are_chosen_by_name_and_pattern(wmt: Path, tmp_path: Path) -> None:
    chosen = ("--source", "src.zh", "--outputs", "hyp.*.en", "--reference", "ref.A.en")
    common = ("combine", wmt, "-o", tmp_path / "_o.txt", "--kind", "texts")
    outputs = [run(*common, *some) for some in ((), chosen)]
    assert outputs[0].stdout == outputs[1].stdout
    bad = run("combine", wmt, "-o", wmt / "hyp.One.en", "--kind", "texts", code=2)
    assert "is an input or another output" in bad.stderr
