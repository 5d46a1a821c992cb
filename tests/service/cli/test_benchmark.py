"""`consort benchmark`, run as a user would."""

import json

import pytest
from typer.testing import CliRunner

from service.cli.app import app

CONFIG = """
version: 1
name: small
data: .
texts: {form: table, path: rated.csv, output: output, source: source}
judgements: {form: table, path: rated.csv, dimensions: {kept: [kept]}}
metrics: [chrf-source, bleu-source]
plan: {segment: spearman, resamples: 20, permutations: 100}
"""

REPORT = {"report.html", "report.json", "report.md"}
WORDS = "one two three four five six seven eight nine ten".split()


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def config(tmp_path):
    lines = ["system,segment,source,output,kept"]
    for i, system in enumerate("abc"):
        for segment in range(1, 7):
            kept = 10 - i - segment
            lines.append(f"{system},{segment},{' '.join(WORDS)},{' '.join(WORDS[:kept])},{kept}")
    (tmp_path / "rated.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "small.yaml").write_text(CONFIG)
    return tmp_path / "small.yaml"


def test_one_json_object_and_nothing_else(config):
    result = run("benchmark", config, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert set(answer) == {"name", "rows", "signature", "verdicts", "findings", "notes"}
    (finding,) = answer["findings"]
    assert finding["verdict"] in result.stderr
    assert finding["comparisons"][0]["ranking"][0]["metric"] == "chrf-source"


def test_a_table_for_people(config):
    result = run("benchmark", config)
    assert result.exit_code == 0
    assert "chrf-source" in result.stdout
    assert "kept: " in result.stderr


def several(config):
    """Return the configuration with two dimensions of judgements."""
    text = CONFIG.replace("dimensions: {kept: [kept]}", "dimensions: {kept: [kept], more: [kept]}")
    config.write_text(text)
    return config


def test_several_dimensions_have_an_overview_and_all_figures_on_request(config):
    result = run("benchmark", several(config))
    assert result.exit_code == 0, result.output
    head, first, *rest = result.stdout.splitlines()
    assert head.split() == ["metric", "kept", "more"]
    assert first.split()[0] == "chrf-source"
    assert all(cell.endswith("*") for cell in first.split()[1:])
    names = ["bleu-source", "random", "constant", "output length", "source length"]
    assert [line.startswith(name) for name, line in zip(names, rest, strict=False)] == [True] * 5
    assert any(line.startswith("--all prints all ") for line in rest)
    assert "kendall" not in result.stdout.partition("benchmark small|")[0]
    every = run("benchmark", config, "--all")
    assert "kept: kendall" in every.stdout
    assert "p against" in every.stdout


def test_an_overview_wider_than_the_terminal_is_cut_into_parts(config, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    names = [f"dimension {i}" for i in range(9)]
    given = ", ".join(f"{name}: [kept]" for name in names)
    config.write_text(CONFIG.replace("kept: [kept]", given))
    lines = run("benchmark", config).stdout.splitlines()
    assert "  ".join(names) == "  ".join(
        name for line in lines if line.startswith("metric") for name in names if name in line
    )
    assert sum(line.startswith("chrf-source") for line in lines) == 3
    assert all(len(line) <= 60 for line in lines[:-3])


def test_p_values_are_in_the_json_of_the_rows(config):
    answer = json.loads(run("benchmark", several(config), "--json").stdout)
    first = answer["findings"][0]["comparisons"][0]
    name = f"kept: {first['statistic']}"
    tested = {row["name"]: row.get("p") for row in answer["rows"] if row["statistic"] == name}
    assert tested["chrf-source"] is None
    assert tested["bleu-source"] == first["ranking"][0]["p_better_than"]["bleu-source"]


def test_the_overview_is_first_in_the_files(config, tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    result = run("benchmark", several(config), "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    words = (tmp_path / "out" / "report.md").read_text()
    assert words.index("## Overview") < words.index("| chrf-source | **") < words.index("## kept")
    page = (tmp_path / "out" / "report.html").read_text()
    heads = [page.index(f">{head}</h2>") for head in ("Conclusions", "Overview", "kept")]
    assert heads == sorted(heads)
    latex = (tmp_path / "out" / "table.tex").read_text()
    assert r"\multicolumn{2}{c}{kept} & \multicolumn{2}{c}{more}" in latex
    paths = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    first = {path: path.read_bytes() for path in paths}
    run("benchmark", config, "--out", tmp_path / "out")
    assert {path: path.read_bytes() for path in paths} == first
    assert result.stderr.rstrip().endswith("table.tex, " + str(tmp_path / "out" / "figures"))


def test_settings_and_seeds(config):
    result = run(
        "benchmark",
        config,
        "--set",
        "plan.resamples=10",
        "--set",
        "name=other",
        "--seeds",
        2,
        "--json",
    )
    answer = json.loads(result.stdout)
    assert answer["name"] == "other"
    assert "resamples:10|" in answer["signature"]
    assert sum(answer["findings"][0]["seeds"]["conclusions"].values()) == 2
    assert "over 2 seeds" in result.stderr


def test_reports(config, tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    result = run("benchmark", config, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {*REPORT, "figures", "figures.csv", "table.tex"}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == json.loads(result.stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "metrics=[no-such]"], "no metric 'no-such'"),
        (["--set", "colour=1"], "small.yaml: colour: Extra inputs"),
        (["--set", "texts.path=none.csv"], "none.csv: cannot be read"),
        (["--seeds", "0"], "0 seeds"),
    ],
)
def test_an_error_is_a_line(config, arguments, words):
    result = run("benchmark", config, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_table_of_ratings_and_one_of_scores_need_no_yaml(config, tmp_path):
    lines = [f"{s},{i},{i + ord(s) % 3}" for s in "abc" for i in range(1, 7)]
    (tmp_path / "mine.csv").write_text("\n".join(["system,segment,mine", *lines]) + "\n")
    quick = ["--set", "plan.resamples=20", "--set", "plan.permutations=50"]
    result = run("benchmark", tmp_path / "rated.csv", "--scores", tmp_path / "mine.csv", *quick)
    assert result.exit_code == 0, result.output
    assert "mine" in result.stdout
    assert "\nkept: " in f"\n{result.stderr}"
    several = [*quick, "--metric", "chrf-source", "--scores", tmp_path / "mine.csv", "--json"]
    answer = json.loads(run("benchmark", tmp_path / "rated.csv", *several).stdout)
    (finding,) = answer["findings"]
    below = {"chance: random scores", "chance: all tied", *finding["baselines"]}
    assert {row["name"] for row in answer["rows"]} - below == {"chrf-source", "mine"}


def test_a_table_without_metrics_says_what_to_give(config, tmp_path):
    result = run("benchmark", tmp_path / "rated.csv")
    assert result.exit_code == 2
    assert "needs a metric: metrics, functions, scores or preferences" in result.stderr


def test_texts_without_spaces_are_noted_unless_a_tokeniser_cuts_them(config):
    rated = config.with_name("rated.csv")
    # The outputs with nine words and with eight: one of system a, and one each of a and b.
    rated.write_text(rated.read_text().replace(" ".join(WORDS[:8]), "他每天早上都去公园"))
    text = CONFIG.replace("bleu-source]", "bleu-source, {name: bleu-source, tokenize: zh}]")
    config.write_text(text)
    answer = json.loads(run("benchmark", config, "--json").stdout)
    assert {row["name"] for row in answer["rows"]} >= {"bleu-source", "bleu-source:tokenize=zh"}
    fault = "bleu-source: 3 of 18 texts are in a script without spaces and count as few words"
    (note,) = (note for note in answer["notes"] if "few words" in note)
    assert note == f"{fault}; choose tokenize=zh, ja-mecab, char or combine"


def table(folder, name, columns):
    """Write a table of the columns, each a mapping of systems to numbers of segments."""
    rows = [
        (system, str(i + 1), *("" if by[system][i] is None else str(by[system][i]) for by in given))
        for given in [list(columns.values())]
        for system, numbers in given[0].items()
        for i in range(len(numbers))
    ]
    path = folder / name
    lines = [",".join(row) for row in [("system", "segment", *columns), *rows]]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("people", "scores", "conclusion", "note"),
    [
        (
            {"a": [1], "b": [2], "c": [3], "d": [4]},
            {"m": {"a": [2], "b": [1], "c": [4], "d": [3]}},
            "too few data to recommend a metric",
            "needs at least 12 segments, and has 1",
        ),
        (
            {"a": [1, 2, 3, 4, 5, 6], "b": [2, 1, 4, 3, 6, 5]},
            {
                "err": {"a": [-1, -2, -3, -4, -5, -6], "b": [-2, -1, -4, -3, -6, -5]},
                "noise": {"a": [1, 3, 2, 6, 4, 5], "b": [2, 3, 1, 4, 6, 5]},
            },
            "too few data to recommend a metric",
            "err (-1.000) agrees with people the other way at segment level",
        ),
        (
            {"a": [1, 2, 3, 4], "b": [2, 3, 4, 5]},
            {
                "x": {"a": [1, 2, 3, 9], "b": [2, 3, 4, -9]},
                "y": {"a": [1, 2, 3, None], "b": [2, 3, 4, None]},
            },
            "too few data to recommend a metric",
            "metrics are ranked and tested on the 6 outputs that all of them score",
        ),
    ],
)
def test_small_data_are_not_taken_for_evidence(tmp_path, people, scores, conclusion, note):
    ratings = table(tmp_path, "ratings.csv", {"quality": people})
    given = table(tmp_path, "scores.csv", scores)
    result = run("benchmark", ratings, "--scores", given, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    (finding,) = answer["findings"]
    assert finding["conclusion"].startswith(conclusion)
    assert any(note in text for text in [*answer["notes"], *finding["notes"]])
    assert not any("low" in row for row in answer["rows"])


def test_segments_to_annotate_next(config, tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    out = tmp_path / "out"
    result = run("benchmark", config, "--next", 2, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    lines = (out / "next.csv").read_text().splitlines()
    assert lines[0] == "segment,disagreement,variance"
    names = {row["name"] for row in json.loads(result.stdout)["rows"] if row["level"] == "next"}
    assert {line.split(",")[0] for line in lines[1:]} == names
    assert len(names) == 2
