"""`consort score` where references are blank, run as a user would."""

import json

import pytest
from typer.testing import CliRunner

from service.cli.app import app


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path):
    for name, lines in {
        "text": ["xyz", "the cat sat", "a dog"],
        "source": ["xy", "the cat sit", "a dog"],
        "first": ["abcdef", "the cat sat", "a dog"],
        "second": ["", "\u200b", "one dog"],
        "lacking": ["abcdef", " ", "a dog"],
    }.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    return tmp_path


def test_a_blank_line_is_not_a_second_reference(files):
    metrics = "levenshtein", "sari", "maxmatch", "edits", "gleu", "bleu", "ter"
    options = [part for name in metrics for part in ("--metric", name)]
    common = ("score", files / "text", "--source", files / "source", "--json", *options)
    (files / "blank").write_text("\n \n\u200b\n")
    alone = run(*common, "--reference", files / "first")
    both = run(*common, "--reference", files / "first", "--reference", files / "blank")
    assert alone.exit_code == both.exit_code == 0, both.output
    assert both.stdout == alone.stdout


def test_a_segment_without_a_reference_is_undefined_with_a_note(files):
    command = "score", files / "text", "--reference", files / "lacking", "--metric", "levenshtein"
    shown = run(*command, "--segments")
    assert shown.stdout.split() == ["0.000000", "nan", "100.000000"]
    fault = "levenshtein: 1 of 3 segments have no reference, and no score: 2"
    assert fault in shown.stderr
    whole = run(*command, "--json")
    (row,) = json.loads(whole.stdout)["rows"]
    assert (row["value"], row["n"]) == (50.0, 2)
    assert fault in whole.stderr


def test_references_that_are_all_blank_are_an_error(files):
    (files / "blank").write_text("\n\n \n")
    result = run("score", files / "text", "--reference", files / "blank", "--metric", "chrf")
    assert result.exit_code != 0
    assert "chrf: no segment has a reference" in result.stderr


@pytest.mark.parametrize(("replacement", "f"), [("goes", 100), ("go", 0)])
def test_an_unknown_error_that_changes_something_counts(tmp_path, replacement, f):
    """In M2, `UNK` marks an error without a correction; with one, it is an edit like others."""
    edit = f"A 1 2|||UNK|||{replacement}|||REQUIRED|||-NONE-|||0"
    (tmp_path / "gold.m2").write_text(f"S He go home .\n{edit}\n")
    (tmp_path / "text").write_text("He goes home .\n")
    command = "score", tmp_path / "text", "--gold", tmp_path / "gold.m2", "--metric", "edits"
    rows = json.loads(run(*command, "--json").stdout)["rows"]
    assert {row["statistic"]: row["value"] for row in rows}["f0.5"] == f
