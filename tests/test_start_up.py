"""What the packages and the command import as they start, which decides how long that takes."""

import subprocess
import sys
from functools import cache

import pytest

SECONDS = {"torch", "transformers", "sklearn", "scipy", "pandas", "datasets", "matplotlib", "ray"}
"""Packages whose import takes seconds."""
SERVICE = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "aiohttp", "httpx"}
"""Packages of the service, which neither files nor Python programs need."""
HELP = "try: app(['--help'])\nexcept SystemExit: pass"
TYPER = """
import typer
app = typer.Typer()
@app.callback()
def a(): pass
@app.command()
def b(): pass
"""
OUTPUTS = "{'a': 'He goes .', 'b': 'He goes .', 'c': 'He go .'}"


@cache
def imported(code: str) -> frozenset[str]:
    """The modules that a new interpreter has imported after it ran `code`."""
    script = f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return frozenset(done.stderr.decode().split())


def packages(code: str) -> set[str]:
    """The packages imported by `code` that are not of Python's own library."""
    new = imported(code) - imported("pass")
    return {module.partition(".")[0] for module in new} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("package", ["ensemble", "evaluation"])
def test_a_package_imports_nothing_but_itself(package: str) -> None:
    assert packages(f"import {package}") == {package}
    assert imported(f"import {package}") - imported("import typing") == {package}


def test_the_list_of_commands_imports_nothing_that_typer_does_not() -> None:
    ours = imported(f"from service.cli.app import app\n{HELP}")
    assert ours - imported(TYPER + HELP) == {
        "service",
        "service.cli",
        "service.cli.app",
        "service.cli.deferred",
    }


def test_no_command_takes_seconds_to_read_its_options() -> None:
    seen = packages(
        "from service.cli.app import COMMANDS\nfrom service.cli.deferred import imported\n"
        "for name, (address, _) in COMMANDS.items(): imported(name, address)"
    )
    assert {"ensemble", "evaluation", "sqlalchemy"} <= seen
    assert not SECONDS & seen


@pytest.mark.parametrize(
    "code",
    [
        "from ensemble import Segment, collect, combine, load_combiner\n"
        f"combine(collect(Segment('He go .', {OUTPUTS}), 'edits'), load_combiner('vote'))",
        "from evaluation import Texts, load_metric\n"
        "load_metric('chrf').corpus_score(Texts(['a b'], references=[['a c']]))",
    ],
    ids=["combine", "score"],
)
def test_the_first_example_takes_no_seconds_to_start(code: str) -> None:
    seen = packages(code)
    assert "numpy" in seen
    assert not (SECONDS | SERVICE) & seen


@pytest.mark.parametrize("module", ["worker", "child", "kinds"])
def test_a_job_waits_for_no_package_that_it_may_not_need(module: str) -> None:
    seen = packages(f"import service.jobs.{module}")
    assert "pydantic" in seen
    assert not SECONDS & seen
