"""Judgements: the record, and tables of every form read as it."""

import random
import tracemalloc

import numpy as np
import pytest

from evaluation.data import judgements
from evaluation.data.judgements import Judgements, read_judgements
from evaluation.records import DataError

NAN = float("nan")
SOME = Judgements(
    ("r", "s"),
    ("a", "b", "c"),
    ("1", "2"),
    [[[1, 2], [3, NAN], [5, NAN]], [[3, NAN], [4, 4], [NAN, NAN]]],
)


def write(folder, content, name="scores.csv"):
    path = folder / name
    path.write_text(content)
    return path


def test_the_mean_is_over_those_who_judged():
    assert np.array_equal(SOME.mean, [[2, 2], [3.5, 4], [5, NAN]], equal_nan=True)


def test_one_system_that_no_column_names(tmp_path):
    path = write(tmp_path, "id,label\n7,1.5\n8,2\n")
    read = read_judgements(path, ("label",), system=None, segment="id")
    assert (read.systems, read.segments) == (("texts",), ("7", "8"))
    assert np.array_equal(read.values, [[[1.5, 2]]])


def test_some_are_selected_in_the_order_given():
    some = SOME.select(systems=["c", "a"], segments=["2"], raters=["s", "r"])
    assert (some.raters, some.systems, some.segments) == (("s", "r"), ("c", "a"), ("2",))
    assert np.array_equal(some.values, [[[NAN], [NAN]], [[NAN], [2]]], equal_nan=True)
    assert np.array_equal(SOME.select().values, SOME.values, equal_nan=True)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"systems": ["a", "x"]}, "no system 'x'; there are a, b, c"),
        ({"segments": ["1", "1"]}, "segment '1' is named more than once"),
        ({"raters": ["t"]}, "no rater 't'; there are r, s"),
    ],
)
def test_what_is_not_there_is_not_selected(asked, message):
    with pytest.raises(ValueError, match=message):
        SOME.select(**asked)


@pytest.mark.parametrize(
    ("systems", "values", "message"),
    [
        (("a", "b"), [[[1.0]]], r"values of shape \(1, 1, 1\) for names of shape \(1, 2, 1\)"),
        (("a", "a"), [[[1.0], [2.0]]], "system 'a' is named more than once"),
        (("a",), [[[np.inf]]], "infinite"),
    ],
)
def test_records_that_are_none(systems, values, message):
    with pytest.raises(ValueError, match=message):
        Judgements(("r",), systems, ("1",), values)


def test_values_cannot_be_changed_from_without():
    given = np.ones((1, 1, 1))
    some = Judgements(("r",), ("a",), ("1",), given)
    given[:] = 2
    assert some.values.item() == 1
    with pytest.raises(ValueError, match="read-only"):
        some.values[:] = 2


def ten_raters(gaps=0.3):
    """Rows of ten raters, four systems, twelve segments, some missing, in random order."""
    chance = random.Random(0)
    rows = {
        (f"r{r}", f"sys{s}", str(n)): chance.randint(-9, 9) / 2
        for r in range(1, 11)
        for s in range(4)
        for n in range(1, 13)
        if chance.random() > gaps
    }
    keys = list(rows)
    chance.shuffle(keys)
    return {key: rows[key] for key in keys}


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.tsv", "\t"), ("a", " ")])
def test_ten_raters_with_gaps(tmp_path, name, separator):
    rows = ten_raters()
    lines = ["rater text segment score system".split()]
    lines += [[r, "x", n, str(value), s] for (r, s, n), value in rows.items()]
    path = write(tmp_path, "\n".join(map(separator.join, lines)), name)
    read = read_judgements(path)
    assert read.raters == tuple(sorted({r for r, _, _ in rows}))
    assert read.segments == tuple(map(str, range(1, 13)))
    for i, r in enumerate(read.raters):
        for j, s in enumerate(read.systems):
            for k, n in enumerate(read.segments):
                expected = rows.get((r, s, n), NAN)
                assert np.array_equal(read.values[i, j, k], expected, equal_nan=True)


