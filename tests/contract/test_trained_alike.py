"""Whatever combiner `consort train` trains is uploaded, promoted and served in the same way."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from ensemble.loading import load_combiner
from ensemble.testing.planted import planted_segments
from evaluation.records import Segment
from service.cli.app import app

Serve = Callable[..., TestClient]
SKILLS = {"able": 0.95, "poor": 0.1, "weak": 0.1}
N = 60


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """How well the neural combiner learns is tested elsewhere."""
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 60)
    monkeypatch.setattr("ensemble.combiners.stack.learning._FOLDS", 2)


ALL = pytest.mark.parametrize("name", ["logistic", "neural", "stack", "type-selection"])


@pytest.fixture
def folder(name: str, tmp_path: Path) -> Path:
    """The folder that `consort train --combiner NAME` writes."""
    segments, references = planted_segments("edits", 4 * N, SKILLS)
    outputs = {s: [segment.hypotheses[s] for segment in segments] for s in SKILLS}
    columns = {"source": [segment.source for segment in segments], "target": references, **outputs}
    for file, lines in columns.items():
        (tmp_path / f"{file}.txt").write_text("".join(f"{line}\n" for line in lines))
    given = ["train", tmp_path, "--reference", tmp_path / "target.txt", "--cv", 2]
    options = ["--combiner", name, "-o", tmp_path / "combiner"]
    result = CliRunner().invoke(app, list(map(str, [*given, *options])))
    assert result.exit_code == 0, result.output
    return tmp_path / "combiner"


def segment_and_target() -> tuple[Segment, str]:
    """A segment in which `able` alone is right, so that the vote is wrong."""
    segments, references = planted_segments("edits", N, SKILLS, seed=5)
    pairs = zip(segments, references, strict=True)
    return next(
        (segment, target) for segment, target in pairs
        if segment.hypotheses["able"] == target and "x" not in str(segment.hypotheses["poor"])
    )  # fmt: skip


def ask(client: TestClient, segment: Segment, combiner: str) -> Mapping[str, Any]:
    body = {"source": segment.source, "outputs": segment.hypotheses, "combiner": combiner}
    response = client.post("/v1/combine", json=body)
    assert response.is_success, response.text
    return response.json()


@ALL
def test_it_is_uploaded_promoted_by_evidence_and_combines_by_name(
    serve: Serve, folder: Path, name: str, tmp_path: Path
) -> None:
    client = serve(state=tmp_path / "state", poll_s=0.05)
    (weights,) = folder.glob("*.safetensors")
    form = {"manifest": (folder / "manifest.json").read_bytes(), "weights": weights.read_bytes()}
    uploaded = client.post("/v1/combiners/mine", files=form)
    assert uploaded.status_code == 201, uploaded.text
    assert uploaded.json()["signature"] == load_combiner(folder).signature
    assert client.get("/v1/combiners/mine/1").json()["manifest"]["learner"] == name

    segments, references = planted_segments("edits", N, SKILLS, seed=9)
    evidence = [
        {"source": f"{i} {s.source}", "references": [f"{i} {target}"],
         "outputs": {system: f"{i} {text}" for system, text in s.hypotheses.items()}}
        for i, (s, target) in enumerate(zip(segments, references, strict=True))
    ]  # fmt: skip
    body = {"version": 1, "evidence": {"segments": evidence}}
    promoted = client.post("/v1/combiners/mine/aliases/champion", json=body)
    assert promoted.status_code == 200, promoted.text
    assert promoted.json()["evidence"]["low"] > 0

    segment, target = segment_and_target()
    answer = ask(client, segment, "mine")
    assert answer["text"] == target != ask(client, segment, "vote")["text"]
    signature = f"{load_combiner(folder).signature}|kind:edits"
    calibrated = name != "type-selection"  # its probabilities are 0 and 1
    assert answer["combiner"] == {
        "name": "mine", "version": "1", "signature": signature, "calibrated": calibrated
    }  # fmt: skip


@ALL
def test_the_one_in_the_settings_combines_by_what_it_is(
    serve: Serve, folder: Path, name: str, tmp_path: Path
) -> None:
    client = serve(combiner=folder, state=tmp_path / "state")
    segment, target = segment_and_target()
    answer = ask(client, segment, "trained")
    assert answer["text"] == target
    assert answer["combiner"]["name"] == "trained"
    listed = client.get("/v1/combiners").json()
    assert (listed["trained"]["learner"], listed["trained"]["kind"]) == (name, "edits")
    # What needs no labels without training keeps its name; any other name can mean this one only.
    other = ask(client, segment, name)
    assert other["combiner"]["calibrated"] == (name not in ("neural", "type-selection"))
    assert (other == answer) == (name not in listed["builtin"])
    files = {"source.txt": f"{segment.source}\n"}
    files |= {f"{system}.txt": f"{text}\n" for system, text in segment.hypotheses.items()}
    job = {"kind": "combine", "files": files, "outputs": "edits", "combiner": "trained"}
    assert client.post("/v1/jobs", json=job).status_code == 202


def assert_damaged(client: TestClient, manifest: Mapping[str, Any], weights: bytes) -> None:
    form = {"manifest": json.dumps(manifest), "weights": weights}
    refused = client.post("/v1/combiners/mine", files=form)
    assert refused.status_code == 422, refused.text
    assert refused.json()["type"] == "/problems/artefact-damaged"


@ALL
def test_an_upload_that_was_tampered_with_is_refused(
    serve: Serve, folder: Path, tmp_path: Path
) -> None:
    client = serve(state=tmp_path / "state")
    (weights,) = folder.glob("*.safetensors")
    manifest = json.loads((folder / "manifest.json").read_text())
    for change in (
        {"learner": "vote"},
        {"learner": "nonsense"},
        {"learnt": {}},
        {"learnt": {**manifest["learnt"], "extra": 1}},
        {"learnt": {"many": ["x"] * 5000}},
    ):
        assert_damaged(client, {**manifest, **change}, weights.read_bytes())
    assert not list((tmp_path / "state" / "combiners").iterdir())


@pytest.mark.parametrize("name", ["logistic", "type-selection"])
def test_an_upload_about_other_systems_is_refused(
    serve: Serve, folder: Path, tmp_path: Path
) -> None:
    client = serve(state=tmp_path / "state")
    (weights,) = folder.glob("*.safetensors")
    manifest = json.loads((folder / "manifest.json").read_text())
    change = {"systems": ["other"], "shared": [[1.0]], "made": [[1.0]]}
    assert_damaged(client, {**manifest, **change}, weights.read_bytes())
