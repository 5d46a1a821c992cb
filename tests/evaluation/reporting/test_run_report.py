"""The report of a run: one content in three formats, whatever the names are."""

import json
from dataclasses import replace
from math import inf, nan
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reporting.markdown import escaped, markdown_rows
from evaluation.reporting.page import Section
from evaluation.reporting.plots import bars
from evaluation.reporting.run_report import RunReport
from evaluation.reporting.table import Row, Table


def report(name="run", verdicts=(), notes=(), findings=None):
    table = Table(
        [Row("chrf", "system", "pearson", nan), Row("b|c", "system", "r", 0.5, 0, 1, 9)], "s"
    )
    return RunReport(
        "Study", name, verdicts, notes, table, findings or {},
        lambda: markdown_rows(table.rows), lambda: [Section("Figures", table=table)],
    )  # fmt: skip


def test_what_is_not_finite_is_null_in_json():
    content = json.loads(report(findings={"curve": np.array([1.0, inf]), "n": {1: -inf}}).to_json())
    assert content["curve"] == [1, None]
    assert content["n"] == {"1": None}
    assert content["rows"][0]["value"] is None


def test_rows_are_lines_of_a_table():
    lines = markdown_rows(report().table.rows)
    assert lines[2:] == [
        "| chrf | system | pearson | – |  |  |",
        r"| b\|c | system | r | 0.500 | 0.000 to 1.000 | 9 |",
    ]


@given(st.text(), st.text(), st.text())
def test_texts_of_users_are_shown_as_they_are(name, verdict, note):
    made = report(name, [verdict], [note])
    lines = made.markdown().splitlines()
    assert lines[0] == f"# Study: {escaped(name)}"
    assert lines[2] == f"- {escaped(verdict)}."
    assert "<script" not in made.html().lower()
    assert json.loads(made.to_json())["verdicts"] == [verdict]


def test_the_files_of_a_report(tmp_path):
    made = report()
    paths = made.write(tmp_path / "deep" / "out")
    names = [path.name for path in paths]
    assert names == ["report.json", "report.md", "report.html", "figures.csv"]
    assert json.loads(paths[0].read_text()) == json.loads(made.to_json())
    lines = paths[3].read_text().splitlines()
    assert lines == [
        "name,level,statistic,value,low,high,n,group,dimension,p",
        "chrf,system,pearson,,,,,,,",
        "b|c,system,r,0.5,0,1,9,,,",
    ]


def test_each_figure_of_the_page_is_two_files(tmp_path):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    sections = [Section(h, (), bars(["a"], [1], [0], [2], "x")) for h in ("A / b", "../é", "A b")]
    made = replace(report(), sections=lambda: sections)
    files = made.files()
    names = ["01-a-b", "02", "03-a-b"]
    assert list(files)[4:] == [f"figures/{n}.{form}" for n in names for form in ("svg", "pdf")]
    assert ElementTree.fromstring(files["figures/02.svg"]).tag.endswith("svg")
    assert files["figures/02.pdf"].startswith(b"%PDF")
    assert made.files() == files
    written = made.write(tmp_path)
    assert [path.read_bytes() for path in written] == list(files.values())


def test_all_files_or_none(tmp_path):
    def fails():
        raise ImportError("figures need: pip install")

    with pytest.raises(ImportError):
        replace(report(), sections=fails).write(tmp_path / "out")
    assert not (tmp_path / "out").exists()
