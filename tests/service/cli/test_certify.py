"""`consort certify`, run as a user would."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.app import app


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    judge, human = tmp_path / "judges.csv", tmp_path / "human.csv"
    rows = [(name, k) for name in "ab" for k in range(1, 81)]
    scores = "".join(f"critic,{name},{k},{k * 7 % 5}\n" for name, k in rows)
    judge.write_text("judge,system,segment,score\n" + scores + "other,a,1,3\n")
    given = [(r, name, k) for r in "xyz" for name, k in rows if k <= 40]
    labels = [f"{r},{name},{k},{(k * 7 + (k % 9 == ord(r) % 9)) % 5}\n" for r, name, k in given]
    human.write_text("rater,system,segment,score\n" + "".join(labels))
    return judge, human


def run(*arguments: object):
    return CliRunner().invoke(app, ["certify", *map(str, arguments)])


def test_json_is_one_object_with_the_verdict(tables):
    result = run(*tables, "--judge", "critic", "--json")
    assert result.exit_code == 0, result.output
    fields = json.loads(result.stdout)
    assert fields["passed"] is True
    assert fields["verdicts"][0].startswith("critic can replace an annotator")
    assert {row["statistic"] for row in fields["rows"]} >= {"pearson", "mean, corrected"}
    assert "critic can replace an annotator" in result.stderr


def test_a_folder_gets_the_report(tables, tmp_path):
    pytest.importorskip("matplotlib", reason="plots are in consort[report]")
    result = run(*tables, "--judge", "critic", "--out", tmp_path / "out", "--own", "a")
    assert result.exit_code == 0, result.output
    assert "own family, less the others" in result.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "figures",
        "figures.csv",
        "report.html",
        "report.json",
        "report.md",
    ]


def test_errors_are_one_line_and_status_2(tables, tmp_path):
    several = run(*tables)
    assert several.exit_code == 2
    assert "several judges; select one of critic, other" in several.stderr
    absent = run(tmp_path / "none.csv", tables[1])
    assert absent.exit_code == 2
    assert "none.csv: cannot be read" in absent.stderr


def test_figures_of_a_judge_that_scores_all_items_alike_are_dashes(tables):
    judge, human = tables
    rows = [f"{name},{k},3\n" for name in "ab" for k in range(1, 81)]
    judge.write_text("system,segment,score\n" + "".join(rows))
    result = run(judge, human)
    assert result.exit_code == 0, result.output
    assert "pearson undefined: the judge scores all items alike" in result.stderr
    assert "nan" not in result.output.split()
