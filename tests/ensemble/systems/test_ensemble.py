"""A roster as one system of another: what it makes of answers, failures, and wrong entries."""

import asyncio
import json
from pathlib import Path

import pytest

from ensemble.systems.ask import ask
from ensemble.systems.base import System, SystemFailure
from ensemble.systems.roster import Roster

SOURCE = "He go to scool now ."


def grammar(source: str) -> str:
    return source.replace(" go ", " goes ")


def speller(source: str) -> str:
    return source.replace("scool", "school")


def both(source: str) -> str:
    return grammar(speller(source))


def fails(source: str) -> str:
    raise RuntimeError("out of order")


def written(folder: Path, *functions: str, weights: dict[str, float] | None = None) -> Path:
    entries = [
        {"name": f, "callable": f"{__name__}:{f}", "weight": (weights or {}).get(f, 1.0)}
        for f in functions
    ]
    path = folder / "inner.yaml"
    path.write_text(json.dumps({"version": 1, "systems": entries}))
    return path


def entry(path: Path, **options: object) -> System:
    content = {"name": "team", "ensemble": str(path), **options}
    return Roster.model_validate({"version": 1, "systems": [content]}).systems()[0]


def answered(system: System, source: str = SOURCE) -> str:
    async def scenario() -> str:
        await system.start()
        try:
            return await system.correct(source)
        finally:
            await system.stop()

    return asyncio.run(scenario())


def test_it_answers_what_most_of_its_systems_do(tmp_path: Path) -> None:
    path = written(tmp_path, "grammar", "speller", "both")
    assert answered(entry(path)) == "He goes to school now ."
    assert answered(entry(path, combiner="vote:k=3")) == SOURCE


def test_the_vote_has_the_weights_of_its_roster(tmp_path: Path) -> None:
    path = written(tmp_path, "grammar", "speller", "fails", weights={"speller": 3.0})
    assert answered(entry(path)) == SOURCE  # of two that answer, both must agree
    path = written(tmp_path, "grammar", "speller", "both", weights={"speller": 3.0})
    assert answered(entry(path)) == speller(SOURCE)


def test_a_system_that_fails_is_left_out_and_all_failing_is_a_failure(tmp_path: Path) -> None:
    path = written(tmp_path, "both", "fails", "speller", "grammar")
    assert answered(entry(path)) == "He goes to school now ."
    with pytest.raises(SystemFailure, match=r"none of its systems answered; fails: .*out of order"):
        answered(entry(written(tmp_path, "fails")))


def test_protected_text_is_kept_as_by_the_roster(tmp_path: Path) -> None:
    path = written(tmp_path, "speller", "both", "grammar")
    assert answered(entry(path), "See https://scool.org now .") == "See https://scool.org now ."


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"combiner": "agreement"}, "no combiner 'agreement' for one segment"),
        ({"combiner": "nonsense"}, "no combiner 'nonsense'"),
        ({"combiner": "mbr"}, "mbr combines texts, not edits"),
        ({"combiner": "vote:k=0"}, "k is at least 1"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, options: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        entry(written(tmp_path, "both"), **options)


def test_a_roster_that_cannot_be_used_is_a_failed_system(tmp_path: Path) -> None:
    path = tmp_path / "inner.yaml"
    inner = {"name": "inner", "ensemble": str(path)}
    path.write_text(json.dumps({"version": 1, "systems": [inner]}))

    async def state(system: System) -> str:
        await system.start()
        answers = await ask([system], SOURCE, 5)
        assert answers["team"].status == "failed"
        return system.health.reason or ""

    assert "inner is an ensemble within an ensemble" in asyncio.run(state(entry(path)))
    assert "missing.yaml" in asyncio.run(state(entry(tmp_path / "missing.yaml")))


ASKED: list[str] = []


def remembered(source: str) -> str:
    ASKED.append(source)
    return both(source)


def planned(folder: Path, *entries: dict[str, object]) -> Path:
    path = folder / "inner.yaml"
    content = [{**e, "callable": f"{__name__}:{e['callable']}"} for e in entries]
    path.write_text(json.dumps({"version": 1, "systems": content}))
    return path


def test_it_asks_the_systems_of_its_roster_as_planned(tmp_path: Path) -> None:
    path = planned(
        tmp_path,
        {"name": "first", "callable": "both"},
        {"name": "broken", "callable": "fails"},
        {"name": "spare", "callable": "both", "stand_in": ["broken"]},
        {"name": "last", "callable": "remembered", "round": 2, "warm_up": None},
    )
    ASKED.clear()
    assert answered(entry(path)) == "He goes to school now ."
    assert ASKED == []


def test_a_later_round_is_asked_where_the_first_leaves_the_outcome_open(tmp_path: Path) -> None:
    path = planned(
        tmp_path,
        {"name": "first", "callable": "grammar"},
        {"name": "second", "callable": "speller"},
        {"name": "third", "callable": "remembered", "round": 2, "warm_up": None},
    )
    ASKED.clear()
    assert answered(entry(path)) == "He goes to school now ."
    assert ASKED == [SOURCE]
