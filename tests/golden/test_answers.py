"""Answers of four language models to GSM8K: the accuracy of the text that is chosen."""

import csv

import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.registry import create
from ensemble.targets import from_scores
from ensemble.training.cross_validation import counts
from evaluation.data.readers import read_folder

SYSTEMS = ["Llama-3.1-8B", "Mistral-7B", "Qwen2-7B", "Qwen2.5-7B"]


@pytest.fixture(scope="module")
def gsm8k(data):
    folder = data / "llm" / "gsm8k"
    if not folder.is_dir():
        pytest.skip("the development data has no llm/gsm8k")
    ballots = list(collect_all(read_folder(folder, SYSTEMS), "texts"))
    with (folder / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    scores = {(row["system"], int(row["segment"])): float(row["score"]) for row in rows}
    return ballots, from_scores(ballots, scores)


@pytest.mark.parametrize(("name", "accuracy"), [("vote", 79.25), ("mbr", 91.75), ("neural", 91.75)])
def test_accuracy_without_labels(gsm8k, name, accuracy):
    ballots, targets = gsm8k
    chosen = counts(combine_all(ballots, create(name).fit(ballots)), targets)
    assert 100 * chosen[:, 0].mean() == pytest.approx(accuracy)
