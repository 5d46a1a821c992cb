"""`consort rank`: the verdict first, every figure in each format, and options."""

import json

import numpy as np
import pytest

from evaluation.data.preference_tables import PreferenceColumns
from evaluation.errors import InputError
from evaluation.ranking.report import report, verdicts
from evaluation.ranking.run import rank


def write(folder, rows, heads="segment,system1,system2,winner"):
    path = folder / "votes.csv"
    path.write_text("\n".join([heads, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def votes(n=60, seed=0):
    """A beats B in most, B and C are alike, and every tenth is a tie."""
    generator = np.random.default_rng(seed)
    chances = {("A", "B"): 0.95, ("A", "C"): 0.95, ("B", "C"): 0.5}
    for segment in range(n):
        for (one, other), chance in chances.items():
            pair = (one, other) if segment % 2 else (other, one)
            winner = one if generator.random() < chance else other
            yield segment, *pair, "tie" if segment % 10 == 0 else winner


def test_the_verdict_comes_first(tmp_path):
    ranked = rank(write(tmp_path, votes()), resamples=100)
    first, clusters, position = verdicts(ranked)
    assert first.startswith("A is ahead (")
    assert first.endswith("clear of all 2 others")
    assert clusters == "3 systems in 2 clusters"
    assert "the first position is worth" in position
    assert "which may be chance" in position


def test_systems_alike_are_named(tmp_path):
    rows = [row for row in votes() if "A" not in row[1:3]]
    first = next(verdicts(rank(write(tmp_path, rows), resamples=100)))
    assert "but the data cannot tell it from" in first


def test_few_segments_make_no_claim(tmp_path):
    ranked = rank(write(tmp_path, list(votes(5))))
    assert "cannot be said of so few segments" in next(verdicts(ranked))
    assert all(row.low is None for row in ranked.table.rows)
    assert report(ranked).html()


def test_every_format_has_the_figures(tmp_path):
    ranked = rank(write(tmp_path, votes()), resamples=100)
    made = report(ranked)
    content = json.loads(made.to_json())
    assert content["systems"][0]["system"] == "A"
    counts = [(s["wins"], s["ties"], s["losses"]) for s in content["systems"]]
    assert all(sum(count) == 120 for count in counts)
    assert set(content["effects"]) == {"position"}
    assert "| cluster | system | Elo |" in made.markdown()
    assert made.html().count("<svg") == 2
    statistics = {row.statistic for row in ranked.table.rows}
    assert statistics == {
        "Elo", "share of wins", "share of ties", "first preferred", "Elo, of the first position",
    }  # fmt: skip


def test_one_rater_and_systems_left_out(tmp_path):
    rows = [(*row, "r" if row[0] % 2 else "q") for row in votes()]
    path = write(tmp_path, rows, "segment,system1,system2,winner,rater")
    assert any("2 raters are taken together" in note for note in rank(path, resamples=20).notes)
    ranked = rank(path, rater="q", without=["C"], resamples=20)
    assert ranked.preferences.systems == ("A", "B")
    assert len(ranked.preferences) == 30
    with pytest.raises(InputError, match="no comparisons"):
        rank(path, without=["A", "B"])


def test_headings_and_notes(tmp_path):
    rows = [(*row, 3, "" if row[0] == 1 else 5 + row[0]) for row in votes()]
    rows.append((99, "A", "B", "", 1, 2))
    path = write(tmp_path, rows, "segment,l,r,winner,length1,length2")
    ranked = rank(path, PreferenceColumns(("l", "r")), resamples=20)
    assert "1 comparisons without a winner are left out" in ranked.notes
    assert "3 comparisons without a length count as of equal length" in ranked.notes
    assert any("twice the length" in row.statistic for row in ranked.table.rows)


def test_systems_that_are_tied_are_level(tmp_path):
    """The one shown first always wins: no system is ahead."""
    rows = [(i, *("AB" if i % 2 else "BA"), "1") for i in range(24)]
    first, clusters, _ = verdicts(rank(write(tmp_path, rows)))
    assert "A, B are level (1000 Elo" in first or "B, A are level (1000 Elo" in first
    assert "clear" not in first
    assert clusters == "2 systems in 1 cluster"


def test_a_system_that_always_wins_is_clear_without_an_interval(tmp_path):
    rows = [(i, *("AB" if i % 2 else "BA"), "A") for i in range(24)]
    ranked = rank(write(tmp_path, rows))
    first, clusters = verdicts(ranked)
    assert first.startswith("A is ahead (")
    assert "95%" not in first
    assert first.endswith("clear of the other")
    assert clusters == "2 systems in 2 clusters"
    assert report(ranked).html()
