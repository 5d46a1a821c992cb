"""`consort train-metric` and `consort score --model`, run as a user would."""

import json
import random

import pytest
from typer.testing import CliRunner

from service.cli.app import app

POLITE, RUDE, REST = ["please", "thank", "sir"], ["hey", "lol"], "the cat sat on a mat".split()


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def train(tmp_path):
    chance = random.Random(1)
    texts = [chance.choices(POLITE + RUDE + REST, k=7) for _ in range(120)]
    rows = [f"{sum((w in POLITE) - (w in RUDE) for w in t)},{' '.join(t)}" for t in texts]
    path = tmp_path / "train.csv"
    path.write_text("\n".join(["label,sentence", *rows]) + "\n")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("head", ["regression", "classification"])
def test_trained_and_used(train, encoder_folder, tmp_path, head):
    folder, text = tmp_path / "manners", tmp_path / "text.txt"
    arguments = ("--train", train, "--head", head, "--encoder", encoder_folder, "-o", folder)
    result = run("train-metric", "manners", *arguments, "--json")
    assert result.exit_code == 0, result.output
    rows = {row["statistic"]: row for row in json.loads(result.stdout)["rows"]}
    assert rows["Spearman"]["n"] == 12
    assert ("accuracy" in rows) == (head == "classification")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["name"], manifest["kind"]) == ("manners", head)
    text.write_text("thank sir please\nhey lol\nthe cat\n")
    result = run("score", text, "--metric", "manners", "--model", folder, "--segments")
    assert result.exit_code == 0, result.output
    polite, rude, _ = map(float, result.stdout.splitlines())
    assert polite > rude
    result = run("score", text, "--metric", "manners", "--model", folder, "--json")
    assert "manners|n:3|artefact:" in json.loads(result.stdout)["signature"]


def test_what_is_there_is_not_written_over(train, encoder_folder):
    result = run("train-metric", "m", "--train", train, "--encoder", encoder_folder, "-o", train)
    assert result.exit_code == 2
    assert "has no artefact that could be replaced" in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("sentence,label\na,high\n", "train.csv:2: label 'high' is not a number"),
        ("sentence,label\na,1\n", "1 examples; it takes at least 50"),
        ("sentence\na\n", "train.csv:1: no column label"),
    ],
)
def test_bad_examples_are_named(train, encoder_folder, tmp_path, content, message):
    train.write_text(content)
    arguments = ("--train", train, "--encoder", encoder_folder, "-o", tmp_path / "m")
    result = run("train-metric", "m", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--metric", "formality"), "no metric 'formality'"),
        (
            ("--metric", "chrf", "--metric", "bleu", "--model", "m"),
            "--model needs exactly one --metric",
        ),
        (("--metric", "chrf", "--model", "m"), "chrf takes no model"),
    ],
)
def test_a_model_that_does_not_fit_is_named(tmp_path, arguments, message):
    texts = tmp_path / "texts.txt"
    texts.write_text("a text\n")
    result = run("score", texts, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
