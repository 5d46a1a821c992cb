"""Folders of models' outputs, and the study run on them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ensemble.diagnosis.studies import read_study
from evaluation.execution.progress import quietly
from evaluation.reporting.run_report import RunReport

CONFIG = "version: 1\nstudy: panel\nname: own\ndata: .\noutputs: {path: .}\nplan: {seeds: 2}\n"

Write = Callable[[Mapping[str, Sequence[str]]], Path]
Diagnose = Callable[..., RunReport]


@pytest.fixture
def write(tmp_path) -> Write:
    """Writes a text file for each name, a line a prompt."""

    def written(files: Mapping[str, Sequence[str]]) -> Path:
        for name, lines in files.items():
            suffix = "" if "." in name and name.endswith("csv") else ".txt"
            text = "".join(f"{line}\n" for line in lines)
            (tmp_path / f"{name}{suffix}").write_text(text, encoding="utf-8")
        return tmp_path

    return written


@pytest.fixture
def diagnose(tmp_path) -> Diagnose:
    """Runs the study on the folder, with settings as `--set` has them."""

    def diagnosed(*settings: str) -> RunReport:
        path = tmp_path / "panel.yaml"
        path.write_text(CONFIG)
        study = read_study(path, settings)
        return study.run(study.config, None, quietly)

    return diagnosed
