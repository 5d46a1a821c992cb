"""Functions in the folder of their roster: found, kept apart, and shadowing nothing."""

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.judges.ask import JudgeClient
from ensemble.systems import ask
from ensemble.systems.roster import create_judge, read_roster
from evaluation.import_path import load_function

MODULE = "roster_function_for_tests"
ROSTER = f"version: 1\nsystems: [{{name: x, callable: '{MODULE}:correct'}}]\n"


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Whatever is imported from a folder, Python's path and modules are as they were."""
    path, finders, modules = list(sys.path), list(sys.meta_path), set(sys.modules)
    yield
    assert (sys.path, sys.meta_path) == (path, finders)
    assert not {n for n in set(sys.modules) - modules if n.startswith(("roster_", "sibling_"))}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write `files` and a roster into `folder`; return the path of the roster."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "roster.yaml").write_text(ROSTER)
    return folder / "roster.yaml"


def answer(roster: Path) -> str | None:
    """Return what the only system of a roster says to `a`, or why it says nothing."""

    async def scenario() -> str | None:
        (system,) = read_roster(roster).systems()
        await system.start()
        try:
            asked = (await ask([system], "a", 20))["x"]
            return asked.text or asked.reason
        finally:
            await system.stop()

    return asyncio.run(scenario())


def test_a_function_is_found_beside_its_roster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = write(tmp_path / "here", {f"{MODULE}.py": "def correct(text): return text + '!'"})
    assert answer(roster) == "a!"
    monkeypatch.chdir(tmp_path)
    assert answer(Path("here/roster.yaml")) == "a!"
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(MODULE)


def test_two_rosters_have_modules_of_one_name(tmp_path: Path) -> None:
    rosters = [
        write(
            tmp_path / name,
            {
                f"{MODULE}.py": "from sibling_of_it import said\ndef correct(text): return said",
                "sibling_of_it.py": f"said = {name!r}",
            },
        )
        for name in ("first", "second")
    ]
    assert [answer(roster) for roster in (*rosters, *rosters)] == ["first", "second"] * 2


def test_rosters_that_start_at_the_same_time(tmp_path: Path) -> None:
    body = "import time\ntime.sleep(0.01)\nfrom sibling_of_it import said\n"
    rosters = [
        write(
            tmp_path / str(i),
            {
                f"{MODULE}.py": body + "def correct(text): return said",
                "sibling_of_it.py": f"said = '{i}'",
            },
        )
        for i in range(8)
    ]

    async def scenario() -> list[str | None]:
        systems = [read_roster(roster).systems()[0] for roster in rosters]
        await asyncio.gather(*(system.start() for system in systems))
        asked = [await ask([system], "a", 20) for system in systems]
        await asyncio.gather(*(system.stop() for system in systems))
        return [each["x"].text for each in asked]

    assert asyncio.run(scenario()) == [str(i) for i in range(8)]


def test_a_module_is_imported_once_for_a_folder(tmp_path: Path) -> None:
    body = "calls = []\ndef correct(text): calls.append(1); return str(len(calls))"
    write(tmp_path, {f"{MODULE}.py": body + "\ndef other(text): return correct(text)"})
    first = load_function(f"{MODULE}:correct", tmp_path)
    second = load_function(f"{MODULE}:other", tmp_path)
    assert [first("a"), second("a"), first("a")] == ["1", "2", "3"]


def test_a_package_with_relative_imports(tmp_path: Path) -> None:
    files = {
        "roster_package/__init__.py": "",
        "roster_package/parts.py": "END = '?'",
        "roster_package/inner/__init__.py": "from ..parts import END",
        "roster_package/inner/deep.py": "from . import END\nclass C:\n    @staticmethod\n"
        "    def correct(text): return text + END",
    }
    write(tmp_path, files)
    assert load_function("roster_package.inner.deep:C.correct", tmp_path)("a") == "a?"


def test_what_is_installed_is_not_shadowed(tmp_path: Path) -> None:
    write(tmp_path, {"string.py": "def capwords(text): return 'wrong'", "yaml.py": "1/0"})
    assert load_function("string:capwords", tmp_path)("two words") == "Two Words"
    write(tmp_path, {f"{MODULE}.py": "import yaml\ndef correct(text): return yaml.safe_dump(text)"})
    assert load_function(f"{MODULE}:correct", tmp_path)("a").startswith("a")


def test_an_error_says_where_it_was_looked_for(tmp_path: Path) -> None:
    roster = write(tmp_path, {})
    assert answer(roster) == (
        f"ModuleNotFoundError: No module named {MODULE!r}: "
        f"it is neither on Python's path nor in {tmp_path}"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("def correct(", "SyntaxError: "),
        ("1/0", "ZeroDivisionError: division by zero"),
        ("other = 1", f"AttributeError: module {MODULE!r} has no attribute 'correct'"),
        ("correct = 1", f"TypeError: {MODULE}:correct is int, not a function"),
    ],
)
def test_a_module_that_is_wrong_can_be_mended(tmp_path: Path, body: str, reason: str) -> None:
    roster = write(tmp_path, {f"{MODULE}.py": body})
    assert (answer(roster) or "").startswith(reason)


def test_a_module_that_failed_is_read_anew(tmp_path: Path) -> None:
    roster = write(tmp_path, {f"{MODULE}.py": "1/0"})
    assert "ZeroDivisionError" in (answer(roster) or "")
    write(tmp_path, {f"{MODULE}.py": "def correct(text): return 'mended now'"})
    assert answer(roster) == "mended now"


def test_a_judge_is_found_beside_its_roster(tmp_path: Path) -> None:
    (tmp_path / f"{MODULE}.py").write_text(
        "def score(source, outputs): return [len(text) / 10 for text in outputs]"
    )
    path = tmp_path / "roster.yaml"
    path.write_text(
        "version: 1\nsystems: [{name: a, callable: 'builtins:str.strip'}]\n"
        f"judges: [{{name: j, callable: '{MODULE}:score'}}]\n"
    )

    async def scenario() -> object:
        judge = create_judge(read_roster(path).judges[0])
        await judge.start()
        rating = await JudgeClient(judge).ask("s", ("a", "abc"), 20)
        await judge.stop()
        return rating.scores

    assert asyncio.run(scenario()) == (0.1, 0.3)


def test_a_nested_roster_has_a_folder_of_its_own(tmp_path: Path) -> None:
    inner = write(tmp_path / "in", {f"{MODULE}.py": "def correct(text): return 'inner'"})
    outer = write(tmp_path / "out", {f"{MODULE}.py": "def correct(text): return 'outer'"})
    assert answer(outer) == "outer"
    outer.write_text(f"version: 1\nsystems: [{{name: x, ensemble: {inner}, kind: texts}}]\n")
    assert answer(outer) == "inner"