def test_the_order_of_rows_says_nothing(tmp_path):
    lines = [f"{r},{s},{n},{value}" for (r, s, n), value in ten_raters().items()]
    heading = "rater,system,segment,score"
    there = read_judgements(write(tmp_path, "\n".join([heading, *lines]), "a.csv"))
    back = read_judgements(write(tmp_path, "\n".join([heading, *reversed(lines)]), "b.csv"))
    assert (there.raters, there.systems, there.segments) == (
        back.raters,
        back.systems,
        back.segments,
    )
    assert np.array_equal(there.values, back.values, equal_nan=True)


def test_raters_in_columns(tmp_path):
    path = write(tmp_path, "seg,who,one,two\n2,a,1,\n10,a,None,3\n10,b,4,5\n")
    read = read_judgements(path, ("two", "one"), system="who", segment="seg")
    assert (read.raters, read.systems, read.segments) == (("one", "two"), ("a", "b"), ("2", "10"))
    expected = [[[1, NAN], [NAN, 4]], [[NAN, 3], [NAN, 5]]]
    assert np.array_equal(read.values, expected, equal_nan=True)


def test_one_rater_without_a_name(tmp_path):
    read = read_judgements(write(tmp_path, "system,segment,score\na,1,2\n"))
    assert (read.raters, read.values.tolist()) == (("score",), [[[2.0]]])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", ": has no judgements"),
        ("r,a,1,high\n", ":2: score 'high' is not a number"),
        ("r,a,1,1\nr,a,2,1_0\n", ":3: score '1_0' is not a number"),
        ("r,a,1,1\nr, ,2,1\n", ":3: the cell of system is empty"),
        ("r,a,1,-inf\n", ":2: score '-inf' is not a finite number"),
        ("r,a,1\n", ":2: 3 cells, but there are 4 columns"),
        ("r,a,1,1\nr,b,1,2\nr,a,1,1\nr,b,1,1\n", ":4: r scores a twice on segment 1"),
        ("r,a,1,\nr,a,1,1\n", ":3: r scores a twice on segment 1"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, rows, message):
    path = write(tmp_path, f"rater,system,segment,score\n{rows}")
    with pytest.raises(DataError) as error:
        read_judgements(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_columns_that_do_not_go_together(tmp_path):
    path = write(tmp_path, "system,segment,score,x\na,1,1,1\n")
    for wrong in ({"scores": ()}, {"scores": ("score", "x"), "rater": "x"}):
        with pytest.raises(ValueError, match="one column of scores, or several"):
            read_judgements(path, **wrong)
    with pytest.raises(DataError, match="1: no column judge"):
        read_judgements(path, rater="judge")


def test_too_many_values_are_refused_before_they_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(judgements, "MAX_VALUES", 26)
    rows = "".join(f"r{i},s{i},{i},1\n" for i in range(3))
    path = write(tmp_path, f"rater,system,segment,score\n{rows}")
    with pytest.raises(DataError, match="make 27 values; 26 is the limit"):
        read_judgements(path)


def test_memory_is_for_what_is_kept(tmp_path):
    path = tmp_path / "scores.csv"
    with open(path, "w") as file:
        file.write("system,segment,text,score\n")
        for n in range(300):
            file.write(f"a,{n},{'x' * 100_000},{n}\n")
    tracemalloc.start()
    read = read_judgements(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.values.sum() == 299 * 150
    assert peak < path.stat().st_size / 20


def test_formality_judgements_of_two_raters(data):
    path = data / "formality" / "lai2022" / "lai2022_long.tsv"
    read = read_judgements(path, ("style_1", "style_2"), segment="seg")
    assert read.values.shape == (2, 9, 80)
    assert not np.isnan(read.values).any()
    assert read.values[:, read.systems.index("luo"), 0].tolist() == [26.4, 50.6]


def test_translation_judgements_with_gaps(data):
    path = data / "mt" / "wmt21_zhen" / "mqm_avg_seg_scores.tsv"
    read = read_judgements(path, ("mqm_avg_score",), segment="seg_id", separator=" ")
    assert read.values.shape == (1, 15, 1948)
    assert (~np.isnan(read.values)).sum() == 15 * 650
