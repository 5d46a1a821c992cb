"""Schema and reader of the YAML that configures a benchmark (`configs/benchmark/`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from evaluation.config import Content, Part, Run, read_run
from evaluation.meta_evaluation.options import (
    UNMATCHED_TOLERANCE,
    Level,
    MetaEvaluationOptions,
)
from evaluation.meta_evaluation.row_schema import (
    Dimensions,
    LineJudgements,
    LineTexts,
    Scored,
    SegmentKey,
)
from evaluation.metrics.choice import MetricList


class TableTexts(Part):
    """One table, a row for each output of each system on each segment."""

    form: Literal["table"]
    path: str
    output: str
    """The column of outputs."""
    segment: SegmentKey = "segment"
    system: str | None = "system"
    """None: there is one system, called `texts`; so too if the default column does not exist."""
    source: str | None = None
    references: tuple[str, ...] = ()
    separator: str | None = None


class FolderTexts(Part):
    """A system folder (`evaluation.data.readers.read_folder`); segments are numbered from 1."""

    form: Literal["folder"]
    path: str
    gold: str | None = None
    """An M2 file of gold edits, in the folder."""
    references_from_gold: bool = False
    """Whether each annotator's edits, applied, are a reference."""


class FileTexts(Part):
    """A file for each system, found by a pattern; a segment a line, numbered from 1."""

    form: Literal["files"]
    path: str
    """The folder of the files."""
    outputs: Annotated[str, Field(pattern=r"^[^{}]*\{system\}[^{}]*$")]
    """A name such as `hyp.{system}.en`."""
    source: str | None = None
    references: tuple[str, ...] = ()
    systems: tuple[str, ...] | None = None
    """By default all that match the pattern."""
    group: str = ""
    """The name of these segments, if there are several such parts."""


class NestedTexts(Part):
    """JSON: {segment: {source, references, outputs: {system: {output, scores: {dimension}}}}}."""

    form: Literal["nested"]
    path: str
    outputs: str = "outputs"
    output: str = "output"
    scores: str = "scores"
    source: str | None = None
    references: str | None = None
    """The key of a text or of a list of texts."""


Texts = Annotated[
    TableTexts | FolderTexts | FileTexts | NestedTexts | LineTexts, Field(discriminator="form")
]


class TableJudgements(Scored):
    """A table for `evaluation.data.judgements.read_judgements`; a column is a rater."""

    form: Literal["table"]
    path: str
    dimensions: Dimensions
    """The column or columns of each dimension, of which each is a rater; or a list of columns, each
    of which is a dimension."""
    segment: SegmentKey = "segment"
    system: str | None = "system"
    rater: str | None = None
    separator: str | None = None


class NestedJudgements(Scored):
    """The scores in the JSON of the texts."""

    form: Literal["nested"]
    dimensions: Annotated[tuple[str, ...], Field(min_length=1)]


class RankingJudgements(Part):
    """Rankings of systems, in XML (`evaluation.data.rankings.read_rankings`)."""

    form: Literal["rankings"]
    path: str
    dimensions: Annotated[
        tuple[Literal["expected wins", "trueskill"], ...], Field(min_length=1)
    ] = ("expected wins", "trueskill")


class LabelJudgements(Part):
    """A label for all texts of a system: for example formal (1) or informal (0)."""

    form: Literal["labels"]
    dimensions: Annotated[dict[str, dict[str, float]], Field(min_length=1)]
    """By dimension and system."""


Judged = Annotated[
    TableJudgements | NestedJudgements | LineJudgements | RankingJudgements | LabelJudgements,
    Field(discriminator="form"),
]


class Config(Run):
    """A benchmark: the texts, the judgements, the metrics, and how they are compared."""

    texts: Texts | Annotated[tuple[FileTexts, ...], Field(min_length=1)]
    judgements: Judged
    metrics: MetricList
    groups: dict[str, tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]] = Field(
        default={}
    )
    """Segments that are reported separately: the first and the last, counted from 1."""
    without: tuple[str, ...] = ()
    """Systems left out."""
    unmatched_tolerance: Annotated[float, Field(ge=0, le=1)] = UNMATCHED_TOLERANCE
    """The share of the judgements that may have no text; above it, the run is refused."""
    decide: Level | None = None
    """The level of the verdict; by default segments', where those were judged."""
    plan: MetaEvaluationOptions = MetaEvaluationOptions()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if wrong := [name for name, (first, last) in self.groups.items() if first > last]:
            raise ValueError(f"group {wrong[0]}: its last segment comes before its first")
        nested = isinstance(self.judgements, NestedJudgements)
        if nested and not isinstance(self.texts, NestedTexts):
            raise ValueError("nested judgements need nested texts")
        return self


def read_config(path: Path, settings: Sequence[str] = ()) -> Config:
    """Read a configuration; see `evaluation.config.read_run`.

    The path of a metric's model is relative to the folder of the file, or, in settings, to the
    working directory.
    """
    return read_run(Config, path, settings, _models_from)


def _models_from(content: Content, folder: Path) -> None:
    metrics = content.get("metrics")
    for metric in metrics if isinstance(metrics, list) else []:
        if isinstance(metric, dict) and isinstance(metric.get("model"), str):
            beside = folder / metric["model"]
            # Otherwise it is the name of a model.
            metric["model"] = str(beside) if beside.is_dir() else metric["model"]
