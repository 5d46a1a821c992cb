"""`consort validate`, run as a user would."""

import json

import pytest
from typer.testing import CliRunner

from service.cli.app import app

CONFIG = """
version: 1
name: small
data: .
gold: [gold.m2]
metrics: [chrf, levenshtein-source]
plan: {resamples: 20}
"""
EDITS = """S He go to scool {n} time .
A 1 2|||SVA|||goes|||REQUIRED|||-NONE-|||0
A 3 4|||Spell|||school|||REQUIRED|||-NONE-|||0
A 3 4|||Spell|||school|||REQUIRED|||-NONE-|||1
"""


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def config(tmp_path):
    (tmp_path / "gold.m2").write_text("\n".join(EDITS.format(n=n) for n in range(5)))
    (tmp_path / "small.yaml").write_text(CONFIG)
    return tmp_path / "small.yaml"


def test_one_json_object_and_nothing_else(config):
    result = run("validate", config, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert set(answer) == {"name", "rows", "signature", "verdicts", "findings", "notes", "size"}
    assert answer["findings"][0]["verdict"] in result.stderr
    assert answer["size"]["sentences"] == 5


def test_a_table_for_people(config):
    result = run("validate", config)
    assert result.exit_code == 0
    assert "tau, all pairs" in result.stdout
    assert "levenshtein-source: corpora" in result.stderr


def test_settings_and_seeds(config):
    result = run("validate", config, "--set", "plan.resamples=10", "--seeds", 2, "--json")
    answer = json.loads(result.stdout)
    assert "resamples:10|" in answer["signature"]
    assert {one["source"] for one in answer["seeds"]} == {"original"}
    assert "over seeds" in result.stderr


def test_reports(config, tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    result = run("validate", config, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["figures", "figures.csv", "report.html", "report.json", "report.md"]
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == json.loads(result.stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "metrics=[no-such]"], "no metric 'no-such'"),
        (["--set", "colour=1"], "small.yaml: colour: Extra inputs"),
        (["--set", "gold=[none.m2]"], "none.m2: cannot be read"),
        (["--seeds", "0"], "0 seeds"),
    ],
)
def test_an_error_is_a_line(config, arguments, words):
    result = run("validate", config, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
