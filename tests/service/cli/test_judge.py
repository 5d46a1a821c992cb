"""`consort judge`, run as a user would: the scores it adds, and that it continues."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from evaluation.data.readers import read_folder
from service.cli.app import app
from tests.ensemble.judges.chat_server import ChatServer, chat_server

OUTPUTS = {
    "a": ["x", "same", "x", ""],
    "b": ["yes", "same", "yes", "x"],
    "c": ["x", "same", "no", "y"],
}

SYSTEMS = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "quiz"
    place.mkdir()
    for name, lines in {"source": ["q1", "q2", "q3", "q4"], **OUTPUTS}.items():
        (place / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    return place


def run(server: ChatServer, folder: Path, *more: object, **settings: Any) -> Result:
    entry = json.dumps(server.entry(**settings))
    path = folder.parent / "roster.yaml"
    path.write_text(f"{SYSTEMS}judges: [{entry}]\n")
    given = ["judge", folder, "--roster", path, *more, "--json"]
    return CliRunner().invoke(app, list(map(str, given)))


def figures(result: Result) -> dict[str, float]:
    assert result.exit_code == 0, result.output
    return {row["statistic"]: row["value"] for row in json.loads(result.stdout)["rows"]}


def test_scores_are_added_where_outputs_differ(server: ChatServer, folder: Path) -> None:
    found = figures(run(server, folder, price_in=1.0, price_out=10.0))
    assert (found["questions"], found["calls"]) == (3, 6)
    assert (found["tokens in"], found["tokens out"]) == (600, 60)
    assert found["cost"] == pytest.approx(0.0012)
    scores = [segment.scores.get("critic") for segment in read_folder(folder)]
    assert scores == [{"a": 1, "b": 3, "c": 1}, None, {"a": 1, "b": 3, "c": 2}, {"b": 1, "c": 1}]


def test_it_continues_and_asks_nothing_twice(server: ChatServer, folder: Path) -> None:
    assert figures(run(server, folder, "--budget", 1))["questions"] == 1
    assert figures(run(server, folder))["questions"] == 2
    assert figures(run(server, folder)) == {"questions": 0}
    assert len(server.asked) == 6
    assert len((folder / "judges.csv").read_text().splitlines()) == 1 + 3 + 3 + 2


def test_scores_that_people_wrote_in_another_form_are_kept(
    server: ChatServer, folder: Path
) -> None:
    (folder / "judges.csv").write_text("system,score,judge,segment\na,7,people,1")
    assert figures(run(server, folder, "--budget", 1))["questions"] == 1
    first = read_folder(folder)[0]
    assert first.scores == {"people": {"a": 7}, "critic": {"a": 1, "b": 3, "c": 1}}


def test_failures_are_named_and_may_be_asked_again(server: ChatServer, folder: Path) -> None:
    usual, server.reply = server.reply, lambda shown: "I prefer B."
    found = figures(run(server, folder))
    assert (found["questions"], found["failed: no JSON"]) == (3, 3)
    server.reply = usual
    assert figures(run(server, folder))["questions"] == 3


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"api_key_env": "CONSORT_TEST_NO_KEY"}, "critic: the environment variable"),
        ({"rubric": ""}, "judges[0] (critic)"),
    ],
)
def test_a_judge_that_cannot_be_asked_is_named(
    server: ChatServer, folder: Path, settings: dict[str, Any], fault: str
) -> None:
    result = run(server, folder, **settings)
    assert result.exit_code == 2
    assert fault in result.stderr
    assert not (folder / "judges.csv").exists()


def test_a_roster_without_judges_is_refused(folder: Path) -> None:
    roster = folder.parent / "roster.yaml"
    roster.write_text(SYSTEMS)
    result = CliRunner().invoke(app, ["judge", str(folder), "--roster", str(roster)])
    assert result.exit_code == 2
    assert "the roster has no judges" in result.stderr
