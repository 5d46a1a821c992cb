"""A benchmark from its YAML to its report: every form of data, every fault with its key."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.execution.progress import quietly
from evaluation.meta_evaluation.config import read_config
from evaluation.meta_evaluation.dataset import read_dataset
from evaluation.meta_evaluation.report import report
from evaluation.meta_evaluation.run import run
from evaluation.metrics.registry import metric_names
from tests.raising import raises_code

CONFIGS = Path(__file__).parents[2] / "configs" / "benchmark"

TABLE = """
version: 1
name: small
data: .
texts: {form: table, path: rated.csv, output: output, references: [reference]}
judgements:
  form: table
  path: rated.csv
  dimensions: {quality: [rater1, rater2]}
metrics: [chrf, bleu]
plan: {resamples: 20, permutations: 100}
"""

REFERENCE = "the cat sat on the mat because it was warm".split()

STATISTIC = "pearson, grouping none"


def rows(segments=8):
    """Systems that drop more and more words, and two raters who see how many."""
    for i, system in enumerate(["whole", "some", "few"]):
        for segment in range(1, segments + 1):
            kept = REFERENCE[: len(REFERENCE) - 2 * i - segment % 3]
            yield system, segment, " ".join(kept), len(kept), len(kept) - segment % 2


def rated(segments=8):
    """The table of texts and ratings."""
    lines = ["system,segment,output,reference,rater1,rater2"]
    lines += [
        f"{system},{segment},{output},{' '.join(REFERENCE)},{one},{other}"
        for system, segment, output, one, other in rows(segments)
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rated.csv").write_text(rated())
    (tmp_path / "small.yaml").write_text(TABLE)
    return tmp_path


def result(folder, *settings, seeds=1):
    return run(read_config(folder / "small.yaml", settings), quietly, seeds)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_configurations_that_come_along_are_read(path):
    config = read_config(path)
    assert config.name == path.stem
    ours = {metric.name for metric in config.metrics if not metric.optional and not metric.model}
    assert ours <= set(metric_names())


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_texts_of_the_configurations_that_come_along_are_there(path, data):
    if path.stem == "seeda" and not (data / "gec" / "seeda").is_dir():
        pytest.skip(f"SEEDA is fetched apart: see {path}")
    material = read_dataset(read_config(path, [f"data={data}"]))
    assert all(len(material.groups[name]) >= 40 for name in material.groups)
    assert all(len(texts) == len(material.segments) for texts in material.outputs.values())


def test_there_are_eight_of_them():
    assert len(list(CONFIGS.glob("*.yaml"))) == 8


def test_a_table_of_texts_and_ratings(folder):
    found = result(folder)
    (finding,) = found.analyses
    assert finding.title == "quality"
    assert set(finding.scores) == {"chrf", "bleu"}
    by_level = {row.level for row in found.table.rows}
    assert by_level == {"segment", "system", "raters"}
    assert all(row.statistic.startswith("quality: ") for row in found.table.rows)


def test_files_by_pattern_with_rankings_of_their_texts(folder):
    for system in ("whole", "some", "few"):
        texts = [output for name, _, output, *_ in rows() if name == system]
        (folder / f"hyp.{system}.en").write_text("\n".join(texts) + "\n")
    (folder / "ref.en").write_text((" ".join(REFERENCE) + "\n") * 8)
    by_table = result(folder)
    by_files = result(
        folder,
        "texts={form: files, path: ., outputs: 'hyp.{system}.en', references: [ref.en]}",
    )
    figures = [
        {
            (row.name, row.statistic): row.value
            for row in one.table.rows
            if row.level == "segment" and row.name in ("chrf", "bleu")
        }
        for one in (by_table, by_files)
    ]
    assert figures[0] == pytest.approx(figures[1])


def test_nested_json(folder):
    content = {}
    for system, segment, output, one, _ in rows():
        own = content.setdefault(f"d{segment}", {"refs": [" ".join(REFERENCE)], "made": {}})
        own["made"][system] = {"text": output, "scores": {"quality": one}}
    del content["d2"]["made"]["few"]
    content["d3"]["made"]["some"]["scores"]["quality"] = None
    (folder / "nested.json").write_text(json.dumps(content))
    found = result(
        folder,
        "texts={form: nested, path: nested.json, outputs: made, output: text, references: refs}",
        "judgements={form: nested, dimensions: [quality]}",
    )
    assert next(row.n for row in found.table.rows if row.level == "segment") == 24 - 2


def test_rankings_and_a_folder_with_gold_edits(folder):
    source = " ".join(REFERENCE)
    (folder / "source.txt").write_text(f"{source}\n" * 2)
    for name, text in (("good", source.replace("cat", "dog")), ("idle", source), ("bad", "mat")):
        (folder / f"{name}.txt").write_text(f"{text}\n" * 2)
    gold = f"S {source}\nA 1 2|||R:NOUN|||dog|||REQUIRED|||-NONE-|||0\n\n"
    (folder / "gold.m2").write_text(gold * 2)
    ranked = "".join(
        f'<translation rank="{rank}" system="{name}"/>'
        for rank, name in enumerate(["good", "idle", "bad"], start=1)
    )
    (folder / "ranks.xml").write_text(f"<r><ranking-item user='a'>{ranked}</ranking-item></r>")
    found = result(
        folder,
        "texts={form: folder, path: ., gold: gold.m2, references_from_gold: true}",
        "judgements={form: rankings, path: ranks.xml}",
        "metrics=[{name: maxmatch, system: corpus}, {name: chrf, system: corpus}]",
    )
    assert [one.dimension for one in found.analyses] == ["expected wins", "trueskill"]
    wins = found.analyses[0]
    assert wins.scores["chrf"][wins.systems.index("good")] == pytest.approx(100)
    assert wins.scores["maxmatch"][wins.systems.index("good")] == pytest.approx(100)
    values = {(row.name, row.statistic): row.value for row in wins.rows}
    assert values["chrf", "kendall"] == pytest.approx(1)


def test_labels_and_parts(folder):
    for language in ("fr", "it"):
        (folder / f"{language}.formal").write_text("vous etes\nvous avez\n")
        (folder / f"{language}.informal").write_text("tu es\ntu as\n")
        (folder / f"{language}.ref").write_text("vous etes\nvous avez\n")
    parts = ", ".join(
        f"{{form: files, group: {name}, path: ., outputs: '{name}.{{system}}',"
        f" references: [{name}.ref], systems: [formal, informal]}}"
        for name in ("fr", "it")
    )
    found = result(
        folder,
        f"texts=[{parts}]",
        "judgements={form: labels, dimensions: {formality: {formal: 1, informal: 0}}}",
        "plan.groupings=[item]",
    )
    assert [one.title for one in found.analyses] == ["formality, fr", "formality, it"]
    row = next(r for r in found.analyses[0].rows if r.statistic == "kendall, grouping item")
    assert row.value == pytest.approx(1)


def test_groups_are_reported_apart(folder):
    found = result(folder, "groups={first: [1, 4], last: [5, 8]}")
    assert [one.group for one in found.analyses] == ["first", "last"]
    assert {row.n for row in found.analyses[0].rows if row.level == "segment"} == {12, 4}


def test_systems_left_out(folder):
    found = result(folder, "without=[few]")
    assert set(found.analyses[0].systems) == {"whole", "some"}


def test_optional_metrics_are_left_out_with_a_note_others_are_an_error(folder):
    found = result(folder, "metrics=[chrf, {name: no-such, optional: true}]")
    assert found.notes[0].startswith("no-such is left out: no metric 'no-such'")
    with pytest.raises(ValueError, match="no-such: no metric 'no-such'"):
        result(folder, "metrics=[no-such]")


def test_a_metric_that_lacks_what_it_needs(folder):
    with pytest.raises(ValueError, match="chrf-source on whole: chrf-source needs sources"):
        result(folder, "metrics=[chrf-source]")
    found = result(folder, "metrics=[chrf, {name: chrf-source, optional: true}]")
    assert found.notes == ("left out: chrf-source on whole: chrf-source needs sources",)


def test_seeds_show_the_spread(folder):
    found = result(folder, seeds=3)
    (spread,) = found.spreads
    assert sum(times for _, times in spread.conclusions) == 3
    assert 0 <= spread.p[0] <= spread.p[1] <= 1
    assert json.loads(report(found).to_json())["findings"][0]["seeds"]["p"] == list(spread.p)
    with pytest.raises(ValueError, match="0 seeds"):
        result(folder, seeds=0)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("metrics=[]", "needs a metric: metrics, functions, scores or preferences"),
        ("colour=red", "colour: Extra inputs"),
        ("plan.colour=red", "plan.colour: Extra inputs"),
        ("metrics.0={name: chrf, modle: x}", "metrics.0: .*chrf has no option 'modle'"),
        ("plan.resamples=0", "plan.resamples: Input should be greater"),
        ("version=2", "version: Input should be 1"),
        ("texts.form=xml", "texts"),
        ("metrics=[chrf, chrf]", "metrics are called chrf twice"),
        ("groups={a: [5, 2]}", "group a: its last segment comes before its first"),
        ("judgements={form: nested, dimensions: [a]}", "nested judgements need nested texts"),
    ],
)
def test_a_fault_is_named_with_file_and_key(folder, setting, message):
    with pytest.raises(ValueError, match=message) as error:
        read_config(folder / "small.yaml", [setting])
    assert "small.yaml: " in str(error.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("plan", "must be key=value"),
        ("metrics.9.name=x", "9 is not a number from 0 to 1"),
        ("name.a.b=x", "has no keys"),
        ("name.a=x", "has no keys"),
        ("name=[", "the value is not YAML"),
    ],
)
def test_a_setting_that_cannot_be(folder, setting, message):
    with raises_code("invalid-option") as error:
        read_config(folder / "small.yaml", [setting])
    assert message in str(error.value)


@pytest.mark.parametrize("content", ["", "- 1", "a: [", "a: 1"])
def test_a_file_that_is_no_configuration(tmp_path, content):
    (tmp_path / "a.yaml").write_text(content)
    with raises_code("invalid-configuration"):
        read_config(tmp_path / "a.yaml")
    with raises_code("file-unreadable"):
        read_config(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["without=[whole, some, few]"], "no system is left"),
        (["groups={a: [1, 99]}"], "group a ends at segment 99; there are 8"),
        (["texts.path=none.csv"], "none.csv: cannot be read"),
        (["texts.output=none"], "no column none"),
        (["judgements.dimensions={a: [none]}"], "no column none"),
        (["judgements.path=other.csv"], "judged, but without outputs: stranger"),
        (["judgements.path=elsewhere.csv"], "of other segments than the texts: 'x'"),
        (["texts={form: files, path: ., outputs: 'none.{system}'}"], "no file is called none"),
    ],
)
def test_what_does_not_go_together(folder, settings, message):
    head = "system,segment,rater1,rater2\n"
    (folder / "other.csv").write_text(f"{head}stranger,1,3,4\nwhole,1,4,4\n")
    (folder / "elsewhere.csv").write_text(f"{head}whole,x,3,4\n")
    with pytest.raises(ValueError, match=message):
        result(folder, *settings)


def test_no_folder_of_data(folder, monkeypatch):
    monkeypatch.delenv("CONSORT_DATA", raising=False)
    with raises_code("missing-input"):
        result(folder, "data=null")


def test_all_files_of_a_report_have_the_same_figures(folder, tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    (folder / "rated.csv").write_text(rated(segments=12))
    found = result(folder)
    paths = report(found).write(tmp_path / "out" / "deep")
    names = [path.name for path in paths[:5]]
    assert names == ["report.json", "report.md", "report.html", "figures.csv", "table.tex"]
    drawn = sorted(path.name for path in (tmp_path / "out" / "deep" / "figures").iterdir())
    assert drawn == sorted(path.name for path in paths[5:])
    assert [Path(name).suffix for name in drawn] == [".pdf", ".svg"] * 5
    content = json.loads(paths[0].read_text())
    words, page, table, latex = (path.read_text() for path in paths[1:5])
    (finding,) = content["findings"]
    assert content["signature"] == found.signature
    assert finding["verdict"].replace("<", "&lt;") in page
    row = next(r for r in content["rows"] if r["statistic"] == f"quality: {STATISTIC}")
    assert f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})" in words
    assert page.count("<svg") == 5
    lines = list(csv.DictReader(table.splitlines()))
    assert len(lines) == len(content["rows"])
    (line,) = [x for x in lines if (x["name"], x["statistic"]) == (row["name"], STATISTIC)]
    assert [float(line[key]) for key in ("value", "low", "high")] == [
        row["value"],
        row["low"],
        row["high"],
    ]
    assert line["dimension"] == "quality"
    assert f"{row['value']:.3f}".replace("-", "$-$") in latex
    assert "://" not in page.replace("http://www.w3.org", "")


def test_names_are_text_in_markdown(folder):
    found = result(folder, "metrics=[{name: chrf, label: 'a|b *c* <i>'}, bleu]")
    assert r"a\|b \*c\* \<i\>" in report(found).markdown()


def test_undefined_figures_are_null(folder):
    found = result(folder, "without=[some, few]")
    content = json.loads(report(found).to_json())
    pearson = [r for r in content["rows"] if r["level"] == "system"]
    assert pearson
    assert all(row["value"] is None for row in pearson)
    assert np.isnan([row.value for row in found.table.rows if row.level == "system"]).all()


def renumbered(folder, ids):
    """Write judgements.csv: those of the table, with `ids` in place of segments 1 to 8."""
    lines = ["system,segment,rater1,rater2"]
    for system, segment, _, one, other in rows():
        lines.append(f"{system},{ids(system, segment)},{one},{other}")
    (folder / "judgements.csv").write_text("\n".join(lines) + "\n")
    return "judgements.path=judgements.csv"


def test_ids_from_zero_are_refused_and_never_shifted(folder):
    setting = renumbered(folder, lambda _, segment: segment - 1)
    with pytest.raises(ValueError, match=r"quality: 6 of 48 judgements .* adding 1 to the ids"):
        result(folder, setting)
    allowed = result(folder, setting, "unmatched_tolerance=1")
    assert any(note.startswith("6 of 48 judgements are of segments") for note in allowed.notes)
    content = json.loads(report(allowed).to_json())
    assert content["findings"][0]["matching"]["judgements_without_text"] == {
        "count": 6,
        "of": 48,
        "examples": ["whole on segment '0'", "some on segment '0'", "few on segment '0'"],
    }


def metric_rows(found):
    """Return the rows without those of baselines, some of which are undefined."""
    return [r for r in found.table.rows if r.name in ("chrf", "bleu")]


def test_ids_of_pandas_are_the_same_numbers(folder):
    plain = metric_rows(result(folder))
    for ids in (
        lambda system, segment: f"{segment}.0",
        lambda system, segment: f"{segment}.0" if system == "few" else segment,
        lambda system, segment: f"00{segment}",
        lambda system, segment: f" {segment}",
    ):
        other = result(folder, renumbered(folder, ids))
        assert metric_rows(other) == plain
        assert any("segment ids are read as those of texts" in note for note in other.notes)


def test_an_absent_row_of_a_judged_output_is_refused_or_noted(folder):
    renumbered(folder, lambda _, segment: segment)
    lines = (folder / "rated.csv").read_text().splitlines(keepends=True)
    (folder / "texts.csv").write_text("".join(lines[:5] + lines[6:]))
    settings = "judgements.path=judgements.csv", "texts.path=texts.csv"
    with pytest.raises(ValueError, match="2 of 48 judgements have no text: whole on segment '5'"):
        result(folder, *settings)
    found = result(folder, *settings, "unmatched_tolerance=0.05")
    assert "2 of 48 judgements are of outputs that are absent: whole on segment '5', ..." in (
        found.notes
    )


def with_references(folder, second):
    """Write two.csv: the table with a second reference, as `second` returns for a segment."""
    lines = ["system,segment,output,reference,other,rater1,rater2"]
    for system, segment, output, one, other in rows():
        reference = " ".join(REFERENCE) if segment != 8 else second(segment)
        lines.append(f"{system},{segment},{output},{reference},{second(segment)},{one},{other}")
    (folder / "two.csv").write_text("\n".join(lines) + "\n")
    return "texts.path=two.csv", "texts.references=[reference, other]"


@pytest.mark.parametrize("blank", ["", "  ", "\u200b"])
def test_a_blank_reference_is_none_and_a_segment_without_one_is_not_scored(folder, blank):
    metrics = "metrics=[chrf, levenshtein, {name: bleu, system: corpus}]"
    found = result(folder, *with_references(folder, lambda _: blank), metrics)
    fault = "1 of 8 judged segments have no reference, and no score by chrf, levenshtein, bleu: '8'"
    assert fault in found.notes
    only = result(folder, metrics, "groups={first: [1, 7]}")
    figures = [[(row.name, row.value) for row in one.table.rows] for one in (found, only)]
    assert all(
        a == pytest.approx(b, nan_ok=True)
        for (name, a), (_, b) in zip(*figures, strict=True)
        if name in ("chrf", "levenshtein", "bleu")
    )


def test_references_that_are_all_blank_leave_nothing_to_compare(folder):
    lines = (folder / "rated.csv").read_text().replace(" ".join(REFERENCE) + ",", " ,")
    (folder / "none.csv").write_text(lines)
    with pytest.raises(ValueError, match="no metric scores half of what people judged"):
        result(folder, "texts.path=none.csv", "metrics=[chrf, {name: bleu, system: corpus}]")


def test_a_blank_output_is_scored_and_noted_an_absent_one_is_not(folder):
    lines = (folder / "rated.csv").read_text().splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:2], "", *cells[3:]])
    (folder / "blank.csv").write_text("\n".join(lines) + "\n")
    found = result(folder, "texts.path=blank.csv")
    fault = "1 judged outputs are blank, and scored as empty texts, not as absent"
    assert f"{fault}: whole on segment '3'" in found.notes
    assert next(row.n for row in found.table.rows if row.level == "segment") == 24


@pytest.mark.parametrize("segments", [1, 2, 8, 11])
def test_too_few_segments_have_no_interval_and_no_recommendation(folder, segments):
    (folder / "rated.csv").write_text(rated(segments))
    found = result(folder)
    (analysis,) = found.analyses
    assert all(row.low is row.high is None for row in found.table.rows)
    assert not analysis.conclusion.startswith("use")
    for level in ("segment", "system"):
        fault = f"no interval and no recommendation at {level} level: an interval needs at least"
        assert f"{fault} 12 segments, and has {segments}" in analysis.notes
