"""Competence: counted from proposals, and written into a roster without touching the rest."""

from pathlib import Path

import pytest

from benchmarks.competence import ROSTER, written
from benchmarks.skills import best_weights, measured, wanted_edits
from ensemble.candidates import collect_all
from ensemble.competence import Skill
from ensemble.systems.roster import read_roster
from ensemble.targets import from_references
from evaluation.records import Segment

CONTENT = """# A roster.
version: 1
systems:
  - name: one
    # What is said of it stays.
    competence: [R:SPELL]
    command: [x]  # and this

  # Another.
  - name: two
    command: [y]

# The end.
"""
SKILLS = {"one": {"R:CASE": Skill(0.5, 0.25)}, "two": {"M:PUNCT": Skill(1, 0)}, "none": {}}


def test_what_is_written_is_read_and_the_rest_stays(tmp_path: Path) -> None:
    content = written(CONTENT, SKILLS, {"two": 0.5})
    (tmp_path / "roster.yaml").write_text(content)
    entries = read_roster(tmp_path / "roster.yaml").entries
    assert {entry.name: entry.competence for entry in entries} == {
        name: SKILLS[name] for name in ("one", "two")
    }
    assert [entry.weight for entry in entries] == [1, 0.5]
    kept = [line for line in CONTENT.split("\n") if "competence" not in line]
    assert [line for line in content.split("\n") if line in kept] == kept
    assert written(content, SKILLS, {"two": 0.5}) == content
    assert "weight" not in written(content, SKILLS, {})
    assert written(CONTENT, {}, {}) == CONTENT


def test_the_shipped_roster_is_written_as_it_stands() -> None:
    entries, content = read_roster(ROSTER).entries, ROSTER.read_text(encoding="utf-8")
    skills = {entry.name: entry.competence for entry in entries}
    assert written(content, skills, {entry.name: entry.weight for entry in entries}) == content


def test_skills_are_counted_by_type() -> None:
    source, target = "he recieve teh letter .", "he receive the letter ."
    answers = {"good": target, "half": "he receive tea letter .", "mute": source}
    ballots = list(collect_all([Segment(source, answers)] * 9, "edits"))
    targets = from_references(ballots, [[target]] * 9)
    wanted = wanted_edits([(source, target)] * 9)
    skills = measured(ballots, targets, wanted)
    assert skills["mute"] == {}
    total = sum(wanted.values())
    assert total == 18
    for name, right in (("good", 18), ("half", 9)):
        precise = sum(skill.precision for skill in skills[name].values())
        assert precise > 0
        assert sum(s.recall * (wanted[t] + 2) for t, s in skills[name].items()) == pytest.approx(
            right, abs=0.2
        )


def test_a_system_that_is_not_what_it_seemed_loses_weight() -> None:
    source, target = "he recieve it teh .", "he recieve it the ."
    answers = {"right": target, "wrong": "he relieve it teh ."}
    ballots = list(collect_all([Segment(source, {**answers, "mute": source})] * 9, "edits"))
    targets = from_references(ballots, [[target]] * 9)
    skills = {name: {"R:SPELL": Skill(0.9, 0.5)} for name in answers}
    weights = best_weights(ballots, targets, skills)
    assert weights["right"] == 1 > weights["wrong"]
