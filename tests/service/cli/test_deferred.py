"""Commands that are imported when they are called look like those that were imported before."""

import inspect

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from service.cli.app import COMMANDS, app
from service.cli.deferred import imported


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_help_of_the_command_begins_with(name: str) -> None:
    address, line = COMMANDS[name]
    help = get_command(imported(name, address)).help
    assert help is not None
    assert inspect.cleandoc(help).partition("\n\n")[0] == line


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_its_name_and_its_own_options(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "400", "TERM": "dumb"})
    assert shown.exit_code == 0
    assert f" {name} " in shown.stdout.partition("Usage: ")[2].partition("\n")[0]
    for parameter in get_command(imported(name, COMMANDS[name][0])).params:
        assert {*parameter.opts} & {*shown.stdout.split(), str(parameter.name)}
    assert "--show-completion" not in shown.stdout


def test_a_word_is_completed_from_the_options_of_the_command() -> None:
    env = {
        "_CONSORT_COMPLETE": "complete_bash",
        "COMP_WORDS": "consort combine --evid",
        "COMP_CWORD": "2",
    }
    shown = CliRunner().invoke(app, [], prog_name="consort", env=env)
    assert shown.stdout.split() == ["--evidence"]


def test_a_module_that_is_not_there_is_known_only_to_those_who_call_it() -> None:
    from service.cli.deferred import defer

    other = typer.Typer()
    for name in ("first", "second"):
        defer(other, name, f"no_such_module.{name}:f", f"The {name}.")
    assert "The second." in CliRunner().invoke(other, ["--help"]).stdout
    called = CliRunner().invoke(other, ["first"])
    assert isinstance(called.exception, ModuleNotFoundError)
