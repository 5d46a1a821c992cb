"""docs/adding/metric.md: the recipe, carried out as written, is found and passes its check."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation import metrics
from evaluation.metrics import registry
from evaluation.metrics.registry import entries, load_metric, metric_names
from evaluation.testing import texts_for_checks

PAGE = Path(__file__).parents[3] / "docs" / "adding" / "metric.md"


def block(kind: str) -> tuple[str, str]:
    """The code behind `<!-- test: kind name -->`, after the name."""
    text = PAGE.read_text(encoding="utf-8")
    [(name, code)] = re.findall(rf"<!-- test: {kind} ?(\w*) -->\n```\w+\n(.*?)```", text, re.DOTALL)
    return name, code


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the registered metrics and imported modules of a test after it."""
    entries()
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))
    modules = set(sys.modules)
    yield
    for name in set(sys.modules) - modules:
        if name.startswith(("evaluation.metrics.words", "my_package")):
            del sys.modules[name]
    vars(metrics).pop("words", None)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restored: None) -> None:
    """Have `evaluation.metrics` contain the module of the recipe."""
    name, code = block("module")
    (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(metrics, "__path__", [*metrics.__path__, str(tmp_path)])
    registry._import_all.cache_clear()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restored: None) -> None:
    """Install a package with the module and the entry point of the recipe."""
    name, code = block("module")
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / f"{name}.py").write_text(code, encoding="utf-8")
    points = tomllib.loads(block("entry-point")[1])["project"]["entry-points"]
    lines = [
        f"[{group}]\n{key} = {value}" for group in points for key, value in points[group].items()
    ]
    info = tmp_path / "my_package-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n")
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("written")
def test_a_metric_is_one_file() -> None:
    assert entries()["words"].summary.startswith("The F-score of words")
    exec(compile(block("check")[1], str(PAGE), "exec"), {})


@pytest.mark.usefixtures("written")
def test_the_metric_counts_as_it_says() -> None:
    scores = load_metric("words").segment_scores(texts_for_checks())
    # "This is an cat ." shares 4 of 5 words with "This is a cat ."; the others are references.
    assert scores.tolist() == pytest.approx([80, 100, 100])


@pytest.mark.usefixtures("installed")
def test_a_package_offers_the_metric_by_its_entry_point() -> None:
    assert "words" in metric_names()
    assert "words" not in entries()
    exec(compile(block("check")[1], str(PAGE), "exec"), {})
    assert type(load_metric("words")).__module__ == "my_package.words"
