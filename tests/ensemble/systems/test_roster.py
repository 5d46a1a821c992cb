"""Rosters: YAML to systems, and errors that name the file, the entry and the key."""

import sys
from pathlib import Path

import pytest

from ensemble.competence import Skill
from ensemble.systems import CallableSystem, CommandSystem
from ensemble.systems.http import HttpSystem
from ensemble.systems.roster import RosterError, read_roster
from ensemble.systems.waiting import Plan

CONFIGS = Path(__file__).parents[3] / "configs" / "systems"

ALL_KINDS = """
version: 1
systems:
  - name: command-1
    command: ["{python}", "-m", "this"]
  - {name: function, callable: "string:capwords"}
  - {name: remote, url: "https://a.example", request: {q: "{source}"}, response: a.0}
  - {name: t5, task: text2text-generation, model: some/folder}
"""


def read(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "roster.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def error_of(path: Path) -> str:
    with pytest.raises(RosterError) as refused:
        read_roster(path)
    return str(refused.value)


def test_every_kind_of_system_is_told_by_its_keys(tmp_path: Path) -> None:
    systems = read_roster(read(tmp_path, ALL_KINDS)).systems()
    assert [system.name for system in systems] == ["command-1", "function", "remote", "t5"]
    kinds = [CommandSystem, CallableSystem, HttpSystem, CallableSystem]
    assert [type(system) for system in systems] == kinds
    assert {system.health.state for system in systems} == {"stopped"}


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_rosters_in_configs_are_good(path: Path) -> None:
    assert read_roster(path).systems()


def test_python_in_a_command_is_this_interpreter() -> None:
    command = read_roster(CONFIGS / "embedded.yaml").entries[0]
    assert command.argv == [sys.executable, "-m", "ensemble.systems.embedded", "harper"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("version: 1\nsystems: [{name: a, command: [x], colour: red}]", "(a).colour: unknown key"),
        ("version: 1\nsystems: [{name: a, command: [x]}]\nextra: 1", "extra: unknown key"),
        ("version: 2\nsystems: [{name: a, command: [x]}]", "version: Input should be 1"),
        ("systems: [{name: a, command: [x]}]", "version: Field required"),
        ("version: 1\nsystems: []", "systems: must have at least 1 item, not 0"),
        ("version: 1\nsystems: [{command: [x]}]", "systems[0] (no name).name: Field required"),
        ("version: 1\nsystems: [{name: a b, command: [x]}]", "systems[0] (a b).name: "),
        ("version: 1\nsystems: [{name: a, command: x y}]", "systems[0] (a).command: "),
        ("version: 1\nsystems: [{name: a}]", "systems[0] (a): needs exactly one of the keys"),
        (
            "version: 1\nsystems: [{name: a, command: [x], url: http://y}]",
            "(a): needs exactly one of the keys",
        ),
        ("version: 1\nsystems: [text]", "systems[0]: needs exactly one of the keys"),
        (
            "version: 1\nsystems: [{name: a, command: [x]}, {name: a, command: [y]}]",
            "the name 'a' is used 2 times",
        ),
        ("- a\n- b", "the whole file: "),
        ("", "the whole file: "),
        ("version: [", "node content"),
        ("version: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
    ],
)
def test_an_error_names_the_file_and_the_place(tmp_path: Path, content: str, message: str) -> None:
    path = read(tmp_path, content)
    error = error_of(path)
    assert error.startswith(f"{path}: ")
    assert message in error


def test_an_entry_that_is_wrong_is_the_only_fault(tmp_path: Path) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text("version: 1\nsystems: [{name: a, callable: 'builtins:str', colour: red}]\n")
    with pytest.raises(RosterError) as refused:
        read_roster(path)
    assert str(refused.value).endswith("colour: unknown key")
    assert str(refused.value).count(";") == 0


def test_more_than_32_systems_are_refused(tmp_path: Path) -> None:
    entries = ", ".join(f"{{name: s{i}, command: [x]}}" for i in range(33))
    error = error_of(read(tmp_path, f"version: 1\nsystems: [{entries}]"))
    assert "systems: must have at most 32 items" in error


def test_a_file_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    assert "No such file" in error_of(tmp_path / "none.yaml")
    path = tmp_path / "latin1.yaml"
    path.write_bytes(b"# caf\xe9")
    assert "utf-8" in error_of(path)


def test_weights_and_competences_make_the_vote(tmp_path: Path) -> None:
    content = """
version: 1
systems:
  - {name: a, command: [x], weight: 2}
  - {name: b, command: [x], competence: [R:SPELL]}
  - {name: c, command: [x]}
"""
    vote = read_roster(read(tmp_path, content)).vote()
    assert vote.weights == {"a": 2}
    assert vote.competence == {"b": ("R:SPELL",)}


def test_a_competence_may_say_how_good_a_system_is(tmp_path: Path) -> None:
    skills = "{R:SPELL: {precision: 0.9, recall: 0.5}}"
    content = f"version: 1\nsystems: [{{name: a, command: [x], competence: {skills}}}]"
    vote = read_roster(read(tmp_path, content)).vote()
    assert vote.competence == {"a": {"R:SPELL": Skill(0.9, 0.5)}}
    assert "a=R:SPELL(0.9/0.5)" in vote.signature
    for wrong, fault in (
        ("0.9, recall: 1.5", "from 0 to 1"),
        ("much, recall: 0.5", "valid number"),
        ("0.9", "recall"),
    ):
        faulty = content.replace("0.9, recall: 0.5", wrong)
        assert fault in error_of(read(tmp_path, faulty))


def test_a_competence_that_is_no_type_is_refused_with_those_there_are(tmp_path: Path) -> None:
    content = "version: 1\nsystems: [{name: a, command: [x], competence: [SPELL]}]"
    assert "no edit type 'SPELL'; there are M:PUNCT" in error_of(read(tmp_path, content))


SAY = """
version: 1
systems:
  - {name: all, command: [x]}
  - {name: list, command: [x], competence: [R:SPELL, PROTECTED]}
  - name: skills
    command: [x]
    competence: {R:SPELL: {precision: 0.9, recall: 0.5}, PROTECTED: {precision: 1, recall: 1}}
  - {name: alone, command: [x], competence: [PROTECTED]}
  - {name: speller, command: [x], competence: [R:SPELL]}
"""


def test_a_competence_that_names_protected_text_gives_a_say_on_it(tmp_path: Path) -> None:
    roster = read_roster(read(tmp_path, SAY))
    assert roster.may_change_protected == ("list", "skills", "alone")


def test_protected_text_is_no_type_that_the_vote_weighs(tmp_path: Path) -> None:
    vote = read_roster(read(tmp_path, SAY)).vote()
    assert "PROTECTED" not in vote.signature
    assert vote.competence["list"] == ("R:SPELL",)
    assert vote.competence["skills"] == {"R:SPELL": Skill(0.9, 0.5)}
    assert "alone" not in vote.competence


def test_protection_is_on_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    assert read_roster(CONFIGS / "embedded.yaml").may_change_protected == ()
    assert read_roster(read(tmp_path, f"{SAY}protect: false\n")).may_change_protected is None
    assert "protect: " in error_of(read(tmp_path, f"{SAY}protect: perhaps\n"))


def plan_of(tmp_path: Path, content: str, names: list[str] | None = None) -> Plan:
    return read_roster(read(tmp_path, f"version: 1\n{content}")).plan(names)


def entry(name: str, keys: str = "") -> str:
    return f'{{name: {name}, callable: "builtins:str.upper"{keys}}}'


PLANNED = f"""
systems:
  - {entry("a")}
  - {entry("b", ", round: 3")}
  - {entry("c")}
  - {entry("d", ", stand_in: true")}
  - {entry("e", ", stand_in: [a, c]")}
waiting: {{settled: true, quorum: 3, grace_s: 1.5}}
"""


def test_a_roster_without_more_asks_all_at_once(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"systems: [{entry('a')}, {entry('b')}]")
    assert plan == Plan([["a", "b"]])


def test_rounds_stand_ins_and_waiting_make_the_plan(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, PLANNED)
    assert plan == Plan([["a", "c"], ["b"]], {"d": (), "e": ("a", "c")}, True, 3, 1.5)


def test_systems_keep_their_parts_where_only_some_are_asked(tmp_path: Path) -> None:
    assert plan_of(tmp_path, PLANNED, ["b", "d"]) == Plan([["b"]], {"d": ()}, True, 3, 1.5)
    assert plan_of(tmp_path, PLANNED, ["d", "e"]) == Plan([["d", "e"]], {}, True, 3, 1.5)


@pytest.mark.parametrize(
    ("keys", "waiting", "message"),
    [
        ("", "{quorum: 3}", "waiting.quorum is 3, of 2 systems that are not stand-ins"),
        (", stand_in: true", "{quorum: 2}", "waiting.quorum is 2, of 1 systems"),
        ("", "{grace_s: 1}", "waiting: grace_s is the time after a quorum: give quorum too"),
        ("", "{quorum: 0}", "waiting.quorum: "),
        ("", "{quorum: 1, grace_s: -1}", "waiting.grace_s: "),
        ("", "{hurry: true}", "waiting.hurry: unknown key"),
        (", stand_in: [z]", "{}", "b is a stand_in for 'z'; there are a"),
        (", stand_in: [b]", "{}", "b is a stand_in for 'b'; there are a"),
        (", stand_in: []", "{}", "systems[1] (b).stand_in"),
        (", stand_in: true, round: 2", "{}", "b has a round and is a stand_in: it has no round"),
        (", round: 0", "{}", "systems[1] (b).round: "),
        (", round: 9", "{}", "systems[1] (b).round: "),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(
    tmp_path: Path, keys: str, waiting: str, message: str
) -> None:
    content = f"version: 1\nsystems: [{entry('a')}, {entry('b', keys)}]\nwaiting: {waiting}"
    assert message in error_of(read(tmp_path, content))


def test_a_roster_of_stand_ins_alone_is_refused(tmp_path: Path) -> None:
    content = f"version: 1\nsystems: [{entry('a', ', stand_in: true')}]"
    assert "every system is a stand_in" in error_of(read(tmp_path, content))
