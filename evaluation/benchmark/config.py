"""The YAML that says what a benchmark is made of, strictly read: `configs/benchmark/`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluation.benchmark.plan import Level, Plan
from evaluation.records import DataError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableTexts(_Part):
    """One table, a row for each output of each system on each segment."""

    form: Literal["table"]
    path: str
    output: str
    """The column of outputs."""
    segment: str = "segment"
    system: str | None = "system"
    """None: there is one system, called `texts`."""
    source: str | None = None
    references: tuple[str, ...] = ()
    separator: str | None = None


class FolderTexts(_Part):
    """A system folder (`evaluation.readers.read_folder`); segments are numbered from 1."""

    form: Literal["folder"]
    path: str
    gold: str | None = None
    """An M2 file of gold edits, in the folder."""
    references_from_gold: bool = False
    """Whether each annotator's edits, applied, are a reference."""


class FileTexts(_Part):
    """A file a system, by a pattern; a segment a line, numbered from 1."""

    form: Literal["files"]
    path: str
    """The folder they are in."""
    outputs: Annotated[str, Field(pattern=r"^[^{}]*\{system\}[^{}]*$")]
    """A name such as `hyp.{system}.en`."""
    source: str | None = None
    references: tuple[str, ...] = ()
    systems: tuple[str, ...] | None = None
    """By default all that the pattern finds."""
    group: str = ""
    """What these segments are called, if there are several such parts."""


class NestedTexts(_Part):
    """JSON: {segment: {source, references, outputs: {system: {output, scores: {dimension}}}}}."""

    form: Literal["nested"]
    path: str
    outputs: str = "outputs"
    output: str = "output"
    scores: str = "scores"
    source: str | None = None
    references: str | None = None
    """The key of a text or of a list of texts."""


Texts = Annotated[TableTexts | FolderTexts | FileTexts | NestedTexts, Field(discriminator="form")]


class TableJudgements(_Part):
    """A table as `evaluation.judgements.read_judgements` reads; a column is a rater."""

    form: Literal["table"]
    path: str
    dimensions: Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]
    """The columns of each; with several, each is a rater."""
    segment: str = "segment"
    system: str | None = "system"
    rater: str | None = None
    separator: str | None = None


class NestedJudgements(_Part):
    """The scores in the JSON of the texts."""

    form: Literal["nested"]
    dimensions: Annotated[tuple[str, ...], Field(min_length=1)]


class RankingJudgements(_Part):
    """Rankings of systems, in XML (`evaluation.rankings.read_rankings`)."""

    form: Literal["rankings"]
    path: str
    dimensions: Annotated[
        tuple[Literal["expected wins", "trueskill"], ...], Field(min_length=1)
    ] = ("expected wins", "trueskill")


class LabelJudgements(_Part):
    """What is known of all a system's texts: they are formal, say (1), or not (0)."""

    form: Literal["labels"]
    dimensions: Annotated[dict[str, dict[str, float]], Field(min_length=1)]
    """By dimension and system."""


Judged = Annotated[
    TableJudgements | NestedJudgements | RankingJudgements | LabelJudgements,
    Field(discriminator="form"),
]


