"""A checkpoint gives back what was saved, to the bit, and nothing in its file is run."""

import pytest
import torch

from ensemble.diversity.training.checkpoint import Checkpoint
from evaluation.records import DataError


def test_what_is_saved_comes_back(tmp_path):
    checkpoint = Checkpoint(tmp_path / "deep" / "run.checkpoint", "one")
    tensors = [torch.rand(2, 3), torch.tensor(7, dtype=torch.uint8), torch.zeros(0)]
    steps = {0: {"step": tensors[1], "betas": (0.9, 0.999)}, "none": None, "far": float("-inf")}
    checkpoint.save({"tensors": tensors[:1], "steps": steps, "empty": tensors[2], "same": steps})
    found = checkpoint.load()
    assert torch.equal(found["tensors"][0], tensors[0])
    assert found["steps"][0]["step"].dtype == torch.uint8
    assert found["steps"][0]["betas"] == [0.9, 0.999]
    assert (found["steps"]["none"], found["steps"]["far"]) == (None, float("-inf"))
    assert found["empty"].shape == (0,)
    assert list(found["same"]) == [0, "none", "far"]
    checkpoint.clear()
    assert checkpoint.load() is None


def test_a_checkpoint_of_another_run_is_not_taken_and_a_damaged_one_is_refused(tmp_path):
    file = tmp_path / "run.checkpoint"
    Checkpoint(file, "one").save({"done": 1})
    assert Checkpoint(file, "other").load() is None
    file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(DataError, match="checkpoint: "):
        Checkpoint(file, "one").load()
