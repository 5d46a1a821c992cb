"""`consort diagnose`, run as a user would."""

import json

import pytest
from typer.testing import CliRunner

from service.cli.app import app
from service.core.settings import CONFIGS

CONFIG = """
version: 1
study: complementarity
name: small
data: .
outputs: {path: systems, references: [target.txt]}
plan: {orders: 3, seeds: 2}
"""


def run(*arguments: object):
    return CliRunner().invoke(app, ["diagnose", *map(str, arguments)])


@pytest.fixture
def config(tmp_path):
    lines = {"source": [], "target": [], "one": [], "two": [], "three": []}
    for n in range(40):
        lines["source"].append(f"He go to scool {n} times .")
        lines["target"].append(f"He goes to school {n} times .")
        lines["one"].append(f"He goes to scool {n} times .")
        lines["two"].append(f"He go to school {n} times .")
        lines["three"].append(f"He {'go' if n % 2 else 'goes'} to school {n} times .")
    (tmp_path / "systems").mkdir()
    for name, texts in lines.items():
        (tmp_path / "systems" / f"{name}.txt").write_text("\n".join(texts) + "\n")
    (tmp_path / "small.yaml").write_text(CONFIG)
    return tmp_path / "small.yaml"


def test_one_json_object_and_nothing_else(config):
    result = run(config, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert {"study", "name", "rows", "signature", "verdicts", "findings", "notes"} == set(answer)
    rows = {(row["name"], row["statistic"]): row for row in answer["rows"]}
    assert rows["oracle", "F0.5 of edits"]["value"] == 100
    assert answer["findings"]["systems"] == ["one", "three", "two"]
    assert answer["findings"]["profiles"]["type"]["kinds"]
    assert answer["verdicts"][0] in result.stderr


def test_reports(config, tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    result = run(config, "--out", tmp_path / "out", "--json", "--seeds", 3)
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out/report.json").read_text()) == json.loads(result.stdout)
    page = (tmp_path / "out/report.html").read_text()
    assert page.count("<svg") >= 10
    assert "Yule's Q" in (tmp_path / "out/report.md").read_text()
    assert "seeds:3|" in json.loads(result.stdout)["signature"]


def test_without_labels_it_says_what_it_cannot_know(config):
    result = run(config, "--set", "outputs.references=[]", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert {row["level"] for row in answer["rows"]} == {"pairs"}
    assert "agreement is not truth" in answer["notes"][0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "study=astrology"], "small.yaml: study: Input should be 'complementarity'"),
        (["--set", "plan.colour=1"], "plan.colour: Extra inputs"),
        (["--set", "outputs.path=nowhere"], "nowhere: does not exist"),
        (["--set", "outputs.gold=gold.m2"], "labels come from one of gold, references and scores"),
        (["--set", "outputs.systems=[one]"], "1 systems answered"),
        (["--set", "outputs.also=[nowhere]"], "nowhere: holds no NAME.txt"),
        (["--seeds", "0"], "0 seeds"),
    ],
)
def test_an_error_is_a_line(config, arguments, words):
    result = run(config, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_the_panel_that_ships_is_pointed_at_a_folder_in_one_line(tmp_path):
    lines = {"source": [], "target": [], "one": [], "two": [], "three": []}
    for n in range(30):
        lines["source"].append(f"How much is {n} and 1?")
        lines["target"].append(str(n + 1))
        for k, name in enumerate(("one", "two", "three")):
            answer = n + 1 if n % 3 != k else n + 2 + k
            lines[name].append(f"That is not hard to say, for {name}. The answer is {answer}.")
    for name, texts in lines.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(texts) + "\n")
    config = CONFIGS / "diagnosis" / "panel.yaml"
    own = ["--set", f"data={tmp_path}", "--set", "outputs={path: .}"]
    result = run(config, *own, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert {"rows", "signature", "verdicts"} < set(answer)
    rows = {(row["name"], row["statistic"]): row for row in answer["rows"]}
    assert rows["panel of 3", "accuracy of final answers"]["value"] == 100
    assert answer["verdicts"][0].startswith("The panel of 3 gains +")
    refused = run(config, *own, "--set", "prices={four: {in: 1, out: 1}}")
    assert refused.exit_code == 2
    assert "prices: no model or judge 'four'; available: one, three, two" in refused.stderr
