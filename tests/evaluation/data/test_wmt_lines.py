"""JSON lines of WMT24 and WMT25, and `.seg.score` files of mt-metrics-eval."""

import json

import numpy as np
import pytest

from evaluation.data.segment_scores import read_segment_scores
from evaluation.data.wmt_lines import read_wmt_judgements, wmt_lines
from evaluation.records import DataError


def line(segment="en-cs_#_1", **other):
    scores = {
        "A": [{"score": "80", "annotator": "x", "errors": []}, {"score": 60, "annotator": "x"}],
        "B": [{"score": 20, "annotator": "y", "errors": [], "times": [1, 2]}],
    }
    content = {"src_text": "s", "tgt_text": {"A": "a", "B": "b", "refA": "r"}, "scores": scores}
    return json.dumps({"doc_id": segment, **content, **other})


def write(tmp_path, *lines, name="humeval.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def test_scores_and_texts(tmp_path):
    path = write(tmp_path, line(), line("en-de_#_1"))
    (found,) = wmt_lines(path, "en-cs_")
    assert (found.source, found.outputs["B"]) == ("s", "b")
    judgements = read_wmt_judgements(path, "en-cs_")
    assert judgements.raters == ("x", "x (2)", "y")
    assert judgements.mean.tolist() == [[70], [20]]
    assert len(read_wmt_judgements(path).segments) == 2


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"doc_id": ""}, "doc_id is missing"),
        ({"src_text": None}, "src_text is missing"),
        ({"tgt_text": {"A": 1}}, "tgt_text is missing or not an object of texts"),
        ({"scores": []}, "scores is not an object"),
        ({"scores": {"A": 3}}, "scores of A are not a list"),
        ({"scores": {"A": [{"score": 3}]}}, "a score of A lacks an annotator"),
        ({"scores": {"A": [{"score": "nan", "annotator": "x"}]}}, "a score of A lacks"),
    ],
)
def test_faults_name_the_line(tmp_path, other, message):
    path = write(tmp_path, line("en-cs_#_0"), line(**other))
    with pytest.raises(DataError, match=message) as error:
        read_wmt_judgements(path)
    assert "humeval.jsonl:2:" in str(error.value)


def test_a_prefix_that_no_segment_has(tmp_path):
    with pytest.raises(DataError, match="no doc_id begins with 'fr-'"):
        read_wmt_judgements(write(tmp_path, line()), "fr-")


def test_lines_of_a_system_are_its_segments(tmp_path):
    path = write(tmp_path, "A\t0.5", "A\tNone", "B\t-1", "B\t2", name="en-de.mqm.seg.score")
    found = read_segment_scores(path)
    assert (found.systems, found.segments) == (("A", "B"), ("1", "2"))
    assert np.array_equal(found.values[0], [[0.5, np.nan], [-1, 2]], equal_nan=True)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["A 0.5"], r":1: has 1 cells; it must be system and score"),
        (["A\t1", "B\tx"], r":2: score 'x' is not a number"),
        (["A\t1", "A\t2", "B\t1"], "2 lines of A, but 1 of B"),
    ],
)
def test_faults_of_segment_scores(tmp_path, lines, message):
    with pytest.raises(DataError, match=message):
        read_segment_scores(write(tmp_path, *lines, name="x.seg.score"))
