"""A toy of texts or labels: the best member answers `blue` where its two versions differ so."""

from collections.abc import Mapping, Sequence

from ensemble.diversity.assessment.experiment_data import ExperimentData
from ensemble.diversity.config import Config
from ensemble.diversity.data.dataset import Dataset, Versions
from ensemble.diversity.data.split import split
from ensemble.diversity.policy.observation import Observer
from ensemble.diversity.training.task import Task

TARGETS = ("red", "green", "blue")
OTHERS = {"warm": ("red", "green", "green"), "cold": ("red", "blue", "blue")}
VERSIONS = {"eager": ("green", "green", "green"), "odd": ("red", "red", "blue")}
FORMS = {"labels": "{}", "texts": "The whole sky turns {} in the evening ."}
KINDS = tuple(FORMS)


def toy(kind: str, n: int = 60) -> Dataset:
    def outputs(answers: Sequence[str]) -> list[str]:
        return [FORMS[kind].format(answers[i % 3]) for i in range(n)]

    return answered(
        {name: outputs(answers) for name, answers in OTHERS.items()},
        {name: outputs(answers) for name, answers in VERSIONS.items()},
        outputs(TARGETS),
    )


def answered(
    others: Mapping[str, Sequence[str]],
    versions: Mapping[str, Sequence[str]],
    targets: Sequence[str],
) -> Dataset:
    rows = zip(*versions.values(), strict=True)
    return Dataset(
        [f"What is the colour, number {i}?" for i in range(len(targets))],
        others,
        Versions([dict(zip(versions, row, strict=True)) for row in rows]),
        references=[[text] for text in targets],
    )


def config(kind: str, **settings: object) -> Config:
    content = {
        "version": 1,
        "name": "toy",
        "source": "source.txt",
        "reference": "target.txt",
        "outputs": {"kind": kind},
        "split": {"validation": 0.4},
        "others": {"path": ".", "systems": list(OTHERS)},
        "member": {"form": "pool", "path": ".", "systems": list(VERSIONS)},
        "lessons": {"marginal": {"reward": {"terms": {"marginal": 1}}}},
    }
    return Config.model_validate(content | settings)


def experiment(kind: str, **settings: object) -> ExperimentData:
    return ExperimentData(config(kind, **settings), toy(kind))


def tasks(data: ExperimentData) -> tuple[Task, Task]:
    """What is trained on, and what is held out."""
    parts = split(data.dataset.sources, data.config.split, 0)
    train, held_out = data.prepare(parts.train), data.prepare(parts.held_out)
    observer = Observer.of(train.visible, "eager", None)
    return train.task(observer), held_out.task(observer)
