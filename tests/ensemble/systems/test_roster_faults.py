"""Rosters that are wrong: what is said, what to write instead, and nothing that only follows."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ensemble.judges.registry import JUDGES
from ensemble.kinds import Kind, keys_of
from ensemble.systems.registry import KINDS
from ensemble.systems.roster import Roster, RosterError, read_roster

ENTRIES = "systems: must be a list of entries, each of which begins with `- name: `"
RIGHT = "{name: a, command: [sed]}"


def faults(folder: Path, content: str) -> str:
    """Return what is said of a roster, without its path."""
    path = folder / "roster.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RosterError) as refused:
        read_roster(path)
    message = str(refused.value).removeprefix(f"{path}: ")
    assert message != str(refused.value)
    assert "\n" not in message
    return message


def fault_of(folder: Path, entry: str, part: str = "systems") -> str:
    """Return what is said of one entry that is wrong."""
    others = f"systems: [{RIGHT}]\n" if part == "judges" else ""
    return faults(folder, f"version: 1\n{others}{part}: [{entry}]\n")


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (
            '{name: a, command: "sed s/x/y/"}',
            "(a).command: must be a list of words, such as [sed, s/x/y/]",
        ),
        (
            "{name: a, command: python -m 'my mod' --key s3cret}",
            "(a).command: must be a list of words, such as [python, -m, ...]",
        ),
        (
            '{name: a, command: "it\'s"}',
            "(a).command: must be a list of words, such as [it's]",
        ),
        ("{name: a, command: {x: y}}", "(a).command: must be a list"),
        ("{name: a, command: }", "(a).command: must be a list"),
        ("{name: a, command: []}", "(a).command: must have at least 1 item, not 0"),
        ("{name: a, command: [head, -1]}", "(a).command.1: must be text: put it in quotes, '-1'"),
        ("{name: a, command: [x, yes]}", "(a).command.1: must be text: put it in quotes, 'true'"),
        ("{name: 3, command: [x]}", "(3).name: must be text: put it in quotes, '3'"),
        ("{name: a b, command: [x]}", "(a b).name: must begin with a letter or digit"),
        ("{name: a, command: [x], wieght: 2}", "(a).wieght: unknown key; did you mean weight?"),
        ("{name: a, command: [x], colour: red}", "(a).colour: unknown key"),
        ("{nmae: a, command: [x]}", "(no name).nmae: unknown key; did you mean name?"),
        (
            "{name: a, callable: mysys.correct}",
            "(a).callable: must be package.module:function, such as mysys:correct",
        ),
        ("{name: a, callable: correct}", "(a).callable: must be package.module:function"),
        ("{name: a, command: [x], competence: R:SPELL}", "such as ['R:SPELL']"),
        (
            "{name: a, command: [x], competence: {R:SPELL: 0.5}}",
            "(a).competence.R:SPELL: must be {precision: 0.8, recall: 0.5} or the like",
        ),
        (
            "{name: a, command: [x], stand_in: b}",
            "(a).stand_in: must be true, or a list of names such as [b]",
        ),
        ("{name: a, callable: 'x:y', warm_up: {}}", "(a).warm_up: "),
        (
            "{name: a, languagetool: 'http://x', disabled_rules: A}",
            "(a).disabled_rules: must be a list of words, such as [A]",
        ),
    ],
)
def test_a_fault_says_what_to_write(tmp_path: Path, entry: str, fault: str) -> None:
    said = fault_of(tmp_path, entry)
    assert said.startswith("systems[0] (")
    assert fault in said
    assert said.count("systems") == 1
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("part", "entry", "meant"),
    [
        ("systems", "{name: a, comand: [x]}", "did you mean command instead of comand?"),
        ("systems", "{name: a, Command: [x]}", "did you mean command instead of Command?"),
        ("systems", "{name: a, language_tool: x}", "languagetool instead of language_tool?"),
        ("systems", "{name: a, command: [x], url: 'http://x'}", "it has command and url"),
        ("judges", "{name: a, calable: 'x:y'}", "did you mean callable instead of calable?"),
        ("judges", "{name: a, encodr: x}", "did you mean encoder instead of encodr?"),
    ],
)
def test_the_key_of_a_kind(tmp_path: Path, part: str, entry: str, meant: str) -> None:
    said = fault_of(tmp_path, entry, part)
    assert said.startswith(f"{part}[0] (a): needs exactly one of the keys callable, chat, ")
    assert said.endswith(meant)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"version: 1\nsystem: [{RIGHT}]", "system: unknown key; did you mean systems?"),
        (f"version: 1\nsystems: {RIGHT}", ENTRIES),
        ("version: 1\nsystems:", ENTRIES),
        ("version: 1\nsystems: embedded", ENTRIES),
        ("version: 1\nsystems: []", "systems: must have at least 1 item, not 0"),
        (
            f"version: 1\nsystems: [{RIGHT}]\njudge: []",
            "judge: unknown key; did you mean judges?",
        ),
        (f"systems: [{RIGHT}]\nextra: 1", "version: Field required; extra: unknown key"),
        (f"verson: 1\nsystems: [{RIGHT}]", "verson: unknown key; did you mean version?"),
    ],
)
def test_the_whole_file(tmp_path: Path, content: str, said: str) -> None:
    assert faults(tmp_path, content) == said


def test_each_wrong_entry_is_named_once(tmp_path: Path) -> None:
    entries = f"{{name: a, url: x}}, {RIGHT}, {{name: c, comand: [x]}}"
    message = faults(tmp_path, f"version: 1\nsystems: [{entries}]")
    assert "systems[0] (a).url: " in message
    assert "systems[0] (a).request: Field required" in message
    assert "systems[2] (c): needs" in message
    assert "systems: " not in message
    assert "systems[1]" not in message


def _typos(key: str) -> st.SearchStrategy[str]:
    """One letter left out, doubled or swapped with the next, as in `comand`."""
    place = st.integers(0, len(key) - 2)
    return st.one_of(
        place.map(lambda i: key[:i] + key[i + 1 :]),
        place.map(lambda i: key[: i + 1] + key[i:]),
        place.map(lambda i: key[:i] + key[i + 1] + key[i] + key[i + 2 :]),
        st.just(key.replace("_", "-")),
        st.just(key.upper()),
    )


KEYS = [
    (part, kind, key)
    for part, kinds in (("systems", KINDS.kinds()), ("judges", JUDGES.kinds()))
    for kind in kinds
    for key in sorted(keys_of(kind.config))
    if len(key) > 4
]


@given(st.data())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
def test_any_misspelt_key_of_any_kind_is_told_by_its_right_name(
    tmp_path: Path, data: st.DataObject
) -> None:
    part, kind, key = data.draw(st.sampled_from(KEYS))
    typo = data.draw(_typos(key))
    assume(typo not in keys_of(kind.config))
    entry: dict[str, Any] = {"name": "a", kind.key: "x", typo: "x"}
    if key == kind.key:
        del entry[kind.key]
    said = fault_of(tmp_path, yaml.safe_dump(entry, default_flow_style=True), part)
    assert f"did you mean {key}" in said
    assert f".{key}: Field required" not in said


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "x y", "http://x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "command", "comand", "weight", "a"]), inner)
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["version", "systems", "system", "judges", "protect", "x"]), VALUES
    )
    | VALUES
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200
)
def test_whatever_is_wrong_something_is_said(tmp_path: Path, content: object) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text(yaml.safe_dump(content))
    try:
        assert isinstance(read_roster(path), Roster)
    except RosterError as error:
        said = str(error).removeprefix(f"{path}: ")
        assert ": " in said
        assert "pydantic" not in said


def test_every_kind_has_keys() -> None:
    kind: Kind[Any]
    for kind in (*KINDS.kinds(), *JUDGES.kinds()):
        assert {"name", kind.key} <= keys_of(kind.config)


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ("panel: {kinds: edits}", "panel.kinds: unknown key; did you mean kind?"),
        ("panel: {systems: a}", "panel.systems: must be a list of words, such as [a]"),
        ("waiting: {quorom: 2}", "waiting.quorom: unknown key; did you mean quorum?"),
        ("waiting: [settled]", "waiting: must have keys of its own, such as {key: value}"),
    ],
)
def test_a_fault_in_a_block_says_what_to_write(tmp_path: Path, block: str, fault: str) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text(f"version: 1\nsystems: [{{name: a, command: [x]}}]\n{block}\n")
    with pytest.raises(RosterError) as raised:
        read_roster(path)
    assert str(raised.value) == f"{path}: {fault}"
