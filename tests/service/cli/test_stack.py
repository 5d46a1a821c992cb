"""`consort combine` and `train` with `--stack`: a YAML file of combiners."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ensemble.testing.planted import planted_segments
from service.cli.app import app

SKILLS = {"able": 0.9, "fair": 0.6, "poor": 0.3}
STACK = """version: 1
kind: edits
levels: [{name: first, combiner: LEVEL}, {name: second, combiner: agreement}]
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    segments, references = planted_segments("edits", 60, SKILLS)
    columns = {s: [str(segment.hypotheses[s]) for segment in segments] for s in SKILLS}
    columns |= {"source": [segment.source for segment in segments], "target": references}
    for name, lines in columns.items():
        (tmp_path / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    return tmp_path


def stack(folder: Path, level: str) -> Path:
    path = folder / "stack.yaml"
    path.write_text(STACK.replace("LEVEL", level))
    return path


def test_a_stack_combines_and_its_evidence_names_systems_and_levels(folder: Path) -> None:
    evidence = folder / "evidence.jsonl"
    path = stack(folder, "vote")
    made = run("combine", folder, "--stack", path, "-o", folder / "_out.txt",
               "--evidence", evidence)  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "first=(vote|" in made.output
    lines = evidence.read_text().splitlines()
    candidates = [c for line in lines for c in json.loads(line)["candidates"]]
    accepted = [c for c in candidates if c["accepted"]]
    assert accepted
    for candidate in accepted:
        assert set(candidate["voters"]) <= set(SKILLS)
        assert set(candidate["levels"]) <= {"first", "second"}
    parquet = run("combine", folder, "--stack", path, "-o", folder / "out.parquet")
    assert parquet.exit_code == 0, parquet.output


def test_a_trained_stack_is_one_folder_that_combines(folder: Path) -> None:
    given = ["--reference", folder / "target.txt", "--cv", 2, "-o", folder / "artefact"]
    path = stack(folder, "logistic")
    made = run("train", folder, *given, "--stack", path)
    assert made.exit_code == 0, made.output
    assert "stack:first+second" in made.output
    manifest = json.loads((folder / "artefact" / "manifest.json").read_text())
    assert manifest["learner"] == "stack"
    assert [level["term"] for level in manifest["learnt"]["levels"]] == ["logistic", "agreement"]
    made = run("combine", folder, "--combiner", folder / "artefact", "-o", folder / "_out.txt")
    assert made.exit_code == 0, made.output
    assert len((folder / "_out.txt").read_text().splitlines()) == 60


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--combiner", "vote"], "leave out --combiner"),
        (["--votes", 2], "leave out --votes"),
        (["--kind", "texts"], "stack combines edits, not texts"),
    ],
)
def test_options_that_contradict_a_stack_are_named(
    folder: Path, options: list[object], fault: str
) -> None:
    path = stack(folder, "vote")
    refused = run("combine", folder, "--stack", path, "-o", folder / "_out.txt", *options)
    assert refused.exit_code != 0
    assert fault in refused.stderr
    if "--votes" not in options:
        given = ["--reference", folder / "target.txt", "-o", folder / "artefact"]
        refused = run("train", folder, *given, "--stack", path, *options)
        assert fault in refused.stderr


def test_a_stack_that_has_to_be_trained_says_so(folder: Path) -> None:
    path = stack(folder, "logistic")
    refused = run("combine", folder, "--stack", path, "-o", folder / "_out.txt")
    assert "the level 'first' needs labels: train the stack by" in refused.stderr
    path.write_text("version: 1\n")
    refused = run("combine", folder, "--stack", path, "-o", folder / "_out.txt")
    assert "kind: Field required" in refused.stderr
