"""A toy of which the best member is known: it takes two edits of three, and none of the other."""

import pytest

from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import Config
from ensemble.diversity.data.dataset import Dataset, Versions
from ensemble.diversity.data.split import split
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.task import Task
from evaluation.metrics.correction import gold_from_references

TARGET = "He goes to school {} times ."
SOURCE = "He go to scool {} times ."
OTHERS = {
    "grammar": "He goes to scool {} times .",
    "speller": "He go to school {} times .",
    "wrong": "He go to scool {} time .",
}
VERSIONS = {"eager": "He goes to school {} time .", "odd": "He go too scool {} times ."}


def toy(n: int = 60) -> Dataset:
    sources = [SOURCE.format(i) for i in range(n)]
    return Dataset(
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
def experiment_data(config) -> ExperimentData:
    return ExperimentData(config, toy())


@pytest.fixture(scope="session")
def tasks(experiment_data) -> tuple[Task, Task]:
    """What is trained on, and what is held out."""
    return toy_tasks(experiment_data)


def toy_tasks(experiment_data: ExperimentData) -> tuple[Task, Task]:
    parts = split(experiment_data.dataset.sources, experiment_data.config.split, 0)
    train = experiment_data.prepare(parts.train)
    held_out = experiment_data.prepare(parts.held_out)
    observer = Observer.of(train.visible, "eager", None)
    return train.task(observer), held_out.task(observer)
