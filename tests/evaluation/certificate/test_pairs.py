"""Preferences of a judge against people's: agreement, positions, and strengths of systems."""

import numpy as np
import pytest

from evaluation.certificate.options import Options
from evaluation.certificate.run import certify
from evaluation.records import DataError

OPTIONS = Options(resamples=100)
HEADS = "segment,system1,system2,winner"


def tables(folder, pull=0.0, n=60):
    """People by three raters; a judge who sees the same with noise, pulled to the first."""
    generator = np.random.default_rng(0)
    people, judge = [f"{HEADS},rater"], [HEADS]
    for segment in range(n):
        quality = dict(zip("abc", np.arange(3) + generator.normal(size=3), strict=True))
        for one, other in ("ab", "cb", "ac"):
            shown = (one, other) if generator.random() < 0.5 else (other, one)
            gap = quality[shown[0]] - quality[shown[1]]
            for rater in "rst":
                seen = gap + generator.normal() / 2
                winner = "tie" if abs(seen) < 0.3 else shown[0] if seen > 0 else shown[1]
                people.append(f"{segment},{','.join(shown)},{winner},{rater}")
            for pair, sign in ((shown, 1), (shown[::-1], -1)):
                seen = sign * gap + pull + generator.normal() / 2
                judge.append(f"{segment},{','.join(pair)},{'left' if seen > 0 else 'right'}")
    for name, lines in (("people", people), ("judge", judge)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder / "judge.csv", folder / "people.csv"


def rows(certificate):
    return {(row.name, row.statistic): row for row in certificate.table.rows}


def test_a_judge_of_pairs_is_certified(tmp_path):
    found = certify(*tables(tmp_path), OPTIONS)
    assert found.test.passed
    figures = rows(found)
    assert figures["judge", "accuracy"].value > 0.6
    assert figures["people", "share of ties"].value > 0
    assert figures["judge", "share of ties"].value == 0
    assert figures["judge", "Bradley-Terry, kendall"].value == 1
    bias = figures["judge", "Elo of the first position"]
    assert bias.low < 0 < bias.high
    assert {mean.system for mean in found.means} == {"a over b", "a over c", "b over c"}


def test_a_pull_to_the_first_position_is_a_bias(tmp_path):
    figures = rows(certify(*tables(tmp_path, pull=1.0), OPTIONS))
    assert figures["judge", "first position, less the others"].low > 0
    assert figures["judge", "Elo of the first position"].low > 0
    people = figures["people", "Elo of the first position"]
    assert people.low < 0 < people.high


def test_the_order_in_which_people_saw_pairs_changes_no_agreement(tmp_path):
    judge, people = tables(tmp_path)
    before = rows(certify(judge, people, OPTIONS))["judge", "accuracy"].value
    lines = people.read_text().splitlines()
    turned = [",".join([c[0], c[2], c[1], *c[3:]]) for c in (line.split(",") for line in lines[1:])]
    people.write_text("\n".join([lines[0], *turned]) + "\n")
    assert rows(certify(judge, people, OPTIONS))["judge", "accuracy"].value == before


def test_both_tables_have_preferences(tmp_path):
    judge, _ = tables(tmp_path)
    other = tmp_path / "scores.csv"
    other.write_text("segment,score\n1,1\n")
    with pytest.raises(DataError, match=r"scores.csv:1: has no columns of preferences"):
        certify(judge, other, OPTIONS)


def test_one_of_several_judges_is_selected(tmp_path):
    judge, people = tables(tmp_path)
    lines = judge.read_text().splitlines()
    named = [f"{line},{'x' if i % 2 else 'y'}" for i, line in enumerate(lines[1:])]
    judge.write_text("\n".join([f"{lines[0]},judge", *named]) + "\n")
    with pytest.raises(DataError, match="several judges; select one of x, y"):
        certify(judge, people, OPTIONS)
    assert certify(judge, people, OPTIONS, name="x").judge == "x"
