"""Faults of a configuration in the words of its file."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import AfterValidator

from evaluation.config import Run, parse_yaml, read_run
from evaluation.errors import DataError


def known(name: str) -> str:
    if name != "chrf":
        raise ValueError(f"no metric {name!r}")
    return name


class Weighted(Run):
    weights: dict[Annotated[str, AfterValidator(known)], float]


def test_a_fault_is_without_the_words_of_pydantic(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("version: 1\nname: x\nweights: {rouge: 1}\n")
    with pytest.raises(DataError) as error:
        read_run(Weighted, path)
    assert str(error.value) == f"{path}: weights.rouge: no metric 'rouge'"


def test_a_configuration_can_be_read_from_its_content(tmp_path: Path) -> None:
    text = "version: 1\nname: x\nweights: {chrf: 1}\n"
    path, content = tmp_path / "run.yaml", parse_yaml(text)
    path.write_text(text)
    settings = ["weights.chrf=2"]
    assert read_run(Weighted, content, settings) == read_run(Weighted, path, settings)
    assert content["weights"] == {"chrf": 1}  # it is not changed
    with pytest.raises(DataError, match=r"^configuration: needs keys and values"):
        read_run(Weighted, {"name": "x"})
