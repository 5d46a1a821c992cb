"""Scores of judges: from folders, JSON lines and Python, each fault with its place."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.class_probabilities import segment_of
from evaluation.data.judge_scores import LARGEST, MOST_JUDGES, check_scores, recuse, recused
from evaluation.data.readers import read_folder, read_jsonl
from evaluation.records import DataError, Segment
from tests.raising import raises_code

NAN, INFINITY = float("nan"), float("inf")
HEADINGS = "judge,system,segment,score\n"


def folder(path: Path, judges: str, headings: str = HEADINGS) -> Path:
    for name in ("source", "a", "b"):
        (path / f"{name}.txt").write_text(f"{name} one\n{name} two\n", encoding="utf-8")
    (path / "judges.csv").write_text(headings + judges, encoding="utf-8")
    return path


def test_a_folder_gives_each_segment_its_scores(tmp_path):
    place = folder(tmp_path, "x,a,1,2.5\nx,b,1,-1e3\ny,a,2,0\ny,b,2,\n")
    first, second = read_folder(place)
    assert first.scores == {"x": {"a": 2.5, "b": -1000.0}}
    assert second.scores == {"y": {"a": 0.0}}


def test_columns_may_come_in_any_order_and_beside_others(tmp_path):
    place = folder(tmp_path, "1,0.5,of model 3,a,x\n", "segment,score,why,system,judge\n")
    assert read_folder(place)[0].scores == {"x": {"a": 0.5}}


def test_scores_of_systems_that_are_not_chosen_are_left_out(tmp_path):
    place = folder(tmp_path, "x,a,1,1\nx,b,1,2\n")
    assert read_folder(place, ["b"])[0].scores == {"x": {"b": 2.0}}


@pytest.mark.parametrize(
    ("rows", "line", "fault"),
    [
        ("x,c,1,1\n", 2, "'x' of 'c', which has no output here: a, b"),
        ("x,a,1,1\nx,a,3,1\n", 3, "segment '3' is not a whole number from 1 to 2, the last"),
        ("x,a,0,1\n", 2, "segment '0' is not"),
        ("x,a,1.0,1\n", 2, "segment '1.0' is not"),
        ("x,a,1,good\n", 2, "score 'good' is not a number"),
        ("x,a,1,inf\n", 2, "score 'inf' is not a finite number"),
        ("x,a,1,4_5\n", 2, "score '4_5' is not a number"),
        ("x,a,1,1e13\n", 2, "from -1e+12 to 1e+12"),
        (" ,a,1,1\n", 2, "a judge whose name is blank"),
        ("x,a,1,1\nx,a,1,1\n", 3, "x scores a twice on segment 1"),
        ("x,a,1\n", 2, "3 cells, but there are 4 columns"),
        ("".join(f"j{k},a,1,1\n" for k in range(MOST_JUDGES + 1)), MOST_JUDGES + 2, "33 judges"),
    ],
)
def test_rows_that_are_refused(tmp_path, rows, line, fault):
    with pytest.raises(DataError, match=fault.replace("(", r"\(").replace("+", r"\+")) as caught:
        read_folder(folder(tmp_path, rows))
    assert f"judges.csv:{line}:" in str(caught.value)


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(DataError, match="no column score"):
        read_folder(folder(tmp_path, "x,a,1\n", "judge,system,segment\n"))


def test_lines_of_json_have_scores_too(tmp_path):
    path = tmp_path / "outputs.jsonl"
    line = {"source": "s", "outputs": {"a": "A", "b": "B"}, "scores": {"x": {"a": 1, "b": None}}}
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert read_jsonl(path)[0].scores == {"x": {"a": 1.0}}


@pytest.mark.parametrize(
    ("scores", "fault"),
    [
        ({"x": {"c": 1}}, "'x' of 'c', which has no output here"),
        ({"x": {"a": "1"}}, "scores.x.a"),
        ({"x": {"a": True}}, "scores.x.a"),
        ({"x": 1}, "scores.x"),
        ({"x": {"a": 1e300}}, "from -1e"),
    ],
)
def test_lines_of_json_that_are_refused(tmp_path, scores, fault):
    path = tmp_path / "outputs.jsonl"
    line = {"source": "s", "outputs": {"a": "A"}, "scores": scores}
    path.write_text("\n".join([json.dumps({"source": "s", "outputs": {"a": "A"}})] * 2) + "\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    with pytest.raises(DataError, match=fault) as caught:
        read_jsonl(path)
    assert "outputs.jsonl:3:" in str(caught.value)


@pytest.mark.parametrize(
    ("scores", "code"),
    [
        ({"x": {"a": NAN}}, "out-of-range"),
        ({"x": {"a": -INFINITY}}, "out-of-range"),
        ({"x": {"a": "1"}}, "out-of-range"),
        ({"x": {"a": True}}, "out-of-range"),
        ({"x": {"z": 1}}, "unknown-name"),
        ({"": {"a": 1}}, "invalid-data"),
        ({"x": [1]}, "invalid-data"),
        ({f"j{k}": {} for k in range(MOST_JUDGES + 1)}, "too-large"),
    ],
)
def test_scores_in_python_that_are_refused(scores, code):
    with raises_code(code):
        segment_of("s", {"a": "A"}, scores=scores)


@given(st.dictionaries(st.text(min_size=1).filter(str.strip), st.dictionaries(
    st.sampled_from("abc"), st.none() | st.floats(-LARGEST, LARGEST) | st.integers(-9, 9)
), max_size=4))  # fmt: skip
def test_sound_scores_are_kept_but_for_missing_ones(scores):
    assert check_scores(scores, "abc") == {
        judge: {name: score for name, score in given.items() if score is not None}
        for judge, given in scores.items()
    }


def test_judges_do_not_judge_themselves():
    segment = Segment("s", {"a": "A", "b": "B"}, scores={"a": {"a": 3, "b": 1}, "x": {"a": 2}})
    assert recuse(segment).scores == {"a": {"b": 1}, "x": {"a": 2}}
    assert [one.scores for one in recused([segment], wanted=False)] == [segment.scores]
    plain = Segment("s", {"a": "A"}, scores={"x": {"a": 1}})
    assert recuse(plain) is plain
