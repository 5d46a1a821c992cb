"""`consort score-spans`: figures by pair of languages, and outputs that only one file has."""

import json

import pytest
from typer.testing import CliRunner

from service.cli.app import app

HEAD = "source_lang\ttarget_lang\tdoc_id\tsegment_id\tstart_indices\tend_indices\terror_types\n"


def run(tmp_path, predicted, gold):
    for name, rows in (("predicted", predicted), ("gold", gold)):
        (tmp_path / f"{name}.tsv").write_text(HEAD + "\n".join(rows) + "\n")
    files = [str(tmp_path / "predicted.tsv"), "--gold", str(tmp_path / "gold.tsv")]
    return CliRunner().invoke(app, ["score-spans", *files, "--json"])


def test_figures_of_two_pairs_and_their_mean(tmp_path):
    gold = ["en\tcs\td\t1\t0\t4\tmajor", "en\tde\td\t1\t0\t4\tmajor"]
    predicted = ["en\tcs\td\t1\t0\t4\tminor", "en\tde\td\t1\t0\t4\tmajor"]
    table = json.loads(run(tmp_path, predicted, gold).stdout)
    f1 = {
        row["name"]: row["value"]
        for row in table["rows"]
        if (row["level"], row["statistic"]) == ("corpus", "f1, overlap")
    }
    assert f1 == pytest.approx({"en-cs": 50, "en-de": 100, "mean of pairs": 75})
    assert "credit:0.5" in table["signature"]


def test_an_output_that_one_file_lacks_is_an_error(tmp_path):
    gold = ["en\tcs\td\t1\t0\t4\tmajor"]
    result = run(tmp_path, [*gold, "en\tcs\td\t2\t0\t4\tmajor"], gold)
    assert result.exit_code == 2
    assert "predicted.tsv:3: output en/cs/d/2 is not in" in result.output.replace("\n", "")
