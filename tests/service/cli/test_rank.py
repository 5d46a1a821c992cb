"""`consort rank`: from a table to a verdict, JSON and files; faults are one line."""

import json

from typer.testing import CliRunner

from service.cli.app import app


def rank(*arguments):
    return CliRunner().invoke(app, ["rank", *map(str, arguments)])


def table(folder):
    lines = [
        f"{n},a,b,{'B' if n % 5 == 0 else 'A'}\n{n},b,a,{'2' if n % 3 else 'tie'}"
        for n in range(40)
    ]
    path = folder / "votes.csv"
    path.write_text("\n".join(["segment,system1,system2,winner", *lines]) + "\n")
    return path


def test_json_has_the_systems_from_the_best(tmp_path):
    result = rank(table(tmp_path), "--json", "--resamples", "50")
    assert result.exit_code == 0
    assert [system["system"] for system in json.loads(result.stdout)["systems"]] == ["a", "b"]


def test_the_report_is_written(tmp_path):
    result = rank(table(tmp_path), "--out", tmp_path / "out", "--resamples", "50")
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "figures",
        "figures.csv",
        "report.html",
        "report.json",
        "report.md",
    ]


def test_a_fault_is_one_line_and_status_2(tmp_path):
    path = table(tmp_path)
    path.write_text("segment,system1,system2,winner\n1,a,b,c\n")
    result = rank(path)
    assert result.exit_code == 2
    assert "votes.csv:2: winner 'c' of 'a' and 'b'" in result.output
