"""Each kind of job, asked for as a client does and done for real: what it leaves, tells, says."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ensemble.training.artefact import Record, write
from evaluation.data.published_scores import LAYOUTS
from evaluation.records import DataError
from service.cli.app import app
from service.core.registered import TRAINED
from service.jobs import results
from service.jobs.child import Attempt, described
from service.jobs.kinds import JobContext, run
from service.jobs.requests import JobRequest, restore
from service.registry import folders
from tests import trained
from tests.asked import (
    BENCHMARK,
    COMBINE,
    DIAGNOSE,
    DIVERSIFY,
    GOLD,
    JUDGED,
    OUTPUTS,
    RATE,
    TRAIN,
    VALIDATE,
    lines,
)
from tests.raising import raises_code

REPORT = {"report.html", "report.json", "report.md", "figures.csv"}


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    return Attempt("job", "token", "", {}, {}, tmp_path / "state", None)


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have neural combiners trained in a few steps; how good they are is tested elsewhere."""
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 4)


class Told:
    """Progress that remembers: what was worked on, and how much of it."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def __call__(self, items: Iterable[Any], what: str, total: int | None = None) -> Iterator[Any]:
        self.of[what] = 0
        for item in items:
            yield item
            self.of[what] += 1


def do(attempt: Attempt, asked: Mapping[str, Any]) -> dict[str, int]:
    """Do what is asked in the folders of an attempt; return what was told of it."""
    order = JobRequest.model_validate(asked).root.order()
    results.prepare(attempt.folder, order.files)
    request = json.loads(json.dumps(order.request))  # as the database gives it back
    restored = restore(order.kind, request, order.files)
    told = Told()
    places = attempt.folder / "given", attempt.folder / "results", attempt.combiner
    bench = JobContext(*places, told, attempt.registered)
    run(restored, bench)
    return told.of


def left(attempt: Attempt) -> dict[str, Path]:
    names = [file.name for file in results.listing(attempt.folder)]
    return {name: attempt.folder / "results" / name for name in names}


def without_figures(files: Iterable[str]) -> set[str]:
    return {name for name in files if not name.startswith("figures/")}


def figures(path: Path) -> dict[tuple[str, str], float]:
    rows: Iterable[dict[str, Any]] = json.loads(path.read_text())["rows"]
    return {(row["name"], row["statistic"]): row["value"] for row in rows}


def test_combine(attempt: Attempt) -> None:
    told = do(attempt, COMBINE)
    files = left(attempt)
    assert set(files) == {"combined.txt", "evidence.jsonl", "table.json"}
    assert files["combined.txt"].read_text() == OUTPUTS["source.txt"]  # one of three is no half
    evidence = [json.loads(line) for line in files["evidence.jsonl"].read_text().splitlines()]
    assert len(evidence) == 20
    assert evidence[0]["candidates"][0]["voters"] == ["grammar"]
    found = figures(files["table.json"])
    assert (found["vote", "segments"], found["vote", "systems"]) == (20, 3)
    assert found["vote", "accepted"] == 0
    assert told == {"Combining": 1}


def test_combine_some_systems_of_a_folder_or_a_jsonl_file_without_the_evidence(
    attempt: Attempt,
) -> None:
    outputs = {"a": "He goes", "b": "He goes", "c": "He go"}
    line = json.dumps({"source": "He go", "outputs": outputs}) + "\n"
    do(attempt, {**COMBINE, "files": {"outputs.jsonl": line}, "evidence": False})
    files = left(attempt)
    assert set(files) == {"combined.txt", "table.json"}
    assert files["combined.txt"].read_text() == "He goes\n"
    do(attempt, {**COMBINE, "systems": ["grammar"], "combiner": "best-single"})
    assert files["combined.txt"].read_text() == OUTPUTS["grammar.txt"]


def test_combine_a_table_and_files_of_wmt(attempt: Attempt) -> None:
    table = "text,a,b,c\nHe go,He goes,He goes,He go\n"
    do(attempt, {**COMBINE, "files": {"x.csv": table}})
    assert left(attempt)["combined.txt"].read_text() == "He goes\n"
    columns = {"source": "c", "outputs": ["a", "te*"]}
    do(attempt, {**COMBINE, "files": {"x.csv": table}, "columns": columns, "outputs": "edits"})
    assert figures(left(attempt)["table.json"])["vote", "systems"] == 2
    wmt = {"src.en": "He go\n", "hyp.A.en": "He goes\n", "hyp.B.en": "He goes\n"}
    do(attempt, {**COMBINE, "files": wmt})
    assert left(attempt)["combined.txt"].read_text() == "He goes\n"


@pytest.mark.usefixtures("little")
def test_train_on_the_references_of_a_table(attempt: Attempt) -> None:
    rows = "".join(f"He go {i} times,He goes {i} times,He go {i} time\n" for i in range(20))
    asked = {"kind": "train", "files": {"x.csv": "source,target,a\n" + rows}, "report": False}
    with pytest.raises(ValueError, match=r"gold, references, scores and columns\.references"):
        do(attempt, asked)
    do(attempt, {**asked, "columns": {"references": ["target"]}, "outputs": "edits", "cv": 2})
    assert ("vote", "F0.5 of edits") in figures(left(attempt)["table.json"])


@pytest.mark.parametrize("combiner", ["vote", "agreement"])
def test_combine_in_chunks_as_on_the_command_line(
    attempt: Attempt, combiner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("ensemble.batch", "service.core.batch_combine"):
        monkeypatch.setattr(f"{place}.CHUNK", 3)
    told = do(attempt, {**COMBINE, "combiner": combiner})
    assert told == {"vote": {}, "agreement": {"Learning from all": 20}}[combiner] | {"Combining": 7}
    given, out = attempt.folder / "given", attempt.folder / "out.txt"
    evidence = attempt.folder / "evidence.jsonl"
    line = ["combine", given, "-o", out, "--evidence", evidence, "--combiner", combiner, "--json"]
    result = CliRunner().invoke(app, [*map(str, line)])
    assert result.exit_code == 0, result.output
    files = left(attempt)
    assert files["combined.txt"].read_bytes() == out.read_bytes()
    assert files["evidence.jsonl"].read_bytes() == evidence.read_bytes()
    assert files["table.json"].read_text() == result.stdout


@pytest.mark.usefixtures("little")
@pytest.mark.parametrize("name", ["neural", "type-selection"])
def test_train_and_combine_by_what_was_trained(attempt: Attempt, tmp_path: Path, name: str) -> None:
    told = do(attempt, {**TRAIN, "report": False, "combiner": name})
    files = left(attempt)
    assert {"combiner/manifest.json", "table.json"} < set(files)
    assert len(files) == 3
    found = figures(files["table.json"])
    assert 0 <= found[name, "F0.5 of edits"] <= 100
    assert ("vote", "F0.5 of edits") in found
    assert {"Reading", "Cross-validating"} <= set(told)
    using = Attempt(
        "other", "token", "", {}, {}, tmp_path / "state", attempt.folder / "results/combiner"
    )
    do(using, {**COMBINE, "combiner": TRAINED})
    table = json.loads(left(using)["table.json"].read_text())
    assert table["signature"].startswith(f"{name}|artefact:")
    assert "untrained" not in table["signature"]


def test_a_combiner_that_cannot_be_trained_or_combined_by_is_refused() -> None:
    for asked in ({**TRAIN, "combiner": "vote"}, {**COMBINE, "combiner": "logistic"}):
        with raises_code("unknown-combiner"):
            JobRequest.model_validate(asked).root.check()


@pytest.mark.usefixtures("little")
@pytest.mark.parametrize("labels", ["gold", "scores"])
def test_train_by_other_labels(attempt: Attempt, labels: str) -> None:
    rows = lines("grammar,{0},5\nspeller,{0},3\nwrong,{0},1", 21).splitlines(keepends=True)[3:]
    scores = "system,segment,score\n" + "".join(rows)
    given = {**OUTPUTS, "gold": GOLD, "scores": scores}
    asked = {**TRAIN, "files": given, "references": [], labels: labels, "report": False}
    do(attempt, asked)
    statistic = {"gold": "F0.5 of edits", "scores": "mean score"}[labels]
    assert ("neural", statistic) in figures(left(attempt)["table.json"])


@pytest.mark.usefixtures("little")
def test_train_draws_a_page(attempt: Attempt) -> None:
    pytest.importorskip("matplotlib", reason="plots are in consort[report]")
    told = do(attempt, {**TRAIN, "systems": ["grammar", "speller"]})
    assert "What the combiner learnt" in left(attempt)["report.html"].read_text()
    assert told["Leaving each system out"] == 2


def test_train_metric(
    attempt: Attempt, encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "encoder").symlink_to(encoder_folder)
    monkeypatch.chdir(tmp_path)  # where a name is looked for before the hub
    told = do(attempt, RATE)
    files = left(attempt)
    assert {"metric/manifest.json", "table.json"} < set(files)
    assert figures(files["table.json"])["manners", "Spearman"] > 0
    assert json.loads(files["metric/manifest.json"].read_text())["name"] == "manners"
    assert {"Tuning", "Epoch"} <= set(told)


def test_benchmark(attempt: Attempt) -> None:
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    told = do(attempt, BENCHMARK)
    files = left(attempt)
    assert without_figures(files) == REPORT | {"table.tex"}
    found = json.loads(files["report.json"].read_text())
    ranking = found["findings"][0]["comparisons"][0]["ranking"]
    assert {one["metric"] for one in ranking} == {"chrf-source", "bleu-source"}
    assert told["Comparing"] == 1


def test_validate(attempt: Attempt) -> None:
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    told = do(attempt, VALIDATE)
    files = left(attempt)
    assert without_figures(files) == REPORT
    found = json.loads(files["report.json"].read_text())
    assert found["size"]["sentences"] == 20
    assert {one["metric"] for one in found["findings"]} == {"maxmatch", "chrf"}
    assert found["seeds"]
    assert told


def test_diversify(attempt: Attempt) -> None:
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    told = do(attempt, DIVERSIFY)
    files = left(attempt)
    assert REPORT | {"seed-1/marginal/manifest.json"} < set(files)
    found = figures(files["report.json"])
    assert found["marginal", "combined F0.5"] >= found["untouched", "combined F0.5"]
    assert "Training, seed 1: marginal" in told


def test_diagnose(attempt: Attempt) -> None:
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    told = do(attempt, DIAGNOSE)
    files = left(attempt)
    assert without_figures(files) == REPORT
    assert figures(files["report.json"])["oracle", "F0.5 of edits"] == 100
    assert told


def with_file(asked: Mapping[str, Any], name: str, content: str) -> dict[str, Any]:
    return {**asked, "files": {**asked["files"], name: content}}


BAD = {
    "combine, lines missing": (
        with_file(COMBINE, "wrong.txt", "one\n"),
        "wrong.txt: 1 lines, but source.txt has 20",
    ),
    "combine, a line that is no object of ours": (
        {**COMBINE, "files": {"all.jsonl": '{"source": 1, "outputs": {}}\n'}},
        "all.jsonl:1: source: Input should be a valid string",
    ),
    "combine, two files": (
        {**COMBINE, "files": {"all.jsonl": "", "more.jsonl": ""}},
        "more.jsonl: is a second file beside all.jsonl; only one is read",
    ),
    "combine, nobody": (
        {**COMBINE, "systems": ["nobody"]},
        "given: no 'nobody'; available: grammar, speller, wrong",
    ),
    "train": (
        with_file({**TRAIN, "references": [], "gold": "gold.m2"}, "gold.m2", "A\n"),
        "gold.m2:1: a sentence must start with 'S ', not 'A'",
    ),
    "train, scores": (
        with_file({**TRAIN, "references": [], "scores": "s.csv"}, "s.csv", "system\na\n"),
        f"s.csv:1: no column score, segment; there are system; read are {LAYOUTS}",
    ),
    "train-metric": (
        with_file(RATE, "rated.csv", "sentence,label\na,high\n"),
        "rated.csv:2: label 'high' is not a number",
    ),
    "benchmark": (
        with_file(BENCHMARK, "rated.csv", JUDGED.replace(",21\n", ",high\n")),
        "rated.csv:2: score 'high' is not a number",
    ),
    "benchmark, shipped": (
        {**BENCHMARK, "config": "lai2022"},
        "formality/lai2022/lai2022_long.tsv: cannot be read: No such file or directory",
    ),
    "validate": (
        with_file(VALIDATE, "gold.m2", "S a\nA x\n"),
        "gold.m2:2: expected 'A start end' and 5 more fields, each after '|||'",
    ),
    "diversify": (
        with_file(DIVERSIFY, "odd.txt", "one\n"),
        "odd.txt: 1 lines, but source.txt has 20",
    ),
    "diagnose": (
        with_file(DIAGNOSE, "target.txt", "one\n"),
        "target.txt: 1 lines, but source.txt has 20",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_data_that_is_bad_is_named_as_its_giver_knows_it(attempt: Attempt, case: str) -> None:
    asked, words = BAD[case]
    with pytest.raises(DataError) as failed:
        do(attempt, asked)
    assert described(failed.value, attempt) == words
    assert not left(attempt)


def test_what_is_the_operators_is_named_without_the_folders_around_it(
    attempt: Attempt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSORT_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError) as failed:
        do(attempt, {"kind": "validate", "config": "conll14"})
    assert described(failed.value, attempt).startswith("gec/maege/")
    using = Attempt("job", "token", "", {}, {}, tmp_path / "state", tmp_path / "trained" / "mine")
    with pytest.raises(DataError) as failed:
        do(using, {**COMBINE, "combiner": "trained"})
    assert described(failed.value, using).startswith("mine/manifest.json: cannot be read")


@pytest.mark.parametrize(
    ("asked", "text"), [({}, "See a.org/teh\n"), ({"protect": False}, "See a.org/the\n")]
)
def test_protected_text_is_left_alone_unless_asked_otherwise(
    attempt: Attempt, asked: dict[str, bool], text: str
) -> None:
    source, changed = "See a.org/teh\n", "See a.org/the\n"
    files = {"source.txt": source, "a.txt": changed, "b.txt": changed, "c.txt": source}
    do(attempt, {"kind": "combine", "files": files, "outputs": "edits", **asked})
    assert left(attempt)["combined.txt"].read_text() == text


def test_a_registered_combiner_makes_what_the_command_makes_of_its_folder(tmp_path: Path) -> None:
    state, digest = tmp_path / "state", "d" * 64
    folder = folders.folder(state, digest)
    write(folder, trained.combiner("able"), Record("", {}, []))
    answers = [trained.outputs(i) for i in range(12)]
    files = {f"{s}.txt": "".join(f"{a[s]}\n" for a in answers) for s in trained.SYSTEMS}
    request = {"kind": "combine", "files": files, "combiner": "mine@3"}
    using = Attempt("job", "token", "", request, {}, state, None, digest)
    do(using, request)
    given = tmp_path / "given"
    given.mkdir()
    for name, text in files.items():
        (given / name).write_text(text)
    asked = ["combine", given, "--combiner", folder, "-o", tmp_path / "out.txt"]
    asked += ["--evidence", tmp_path / "out.jsonl"]
    result = CliRunner().invoke(app, list(map(str, asked)))
    assert result.exit_code == 0, result.output
    assert left(using)["combined.txt"].read_bytes() == (tmp_path / "out.txt").read_bytes()
    assert left(using)["evidence.jsonl"].read_bytes() == (tmp_path / "out.jsonl").read_bytes()
    (folder / "manifest.json").unlink()
    with pytest.raises(DataError) as failed:
        do(using, request)
    assert described(failed.value, using).startswith("mine@3/manifest.json: cannot be read")


def test_a_job_combines_with_the_scores_of_judges(attempt: Attempt) -> None:
    votes = {
        "a.txt": "yes\nno\nyes\nno\nyes\n",
        "b.txt": "yes\nno\nyes\nno\nyes\n",
        "c.txt": "yes\nno\nyes\nno\nno\n",
        "d.txt": "no\nyes\nno\nyes\nno\n",
    }
    rows = [f"d,{name},{i},{score}" for i in range(1, 5) for name, score in (("a", 9), ("d", 2))]
    scores = "\n".join(["judge,system,segment,score", *rows, "d,a,5,1", "d,d,5,8", ""])
    asked = {
        "kind": "combine",
        "files": {**votes, "judges.csv": scores},
        "combiner": "neural",
        "outputs": "labels",
    }
    combined = attempt.folder / "results" / "combined.txt"
    do(attempt, {**asked, "recuse": False})
    assert combined.read_text().split() == ["yes", "no", "yes", "no", "no"]
    do(attempt, asked)  # the judge `d` does not judge itself
    assert combined.read_text().split() == ["yes", "no", "yes", "no", "yes"]
