"""A validation from its configuration: read strictly, run, told in words, written as a report."""

import json
from pathlib import Path

import pytest

from evaluation.execution.progress import quietly
from evaluation.lattice.config import read_config
from evaluation.lattice.report import report
from evaluation.lattice.run import run
from evaluation.records import DataError

CONFIGS = Path(__file__).parents[3] / "configs" / "validate"
CONFIG = """
version: 1
name: small
data: .
gold: [one.m2, two.m2]
metrics: [maxmatch, levenshtein-source, chrf]
plan: {resamples: 20, references: [1], sources: [original, random]}
"""
JUDGED = """
version: 1
name: judged
texts: {form: table, path: judged.csv, output: output, source: source, references: [reference]}
judgements: {form: table, path: judged.csv, dimensions: {quality: [quality]}}
metrics: [bleu]
plan: {resamples: 20}
"""


def m2(*edits):
    lines = [
        f"A {at} {at + 1}|||{kind}|||{word}|||REQUIRED|||-NONE-|||0" for at, word, kind in edits
    ]
    return "\n".join(lines or ["A -1 -1|||noop|||-NONE-|||REQUIRED|||-NONE-|||0"])


@pytest.fixture
def folder(tmp_path):
    sources = [f"He go to scool {k} time in the weak ." for k in range(6)]
    one = [m2((1, "goes", "SVA"), (3, "school", "Mec"), (5, "times", "Nn"))] * 6
    two = [m2((1, "goes", "SVA"), (3, "school", "Mec"), (8, "week", "Mec"))] * 5 + [m2()]
    for name, golds in (("one", one), ("two", two)):
        pairs = zip(sources, golds, strict=True)
        (tmp_path / f"{name}.m2").write_text("\n".join(f"S {s}\n{g}\n" for s, g in pairs))
    (tmp_path / "small.yaml").write_text(CONFIG)
    rows = ["system,segment,source,output,reference,quality"]
    for k, (name, quality) in enumerate([("a", 3), ("b", 2), ("c", 1)]):
        for n, source in enumerate(sources, start=1):
            words = source.replace("go", "goes").split()
            reference = source.replace("go", "goes").replace("scool", "school")
            rows.append(f"{name},{n},{source},{' '.join(words[k:])},{reference},{quality}")
    (tmp_path / "judged.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "judged.yaml").write_text(JUDGED)
    return tmp_path


def found(folder, *settings, seeds=1):
    return run(read_config(folder / "small.yaml", settings), quietly, seeds)


def test_every_level_is_reported(folder):
    rows = found(folder).table.rows
    levels = {"sentence", "type", "damage", "attack", "corpus", "references"}
    assert {row.level for row in rows} == levels
    assert {row.name for row in rows} == {"maxmatch", "levenshtein-source", "chrf"}
    by = {(row.name, row.level, row.statistic): row.value for row in rows}
    assert by["levenshtein-source", "sentence", "tau, all pairs, original source"] == -1
    assert by["maxmatch", "corpus", "spearman, original source"] > 0


def test_what_is_punished_is_named(folder):
    findings = {finding.metric: finding for finding in found(folder).summaries}
    kept = findings["levenshtein-source"]
    assert set(kept.punished["original"]) == {"SVA", "Mec", "Nn"}
    assert "punishes" in kept.verdict
    # Right, but one annotator alone saw it.
    assert findings["maxmatch"].punished["original"] == ("Nn",)


@pytest.mark.slow
def test_the_same_again_and_other_seeds_beside_it(folder):
    first, again = report(found(folder)).to_json(), report(found(folder)).to_json()
    assert first == again
    spreads = found(folder, seeds=3).spreads
    key = ("original", "levenshtein-source", "sentence", "tau, all pairs")
    assert spreads[key] == (-1, -1)
    assert json.loads(report(found(folder, seeds=2)).to_json())["seeds"]


def test_people_beside_the_lattice(folder):
    validation = found(folder, f"humans={folder / 'judged.yaml'}")
    people = {row.name: row for row in validation.human_rows if row.name != "ranking of metrics"}
    assert people["chrf"].statistic == "spearman with quality"
    assert people["chrf"].value == pytest.approx(1)
    ranked = [row for row in validation.human_rows if row.name == "ranking of metrics"]
    assert len(ranked) == 4
    assert any("maxmatch" in note for note in validation.notes)  # which has no gold edits there


@pytest.mark.slow
def test_the_report_holds_it_all(folder, tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    validation = found(folder, f"humans={folder / 'judged.yaml'}", "plan.sources=[random]")
    made = report(validation)
    written = made.write(tmp_path / "out")
    assert json.loads(written[0].read_text()) == json.loads(made.to_json())
    assert "levenshtein-source" in made.markdown()
    page = made.html()
    assert page.count("<svg") == 7
    assert "Punished types, random source" in page


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("colour=1", "colour: Extra inputs"),
        ("gold=[]", "gold"),
        ("metrics=[chrf, chrf]", "called chrf twice"),
        ("plan.sources=[other]", "plan.sources.0"),
        ("plan.chains=0", "plan.chains"),
    ],
)
def test_a_wrong_key_is_named(folder, setting, words):
    with pytest.raises(DataError, match=words):
        read_config(folder / "small.yaml", [setting])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("gold=[none.m2]", "none.m2: cannot be read"),
        ("metrics=[no-such]", "no metric 'no-such'"),
        ("gold=[one.m2]", "two annotators are needed"),
    ],
)
def test_what_cannot_run_says_why(folder, setting, words):
    with pytest.raises(ValueError, match=words):
        found(folder, setting)


def test_what_is_shipped_can_be_read():
    paths = sorted(CONFIGS.glob("*.yaml"))
    assert paths
    for path in paths:
        config = read_config(path)
        assert Path(config.humans or path).is_file()
