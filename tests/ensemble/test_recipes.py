"""docs/adding: each recipe, carried out as written, is found and passes its check."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from ensemble import combiners, judges, systems
from ensemble.combiners import supervised
from ensemble.combiners.registry import COMBINERS, label_free, trainable
from ensemble.diversity.training import rewards
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.rewards.registry import REWARDS
from ensemble.judges.registry import JUDGES
from ensemble.registry import Registry
from ensemble.systems.registry import KINDS, kinds

ADDING = Path(__file__).parents[2] / "docs" / "adding"


def blocks(page: str, kind: str) -> list[tuple[str, str]]:
    """The code blocks of a page behind `<!-- test: kind -->`, with what follows the kind there."""
    text = (ADDING / page).read_text(encoding="utf-8")
    return re.findall(rf"<!-- test: {kind} ?(\w*) -->\n```\w+\n(.*?)```", text, re.DOTALL)


@contextmanager
def one_more_file(
    package: ModuleType, registry: Registry[Any], files: list[tuple[str, str]], folder: Path
) -> Iterator[None]:
    """Have `package` hold modules more, by name, as if they had been written into its folder."""
    for name, content in files:
        (folder / f"{name}.py").write_text(content, encoding="utf-8")
    modules = [f"{package.__name__}.{name}" for name, _ in files]
    with registry.restored(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "__path__", [*package.__path__, str(folder)])
        patch.setattr(registry, "_complete", False)
        try:
            yield
        finally:
            for (name, _), module in zip(files, modules, strict=True):
                sys.modules.pop(module, None)
                package.__dict__.pop(name, None)


def test_a_system_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (_, roster), (_, check) = blocks("system.md", "roster")[0], blocks("system.md", "check")[0]
    (tmp_path / "roster.yaml").write_text(roster, encoding="utf-8")
    with one_more_file(systems, KINDS, blocks("system.md", "module"), tmp_path):
        assert "glossary" in [kind.name for kind in kinds()]
        exec(compile(check, "system.md", "exec"), {})


def test_a_judge_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (_, roster), (_, check) = blocks("judge.md", "roster")[0], blocks("judge.md", "check")[0]
    (tmp_path / "roster.yaml").write_text(roster, encoding="utf-8")
    with one_more_file(judges, JUDGES, blocks("judge.md", "module"), tmp_path):
        assert "brevity" in JUDGES.all()
        exec(compile(check, "judge.md", "exec"), {})


def test_a_reward_is_one_file(tmp_path: Path) -> None:
    (_, terms), (_, check) = blocks("reward.md", "terms")[0], blocks("reward.md", "check")[0]
    files = blocks("reward.md", "module")
    with one_more_file(rewards, REWARDS, files, tmp_path):
        assert {name for name, _ in files} <= set(REWARDS.all())
        assert Reward.model_validate(yaml.safe_load(terms)).coefficients(0)["marginal"] == 1
        exec(compile(check, "reward.md", "exec"), {})


@pytest.mark.slow
def test_a_combiner_is_one_file(tmp_path: Path) -> None:
    (_, check), *_ = blocks("combiner.md", "check")
    without_labels, trained = ([file] for file in blocks("combiner.md", "module"))
    folders = tmp_path / "combiners", tmp_path / "supervised"
    for folder in folders:
        folder.mkdir()
    with (
        one_more_file(combiners, COMBINERS, without_labels, folders[0]),
        one_more_file(supervised, COMBINERS, trained, folders[1]),
    ):
        assert {"threshold", "precision"} <= set(COMBINERS.all())
        assert "threshold" in label_free()
        assert "precision" in trainable()
        exec(compile(check, "combiner.md", "exec"), {})