class MetricChoice(_Part):
    """A metric: its name, the model it asks, and how a system's score comes from segments'."""

    name: str
    model: str | None = None
    label: str | None = None
    """What the report calls it; by default its name."""
    optional: bool = False
    """Whether it is left out, with a note, where it is not to be had."""
    system: Literal["mean", "corpus"] = "mean"
    """What stands for a system: the mean of its segments' scores, or the corpus score."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value

    @property
    def called(self) -> str:
        """The name in the report."""
        return self.label or self.name


class Config(_Part):
    """A benchmark: texts, what people said of them, the metrics, how they are compared."""

    version: Literal[1]
    name: str
    data: str | None = None
    """The folder that paths start from; by default the environment's CONSORT_DATA."""
    texts: Texts | Annotated[tuple[FileTexts, ...], Field(min_length=1)]
    judgements: Judged
    metrics: Annotated[tuple[MetricChoice, ...], Field(min_length=1)]
    groups: dict[str, tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]] = {}
    """Segments reported apart: the first and the last, counted from 1 as the texts have them."""
    without: tuple[str, ...] = ()
    """Systems left out."""
    decide: Level | None = None
    """The level of the verdict; by default segments', where those were judged."""
    plan: Plan = Plan()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        called = [metric.called for metric in self.metrics]
        if twice := {name for name in called if called.count(name) > 1}:
            raise ValueError(f"metrics are called {', '.join(sorted(twice))} twice; add a label")
        if wrong := [name for name, (first, last) in self.groups.items() if first > last]:
            raise ValueError(f"group {wrong[0]}: its last segment comes before its first")
        nested = isinstance(self.judgements, NestedJudgements)
        if nested and not isinstance(self.texts, NestedTexts):
            raise ValueError("nested judgements need nested texts")
        return self

    @property
    def root(self) -> Path:
        """The folder that paths start from.

        Raises:
            ValueError: neither `data` nor CONSORT_DATA names one.
        """
        folder = self.data or os.environ.get("CONSORT_DATA")
        if not folder:
            raise ValueError("no folder of data: set CONSORT_DATA, or `data` (--set data=DIR)")
        return Path(folder)


def read_config(path: Path, settings: Sequence[str] = ()) -> Config:
    """Read a configuration; each of `settings`, as `plan.seed=2`, goes over a key of it.

    A relative `data` in the file starts at the file's folder, and so does a metric's model;
    those in settings start where the program does.

    Raises:
        DataError: the file cannot be read, or a key is unknown or its value wrong.
        ValueError: a setting is no `key=value`.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(path, None, f"cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise DataError(path, None, f"is no YAML: {error}") from None
    if not isinstance(content, dict) or "version" not in content:
        raise DataError(path, None, "needs keys and values, `version: 1` among them")
    _from_file(content, path.parent)
    for setting in settings:
        _put(content, setting)
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        faults = [f"{_key(fault['loc'])}{fault['msg']}" for fault in error.errors()]
        raise DataError(path, None, "; ".join(faults[:5])) from None


def _from_file(content: dict[Any, Any], folder: Path) -> None:
    if isinstance(content.get("data"), str):
        content["data"] = str(folder / content["data"])
    metrics = content.get("metrics")
    for metric in metrics if isinstance(metrics, list) else []:
        if isinstance(metric, dict) and isinstance(metric.get("model"), str):
            beside = folder / metric["model"]
            # What is no folder is the name of a model.
            metric["model"] = str(beside) if beside.is_dir() else metric["model"]


def _put(content: dict[Any, Any], setting: str) -> None:
    key, equals, value = setting.partition("=")
    *path, last = key.split(".")
    if not equals or not all([*path, last]):
        raise ValueError(f"--set {setting}: it is key=value, as in plan.resamples=200")
    place: Any = content
    for step in path:
        place = _step(place, step, setting)
    if isinstance(place, list):
        place[_number(place, last, setting)] = _value(value, setting)
    elif isinstance(place, dict):
        place[last] = _value(value, setting)
    else:
        raise ValueError(f"--set {setting}: {'.'.join(path)} has no keys")


def _step(place: object, step: str, setting: str) -> object:
    if isinstance(place, dict):
        return place.setdefault(step, {})
    if isinstance(place, list):
        return place[_number(place, step, setting)]
    raise ValueError(f"--set {setting}: there are no keys in what {step} should be in")


def _number(place: Sequence[object], step: str, setting: str) -> int:
    if not (step.isascii() and step.isdigit() and int(step) < len(place)):
        raise ValueError(f"--set {setting}: {step} is no number from 0 to {len(place) - 1}")
    return int(step)


def _value(text: str, setting: str) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        raise ValueError(f"--set {setting}: the value is no YAML") from None


def _key(location: Sequence[int | str]) -> str:
    return ".".join(map(str, location)) + ": " if location else ""
