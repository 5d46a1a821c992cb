import json
from functools import partial

import pytest

from ensemble.answer_cache import ask_once, digest
from ensemble.diversity.config import Config
from ensemble.diversity.data import live
from ensemble.diversity.data.dataset import Versions
from ensemble.diversity.data.reading import read_dataset, read_nbest, write_nbest
from evaluation.data.m2 import format_m2
from evaluation.execution.progress import quietly
from evaluation.records import DataError
from tests.ensemble.diversity.conftest import CONFIG, toy


@pytest.fixture
def folder(tmp_path):
    material = toy(12)
    texts = {"source": material.sources, **material.others}
    texts |= {n: material.versions.of(n, material.sources) for n in material.versions.names}
    for name, lines in texts.items():
        (tmp_path / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    (tmp_path / "gold.m2").write_text(format_m2(material.gold))
    return tmp_path


def test_a_pool_is_read_from_files(folder):
    found = read_dataset(Config.model_validate({**CONFIG, "data": str(folder)}), quietly)
    assert found.versions.texts == toy(12).versions.texts
    assert found.gold == toy(12).gold


def test_a_file_of_another_length_is_refused(folder):
    (folder / "speller.txt").write_text("one line\n")
    with pytest.raises(DataError, match=r"speller\.txt: 1 lines, but source\.txt has 12"):
        read_dataset(Config.model_validate({**CONFIG, "data": str(folder)}), quietly)


def test_n_best_lists_come_back_as_they_were_written(tmp_path):
    versions = Versions([{"1": "a", "2": "b"}, {}], [{"1": -0.5, "2": -2.0}, {}])
    write_nbest(tmp_path / "lists.jsonl", versions)
    assert read_nbest(tmp_path / "lists.jsonl") == versions
    assert versions.beliefs[0]["1"] == pytest.approx(1 / (1 + 2.718281828**-1.5))


def test_a_line_that_is_no_list_is_named(tmp_path):
    file = tmp_path / "lists.jsonl"
    file.write_text('{"hypotheses": [{"text": "a"}]}\n{"hypotheses": [{"text": 3}]}\n')
    with pytest.raises(DataError, match=r"lists\.jsonl:2: hypotheses\.0\.text"):
        read_nbest(file)


def test_what_was_answered_is_not_asked_again(tmp_path):
    asked = []

    def ask(some):
        asked.extend(some)
        return [len(text) for text in some]

    assert ask_once("length", ["a", "bb", "a"], ask, quietly, tmp_path) == [1, 2, 1]
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b'["torn')
    assert ask_once("length", ["bb", "ccc"], ask, quietly, tmp_path) == [2, 3]
    assert asked == ["a", "bb", "ccc"]


SYSTEMS = """import json, pathlib
LINES = json.loads((pathlib.Path(__file__).parent / "answers.json").read_text())
def __getattr__(name):
    def correct(source):
        with (pathlib.Path(__file__).parent / "asked").open("a") as asked:
            asked.write(f"{name}\\n")
        return LINES[name][source]
    return correct
"""


@pytest.fixture
def roster(folder, monkeypatch):
    """Beside the files of a folder, systems that answer what the files have."""
    names = [*toy(12).others, *toy(12).versions.names]
    sources = (folder / "source.txt").read_text().splitlines()
    answers = {
        name: dict(zip(sources, (folder / f"{name}.txt").read_text().splitlines(), strict=True))
        for name in names
    }
    (folder / "answers.json").write_text(json.dumps(answers))
    module = f"answering_{digest(str(folder), 8)}"
    (folder / f"{module}.py").write_text(SYSTEMS)
    systems = [{"name": name, "callable": f"{module}:{name}"} for name in names]
    (folder / "roster.yaml").write_text(json.dumps({"version": 1, "systems": systems}))
    monkeypatch.setattr(live, "ask_once", partial(ask_once, folder=folder / "cache"))
    return folder


def live_config(folder):
    config = Config.model_validate({**CONFIG, "data": str(folder)})
    systems = {"others": config.others.systems, "member": config.member.systems}
    asked = {k: {"roster": "roster.yaml", "systems": names} for k, names in systems.items()}
    asked["member"]["form"] = "pool"
    return {**CONFIG, "data": str(folder), **asked}


def test_systems_that_are_asked_are_as_their_files_and_are_asked_once(roster):
    files = read_dataset(Config.model_validate({**CONFIG, "data": str(roster)}), quietly)
    asked = []
    for _ in range(2):
        found = read_dataset(Config.model_validate(live_config(roster)), quietly)
        assert (found.others, found.versions) == (files.others, files.versions)
        asked.append((roster / "asked").read_text())
    assert asked[0] == asked[1]


def test_a_system_that_is_not_there_or_fails_is_named(roster):
    config = live_config(roster)
    config["others"] = {"roster": "roster.yaml", "systems": ["absent"]}
    with pytest.raises(ValueError, match="no system 'absent'"):
        read_dataset(Config.model_validate(config), quietly)
    (roster / "answers.json").write_text("{}")
    with pytest.raises(ValueError, match="KeyError"):
        read_dataset(Config.model_validate(live_config(roster)), quietly)


def test_a_pool_is_in_one_place():
    config = {**CONFIG, "data": "."}
    config["member"] = {**config["member"], "roster": "roster.yaml"}
    with pytest.raises(ValueError, match="exactly one of path and roster"):
        Config.model_validate(config)
