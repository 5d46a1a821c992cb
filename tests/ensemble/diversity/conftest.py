"""A toy of which the best member is known: it takes two edits of three, and none of the other."""

import pytest

from ensemble.diversity.assessment.experiment_data import Bench
from ensemble.diversity.config import Config
from ensemble.diversity.data.material import Material, Versions
from ensemble.diversity.data.split import split
from ensemble.diversity.training.observation import Observer
from ensemble.diversity.training.training import Task
from evaluation.metrics.correction import gold_from_references

TARGET = "He goes to school {} times ."
SOURCE = "He go to scool {} times ."
OTHERS = {
    "grammar": "He goes to scool {} times .",
    "speller": "He go to school {} times .",
    "wrong": "He go to scool {} time .",
}
VERSIONS = {"eager": "He goes to school {} time .", "odd": "He go too scool {} times ."}


def toy(n: int = 60) -> Material:
    sources = [SOURCE.format(i) for i in range(n)]
    return Material(
        sources,
        {name: [text.format(i) for i in range(n)] for name, text in OTHERS.items()},
        Versions([{name: text.format(i) for name, text in VERSIONS.items()} for i in range(n)]),
        gold_from_references(sources, [[TARGET.format(i)] for i in range(n)]),
    )


CONFIG = {
    "version": 1,
    "name": "toy",
    "source": "source.txt",
    "gold": "gold.m2",
    "others": {"path": ".", "systems": list(OTHERS)},
    "member": {"form": "pool", "path": ".", "systems": list(VERSIONS)},
    "lessons": {"marginal": {"reward": {"terms": {"marginal": 1}}}},
}


@pytest.fixture(scope="session")
def config() -> Config:
    return Config.model_validate(CONFIG)


@pytest.fixture(scope="session")
def bench(config) -> Bench:
    return Bench(config, toy())


@pytest.fixture(scope="session")
def tasks(bench) -> tuple[Task, Task]:
    """What is trained on, and what is held out."""
    parts = split(bench.material.sources, bench.config.split, 0)
    train, held_out = bench.part(parts.train), bench.part(parts.held_out)
    observer = Observer.of(train.visible, "eager", None)
    return tuple(p.task(observer) for p in (train, held_out))
