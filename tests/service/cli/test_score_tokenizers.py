"""`consort score` with a tokeniser, run as a user would."""

import json

import pytest
from sacrebleu.metrics import BLEU
from typer.testing import CliRunner

from evaluation.metrics.tokenizers import TOKENIZERS
from service.cli.app import app

HYPOTHESIS = "他每天早上都会去公园跑步然后回家吃早饭"
REFERENCE = "他每天早上都要去公园跑步然后回家吃早饭"
NOTE = "1 of 2 texts are in a script without spaces and count as few words"


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def command(tmp_path):
    for name, line in {"text": HYPOTHESIS, "reference": REFERENCE, "source": "他每天早"}.items():
        (tmp_path / name).write_text(f"{line}\na cat\n")
    paths = tmp_path / "text", "--reference", tmp_path / "reference"
    return "score", *paths, "--source", tmp_path / "source"


def test_a_chinese_text_scores_as_in_sacrebleu(command):
    result = run(*command, "--metric", "bleu:tokenize=zh", "--json")
    table = json.loads(result.stdout)
    scorer = BLEU(tokenize="zh")
    expected = scorer.corpus_score([HYPOTHESIS, "a cat"], [[REFERENCE, "a cat"]]).score
    assert table["rows"][0]["name"] == "bleu:tokenize=zh"
    assert table["rows"][0]["value"] == expected
    assert table["signature"].startswith("bleu:tokenize=zh|n:2|")
    assert "tok:zh" in table["signature"]
    assert "few words" not in result.stderr


def test_metrics_that_do_not_cut_such_texts_share_a_note(command):
    names = "bleu", "edits", "chrf", "gleu:tokenize=char"
    result = run(*command, *(part for name in names for part in ("--metric", name)))
    assert f"note: bleu, edits: {NOTE}" in " ".join(result.stderr.split())
    segments = run(*command, "--metric", "sari", "--segments")
    assert f"note: sari: {NOTE}" in " ".join(segments.stderr.split())


def test_an_unknown_tokeniser_names_the_choices(command):
    result = run(*command, "--metric", "ter:tokenize=moses")
    assert result.exit_code != 0
    assert all(f"'{name}'" in result.stderr for name in TOKENIZERS)


def test_help_lists_the_tokenisers():
    shown = " ".join(run("score", "--help").stdout.split())
    assert "Tokenisers, the values of tokenize:" in shown
    assert all(f"{name}: " in shown for name in TOKENIZERS)
