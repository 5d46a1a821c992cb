"""Answers of four language models to GSM8K: the accuracy of the text that is chosen."""

import csv
from dataclasses import replace

import pytest

from ensemble.candidates import collect_all
from ensemble.combiners.base import combine_all
from ensemble.combiners.registry import create
from ensemble.targets import from_scores
from ensemble.training.cross_validation import counts
from evaluation.data.judge_scores import recuse
from evaluation.data.readers import read_folder

SYSTEMS = ["Llama-3.1-8B", "Mistral-7B", "Qwen2-7B", "Qwen2.5-7B"]


@pytest.fixture(scope="module")
def gsm8k(data):
    folder = data / "llm" / "gsm8k"
    if not folder.is_dir():
        pytest.skip("the development data has no llm/gsm8k")
    segments = list(map(recuse, read_folder(folder, SYSTEMS)))
    with (folder / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    scores = {(row["system"], int(row["segment"])): float(row["score"]) for row in rows}
    return segments, scores


def accuracy_of(name, segments, scores):
    ballots = list(collect_all(segments, "texts"))
    combined = combine_all(ballots, create(name).fit(ballots))
    return 100 * counts(combined, from_scores(ballots, scores))[:, 0].mean()


@pytest.mark.parametrize(("name", "accuracy"), [("vote", 79.25), ("mbr", 91.75), ("neural", 91.75)])
def test_accuracy_without_labels(gsm8k, name, accuracy):
    segments, scores = gsm8k
    alone = [replace(segment, scores={}) for segment in segments]
    assert accuracy_of(name, alone, scores) == pytest.approx(accuracy)


def test_accuracy_without_labels_and_with_the_scores_of_judges(gsm8k):
    assert accuracy_of("neural", *gsm8k) == pytest.approx(93.25)
