"""`consort judge --metric`, run as a user would, and combining with its scores."""

import csv
import json

import pytest
from typer.testing import CliRunner

from service.cli.app import app

TEXTS = {"source": "one two", "a": "one two three", "b": "one two", "c": "four"}


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path):
    for name, text in TEXTS.items():
        (tmp_path / f"{name}.txt").write_text(f"{text}\n" * 120)
    return tmp_path


def test_scores_are_written_for_combining(folder):
    result = run("judge", folder, "--metric", "chrf-source", "--metric", "chrf", "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["rows"]
    assert {row["n"] for row in rows} == {120}
    means = {(row["name"], row["statistic"]): row["value"] for row in rows}
    assert means["chrf-source", "mean of b"] == 100
    assert means["chrf", "mean of c"] < means["chrf", "mean of b"]
    with (folder / "judges.csv").open(newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == 2 * 3 * 120
    combined = run("combine", folder, "-o", folder / "_out.txt", "--combiner", "neural",
                   "--kind", "texts")  # fmt: skip
    assert combined.exit_code == 0, combined.output
    assert set((folder / "_out.txt").read_text().splitlines()) <= set(TEXTS.values())
    assert "judges decide where votes are equal" in combined.stderr


def test_only_some_systems(folder):
    assert run("judge", folder, "--metric", "chrf-source", "--systems", "a,c").exit_code == 0
    assert "chrf-source,b," not in (folder / "judges.csv").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "come from --metric or from --roster"),
        (["--metric", "chrf", "--roster", "r.yaml"], "come from --metric or from --roster"),
        (["--metric", "chrf", "--budget", "3"], "--budget applies to the judges of a --roster"),
        (["--model", "m", "--roster", "r.yaml"], "--model applies to a --metric"),
        (["--metric", "chrf", "--metric", "chrf:beta=2"], "named twice"),
        (["--metric", "edits"], "edits needs gold edits"),
        (["--metric", "sparkle"], "no metric 'sparkle'"),
        (["--metric", "chrf", "--metric", "ter", "--model", "m"], "exactly one --metric"),
    ],
)
def test_faults(folder, options, message):
    result = run("judge", folder, *options)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert not (folder / "judges.csv").exists()


def test_metrics_without_sources_judge_transcripts(folder):
    (folder / "source.txt").unlink()
    assert run("judge", folder, "--metric", "chrf").exit_code == 0
    result = run("judge", folder, "--metric", "chrf-source")
    assert result.exit_code == 2
    assert "chrf-source needs sources" in result.stderr
