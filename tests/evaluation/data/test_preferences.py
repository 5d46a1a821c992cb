"""Preferences: the record and its laws, and every way in which tables spell them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.data.preference_tables import (
    PreferenceColumns,
    is_preferences,
    read_preferences,
)
from evaluation.data.preferences import Preferences, preferences_of
from evaluation.data.rankings import Rankings
from evaluation.records import DataError

COMPARISONS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(-1, 1), st.integers(0, 5)),
    min_size=1,
    max_size=30,
)


def made(comparisons):
    """Preferences of four systems from (system, distance to the other, preferred, segment)."""
    first, distance, preferred, segment = np.array(comparisons).T
    zeros = np.zeros(len(first), dtype=np.int64)
    second = (first + distance) % 4
    return Preferences(
        tuple("abcd"), tuple("012345"), ("r",), segment, zeros, first, second, preferred
    )


def read(folder, text, name="t.csv", **options):
    path = folder / name
    path.write_text(text)
    return read_preferences(path, **options)


@pytest.mark.parametrize(
    ("winners", "heads"),
    [
        (("x", "y", "tie"), "system1,system2"),
        (("1", "2", "Tie"), "System1,SYSTEM2"),
        (("A", "b", "tie"), "system_a,system_b"),
        (("left", "RIGHT", "draw"), "system1,system2"),
        (("model_a", "model_b", "tie (bothbad)"), "model_a,model_b"),
        ((" x ", "y", "both_bad"), "model_a,model_b"),
    ],
)
def test_every_spelling_of_the_winner(tmp_path, winners, heads):
    lines = [f"s{i},x,y,{winner}" for i, winner in enumerate(winners)]
    found = read(tmp_path, "\n".join([f"segment,{heads},winner", *lines]))
    assert found.preferred.tolist() == [1, -1, 0]
    assert (found.systems, found.segments) == (("x", "y"), ("s0", "s1", "s2"))
    assert (found.first.tolist(), found.second.tolist()) == ([0] * 3, [1] * 3)
    assert found.lengths is None


def test_a_name_comes_before_a_position(tmp_path):
    found = read(tmp_path, "segment,system1,system2,winner\n1,B,A,A\n2,2,1,1\n3,tie,x,tie\n")
    assert found.preferred.tolist() == [-1, -1, 1]


def test_raters_lengths_and_missing_winners(tmp_path):
    text = "question_id,model_a,model_b,winner,judge,length1,length2\n"
    text += "10,x,y,model_a,j,5,10\n9,y,x,tie,k,,3\n9,y,x,NA,k,1,3\n"
    found = read(tmp_path, text)
    assert (found.segments, found.raters) == (("9", "10"), ("j", "k"))
    assert np.array_equal(found.lengths, [[5, 10], [np.nan, 3]], equal_nan=True)
    assert found.unanswered == 1
    alone = read(tmp_path, text, rater="k")
    assert (len(alone), alone.raters, alone.unanswered) == (1, ("k",), 1)


def test_headings_of_ones_own(tmp_path):
    columns = PreferenceColumns(("l", "r"), "best", ("doc", "n"), "who", ";")
    found = read(tmp_path, "doc;n;l;r;best;who\nd;1;x;y;2;me\n", "t.txt", given=columns)
    assert (found.segments, found.raters, found.preferred.tolist()) == (("d/1",), ("me",), [-1])


@pytest.mark.parametrize("is_array", [True, False])
def test_exports_of_arenas(tmp_path, is_array):
    lengths = {"sum_assistant_a_tokens": 12, "sum_assistant_b_tokens": 30}
    battle = {"model_a": "x", "model_b": "y", "winner": "model_b", "conv_metadata": lengths}
    battles = [{**battle, "judge": "p1"}, {**battle, "winner": "tie (bothbad)", "judge": 7}]
    text = json.dumps(battles) if is_array else "\n".join(map(json.dumps, battles))
    found = read(tmp_path, text, "t.json" if is_array else "t.jsonl")
    assert found.preferred.tolist() == [-1, 0]
    assert (found.segments, found.raters) == (("1", "2"), ("7", "p1"))
    assert found.lengths.tolist() == [[12, 30]] * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("segment,a,b,winner\n", ":1: no columns of two systems: system1 and system2 or "),
        ("segment,system1,system2\n1,x,y\n", ":1: no column winner; there are segment, system1"),
        ("system1,system2,winner\n", ": has no comparisons with a winner"),
        ("system1,system2,winner\nx,y,\n", ": has no comparisons with a winner"),
        ("system1,system2,winner\nx,x,x\n", ":2: 'x' is compared with itself"),
        ("system1,system2,winner\nx, ,x\n", ":2: the cell of system2 is empty"),
        ("system1,system2,winner\nx,y,z\n", ":2: winner 'z' of 'x' and 'y'; it is the name of"),
        ("system1,system2,winner\nx,A,A\nx,y,A\n", ":3: winner 'A' is neither of the two systems"),
        ("segment,system1,system2,winner\n,x,y,x\n", ":2: the cell of segment is empty"),
        ("system1,system2,winner,length1,length2\nx,y,x,-1,2\n", ":2: length1 '-1' is below 0"),
        ("system1,system2,winner,length1,length2\nx,y,x,q,2\n", ":2: length1 'q' is not a number"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, text, message):
    with pytest.raises(DataError) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 't.csv'}{message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"model_a": "x", "model_b": "y", "winner": true}', ":1: winner is not a text or number"),
        ('{"model_a": "x", "model_b": "y", "winner": "1"}\n{}', ":2: no key model_a"),
        ("[1]", ": element 1 is not a JSON object"),
        ("[{", ": is not JSON"),
        ("", ":1: no columns of two systems"),
    ],
)
def test_faults_in_json(tmp_path, text, message):
    with pytest.raises(DataError) as error:
        read(tmp_path, text, "t.json")
    assert str(error.value).startswith(f"{tmp_path / 't.json'}{message}")


def test_tables_of_preferences_are_recognised(tmp_path):
    for heads, expected in (
        ("segment,system1,system2,winner", True),
        ("model_a,model_b,winner", True),
        ("segment,system,score", False),
        ("system1,system2,score", False),
    ):
        (tmp_path / "t.csv").write_text(heads + "\n")
        assert is_preferences(tmp_path / "t.csv") == expected


def test_a_rater_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="no comparisons by z"):
        read(tmp_path, "system1,system2,winner,rater\nx,y,x,q\n", rater="z")


def test_shapes_must_agree():
    one = np.zeros(1, dtype=np.int64)
    with pytest.raises(ValueError, match="compared with itself"):
        Preferences(("a", "b"), ("1",), ("r",), one, one, one, one, one)
    with pytest.raises(ValueError, match=r"must be \(n,\)"):
        Preferences(("a", "b"), ("1",), ("r",), one, one, one, one + 1, np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="lengths of shape"):
        Preferences(("a", "b"), ("1",), ("r",), one, one, one, one + 1, one, np.ones((2, 2)))


@given(COMPARISONS)
def test_swapping_changes_the_order_alone(comparisons):
    preferences = made(comparisons)
    swapped = preferences.swapped()
    assert np.array_equal(preferences.points(), swapped.points())
    assert np.array_equal(preferences.pair_counts(), swapped.pair_counts())
    assert np.array_equal(swapped.swapped().preferred, preferences.preferred)


@given(COMPARISONS)
def test_points_count_every_comparison_twice(comparisons):
    preferences = made(comparisons)
    points, pairs = preferences.points(), preferences.pair_counts()
    assert points.sum() == 2 * len(preferences) == pairs.sum()
    assert points[:, 0].sum() == points[:, 2].sum()
    assert np.array_equal(points.sum(axis=1), pairs.sum(axis=1))


@given(COMPARISONS)
def test_comparisons_among_some_systems(comparisons):
    preferences = made(comparisons)
    chosen = preferences.among(["d", "a"])
    expected = preferences.pair_counts()[[3, 0]][:, [3, 0]]
    assert np.array_equal(chosen.pair_counts(), expected)


def test_pairs_of_rankings_are_preferences():
    ranks = np.random.default_rng(0).integers(1, 4, (50, 4)).astype(float)
    ranks[np.random.default_rng(1).random(ranks.shape) < 0.3] = np.nan
    rankings = Rankings(tuple("abcd"), ("u", "v") * 25, ("2",) * 50, ranks)
    preferences = preferences_of(rankings)
    assert not preferences.has_positions
    assert (preferences.raters, preferences.segments) == (("u", "v"), ("2",))
    wins = rankings.wins().sum(axis=0)
    assert np.array_equal(preferences.points()[:, 0], wins.sum(axis=1))
    assert np.array_equal(preferences.points()[:, 2], wins.sum(axis=0))
