"""The notebooks in `examples/` run, and give the outputs that are saved in them."""

import ast
import json
from pathlib import Path
from typing import Any

import pandas
import pytest

FOLDER = Path(__file__).parents[1] / "examples"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
TRAINED = "trained"
"""The tag of cells whose outputs come from training, which is shorter in this test."""


def cells(name: str) -> list[dict[str, Any]]:
    """The cells of code of a notebook."""
    notebook = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(code: str, names: dict[str, Any]) -> object:
    """Run a cell, and return the value of the expression that it ends with, if it does."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def saved(cell: dict[str, Any]) -> str:
    """The text that a cell printed and showed when the notebook was saved."""
    outputs = cell["outputs"]
    printed = "".join("".join(output.get("text", [])) for output in outputs)
    shown = ["".join(o["data"]["text/plain"]) for o in outputs if "data" in o]
    return printed + "".join(shown)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_gives_the_outputs_saved_in_it(name, monkeypatch, capsys):
    monkeypatch.setattr("ensemble.combiners.neural.optimise._STEPS", 2)
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells(name):
        value = run("".join(cell["source"]), names)
        with pandas.option_context("display.max_columns", 20, "display.width", 80):
            made = capsys.readouterr().out + ("" if value is None else repr(value))
        assert saved(cell), "run the notebook, and save it with its outputs"
        if TRAINED not in cell["metadata"].get("tags", ()):
            assert made == saved(cell)


def test_there_is_a_notebook_for_each_kind():
    assert NAMES == ["classify", "correct", "translate"]


@pytest.mark.parametrize("name", NAMES)
def test_no_output_names_a_place_on_a_machine(name):
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    assert not any(place in text for place in ("/home/", "/tmp/", "/root/", "site-packages"))
