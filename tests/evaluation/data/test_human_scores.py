"""Scores by people, read from CSV; each fault names its line."""

import pytest

from evaluation.data.human_scores import read_scores
from evaluation.data.numbers import MISSING
from evaluation.records import DataError


def test_scores(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("segment,system,score\n1,a,-2.5\n2,a,\n1,b,3\n")
    assert read_scores(path) == {("a", 1): -2.5, ("b", 1): 3.0}


@pytest.mark.parametrize("marker", [*MISSING, " "])
def test_markers_of_missing_scores(tmp_path, marker):
    path = tmp_path / "scores"
    path.write_text(f"Segment;System;Score\n1;a;{marker}\n;;\n2;a;1\n")
    assert read_scores(path) == {("a", 2): 1.0}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "1: no column score, segment, system"),
        ("system,score\na,1\n", "1: no column segment"),
        ("system,segment,score\na,0,1\n", "2: segment '0' is not a whole number from 1"),
        ("system,segment,score\na,one,1\n", "2: segment 'one' is not a whole number from 1"),
        ("system,segment,score\na,1,high\n", "2: score 'high' is not a number"),
        ("system,segment,score\na,1,inf\n", "2: score 'inf' is not a finite number"),
        ("system;segment;score\na;1;4,5\n", "2: score '4,5' is not a number; its decimal sign"),
        ("system,segment,score\na,1\n", "2: "),
        ("system,segment,score\na,1,2\na,1,3\n", "3: a is scored twice on segment 1"),
    ],
)
def test_scores_that_are_none(tmp_path, content, message):
    path = tmp_path / "scores.csv"
    path.write_text(content)
    with pytest.raises(DataError) as error:
        read_scores(path)
    assert str(error.value).startswith(f"{path}:{message}")
