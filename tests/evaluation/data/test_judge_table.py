"""Writing `judges.csv`."""

import pytest

from evaluation.data.judge_scores import read_judges
from evaluation.data.judge_table import add_judges
from evaluation.errors import DataError


def test_scores_by_other_judges_are_kept_and_older_ones_replaced(tmp_path):
    path = tmp_path / "judges.csv"
    add_judges(path, ["x"], [("x", "a", 1, 0.5), ("x", "b, c", 1, -2)])
    add_judges(path, ["y"], [("y", "a", 2, 1e-7)])
    add_judges(path, ["x"], [("x", "a", 1, 3.0)])
    found = read_judges(tmp_path, ["a", "b, c"], 2)
    assert found == {1: {"x": {"a": 3.0}}, 2: {"y": {"a": 1e-7}}}


def test_a_file_of_another_kind_is_left_alone(tmp_path):
    path = tmp_path / "judges.csv"
    path.write_text("name,score\na,1\n")
    with pytest.raises(DataError, match="no column judge"):
        add_judges(path, ["x"], [("x", "a", 1, 0.5)])
    assert path.read_text() == "name,score\na,1\n"
