"""A `fuse` that was trained is uploaded, promoted and served as other trained combiners are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from ensemble.loading import load_combiner
from ensemble.testing.planted import planted_segments
from service.cli.app import app

Serve = Callable[..., TestClient]
SKILLS = {"able": 0.95, "poor": 0.1, "weak": 0.1, "worse": 0.1}
N = 60


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that `consort train --combiner fuse` writes, and what it prints."""
    folder = tmp_path_factory.mktemp("calls")
    segments, references = planted_segments("texts", 2 * N, SKILLS)
    outputs = {s: [segment.hypotheses[s] for segment in segments] for s in SKILLS}
    for file, lines in {"target": references, **outputs}.items():
        (folder / f"{file}.txt").write_text("".join(f"{line}\n" for line in lines))
    given = ["train", folder, "--kind", "texts", "--reference", folder / "target.txt", "--cv", 2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ensemble.combiners.neural.optimise._STEPS", 60)
        options = ["--combiner", "fuse", "-o", folder / "combiner"]
        result = CliRunner().invoke(app, list(map(str, [*given, *options])))
    assert result.exit_code == 0, result.output
    return folder / "combiner", result.output


def ask(client: TestClient, outputs: object, combiner: str) -> Any:
    body = {"source": "a call", "outputs": outputs, "combiner": combiner}
    response = client.post("/v1/combine", json=body)
    assert response.is_success, response.text
    return response.json()


def test_the_report_scores_its_texts_beside_the_untrained(files: tuple[Path, str]) -> None:
    scores = json.loads((files[0] / "manifest.json").read_text())["scores"]
    by_name = {(row["name"], row["statistic"]): row["value"] for row in scores}
    for statistic in ("mean score", "word error rate"):
        assert {"vote", "mbr", "fuse untrained", "best single by labels", "fuse"} <= {
            name for name, other in by_name if other == statistic
        }
    rates = [by_name[name, "word error rate"] for name in ("fuse", "fuse untrained", "vote")]
    assert rates[0] < rates[1] - 5
    assert by_name["fuse", "fewer word errors"] > 0
    assert by_name["fuse", "calibration error"] < 0.2
    assert "fuse is better than the vote" in files[1]


def test_it_is_uploaded_promoted_by_evidence_and_fuses_by_name(
    serve: Serve, files: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = files
    client = serve(state=tmp_path / "state", poll_s=0.05)
    (weights,) = folder.glob("*.safetensors")
    form = {"manifest": (folder / "manifest.json").read_bytes(), "weights": weights.read_bytes()}
    uploaded = client.post("/v1/combiners/mine", files=form)
    assert uploaded.status_code == 201, uploaded.text
    segments, references = planted_segments("texts", N, SKILLS, seed=9)
    evidence = [
        {"source": f"{i}", "references": [target], "outputs": segment.hypotheses}
        for i, (segment, target) in enumerate(zip(segments, references, strict=True))
    ]
    body = {"version": 1, "evidence": {"segments": evidence}}
    promoted = client.post("/v1/combiners/mine/aliases/champion", json=body)
    assert promoted.status_code == 200, promoted.text
    assert promoted.json()["evidence"]["low"] > 0
    answers = [ask(client, segment.hypotheses, "mine") for segment in segments]
    assert answers[0]["combiner"]["signature"] == f"{load_combiner(folder).signature}|kind:texts"
    fused = [answer for answer in answers if answer["backbone"] not in (None, answer["text"])]
    assert fused
    assert all(answer["combiner"]["calibrated"] for answer in fused)


def test_the_one_in_the_settings_fuses_beside_the_untrained(
    serve: Serve, files: tuple[Path, str], tmp_path: Path
) -> None:
    client = serve(combiner=files[0], state=tmp_path / "state")
    segments, references = planted_segments("texts", N, SKILLS, seed=5)
    right = {
        term: sum(
            ask(client, segment.hypotheses, term)["text"] == target
            for segment, target in zip(segments, references, strict=True)
        )
        for term in ("trained", "fuse", "fuse:window=3")
    }
    assert right["trained"] > max(right["fuse"], right["fuse:window=3"])


@pytest.mark.parametrize(
    "change",
    [
        {"learnt": {}},
        {"learnt": {"window": 0, "changes": {}}},
        {"learnt": {"window": 10**9, "changes": {}}},
        {"kind": "edits"},
        {"learner": "neural"},
    ],
)
def test_an_upload_that_was_tampered_with_is_refused(
    serve: Serve, files: tuple[Path, str], tmp_path: Path, change: dict[str, Any]
) -> None:
    client = serve(state=tmp_path / "state")
    (weights,) = files[0].glob("*.safetensors")
    manifest = {**json.loads((files[0] / "manifest.json").read_text()), **change}
    form = {"manifest": json.dumps(manifest), "weights": weights.read_bytes()}
    refused = client.post("/v1/combiners/mine", files=form)
    assert refused.status_code == 422, refused.text
    assert refused.json()["type"] == "/problems/artefact-damaged"
