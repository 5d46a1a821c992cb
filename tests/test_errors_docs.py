"""docs/errors.md lists the codes of all errors, as the tables in the code have them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from evaluation.errors import CODES, ConfigError, DataError
from service.core.problem_types import FAULT_CODES, PROBLEM_TYPES, Code
from service.core.settings import SettingsError
from service.store.database import StoreError

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "errors.md"
PACKAGES = ("evaluation", "ensemble", "service")
SOURCES = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]


def problem_rows() -> list[str]:
    """The rows of the table of problems, by code."""
    return [
        f"| `{code}` | {kind.status} | {kind.meaning} | {_quoted(kind.example)} |"
        for code, kind in sorted(PROBLEM_TYPES.items())
    ]


def code_rows() -> list[str]:
    """The rows of the table of library codes, by code."""
    return [
        f"| `{code}` | {meaning} | {_quoted(example)} |"
        for code, (meaning, example) in sorted(CODES.items())
    ]


def _quoted(example: str) -> str:
    return f"`{example}`"


def test_the_page_lists_every_code_and_no_other() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `" in line[:3]]
    listed = [row for row in rows if re.match(r"\| `[a-z0-9-]+` \|", row)]
    assert listed == [*problem_rows(), *code_rows()]


def test_the_example_in_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(PAGE), "exec"), {})


def test_every_code_has_a_description() -> None:
    assert set(PROBLEM_TYPES) == set(get_args(Code))
    assert {PROBLEM_TYPES[code].status for code in FAULT_CODES} == {422}
    assert {code for code, kind in PROBLEM_TYPES.items() if kind.status == 422} == set(FAULT_CODES)


CODE_POSITION = {"InputError": 0, "DataError": 3, "ConfigError": 1, "SettingsError": 1}
"""The place of the code among the arguments of each error."""


def test_the_code_uses_these_codes_and_no_other() -> None:
    used = {code for path in SOURCES for code in codes_in(ast.parse(path.read_text("utf-8")))}
    used |= {error("").code for error in (ConfigError, SettingsError, StoreError)}
    used.add(DataError("a.txt", None, "").code)
    assert used == set(CODES)


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Every code that is given to an error as a literal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = CODE_POSITION.get(node.func.id)
            given = [] if place is None else node.args[place : place + 1]
            given += [k.value for k in node.keywords if k.arg == "code" and place is not None]
            yield from (arg.value for arg in given if isinstance(arg, ast.Constant))
