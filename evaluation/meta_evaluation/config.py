"""Schema and reader of the YAML that configures a benchmark (`configs/benchmark/`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from evaluation.config import ConfigSource, Content, Part, Run, check_run, read_content
from evaluation.meta_evaluation.options import (
    UNMATCHED_TOLERANCE,
    Level,
    MetaEvaluationOptions,
)
from evaluation.meta_evaluation.plain_table import SUFFIXES, score_table_content, table_content
from evaluation.meta_evaluation.row_schema import (
    Dimensions,
    JudgementPart,
    LineJudgements,
    LineTexts,
    NumberPart,
    PreferencePart,
    Scored,
    SegmentKey,
)
from evaluation.meta_evaluation.wmt_schema import (
    EsaJudgements,
    LineScores,
    MqmJudgements,
    MqmTexts,
    SegmentScores,
    WmtTexts,
)
from evaluation.metrics.choice import MetricChoice, Metrics
from evaluation.metrics.function import FunctionChoice


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


def _part_of_a_name(name: str) -> str:
    if not name or name in (".", "..") or "/" in name or "\\" in name:
        raise ValueError(f"{name!r} is not a part of a file name")
    return name


FilePart = Annotated[str, AfterValidator(_part_of_a_name)]
"""A system by the part of a file name that says its name."""


class FileTexts(Part):
    """A file for each system, found by a pattern; a segment a line, numbered from 1."""

    form: Literal["files"]
    path: str
    """The folder of the files."""
    outputs: Annotated[str, Field(pattern=r"^[^{}]*\{system\}[^{}]*$")]
    """A name such as `hyp.{system}.en`."""
    source: str | None = None
    references: tuple[str, ...] = ()
    systems: tuple[FilePart, ...] | None = None
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
    TableTexts | FolderTexts | FileTexts | NestedTexts | LineTexts | MqmTexts | WmtTexts,
    Field(discriminator="form"),
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


class RankingJudgements(JudgementPart):
    """Rankings of systems, in XML (`evaluation.data.rankings.read_rankings`)."""

    form: Literal["rankings"]
    path: str
    dimensions: Annotated[
        tuple[Literal["expected wins", "trueskill"], ...], Field(min_length=1)
    ] = ("expected wins", "trueskill")


class PreferenceJudgements(JudgementPart, PreferencePart):
    """Preferences between two systems' outputs: a table, or JSON as Chatbot Arena exports it."""

    form: Literal["preferences"]
    dimensions: Annotated[
        tuple[Literal["bradley-terry", "share of wins"], ...], Field(min_length=1)
    ] = ("bradley-terry",)
    """The scores of systems that are made of them."""


class LabelJudgements(JudgementPart):
    """A label for all texts of a system: for example formal (1) or informal (0)."""

    form: Literal["labels"]
    dimensions: Annotated[dict[str, dict[str, float]], Field(min_length=1)]
    """By dimension and system."""


Judged = Annotated[
    TableJudgements
    | NestedJudgements
    | LineJudgements
    | RankingJudgements
    | PreferenceJudgements
    | LabelJudgements
    | MqmJudgements
    | EsaJudgements
    | LineScores
    | SegmentScores,
    Field(discriminator="form"),
]


class ScoreTable(NumberPart):
    """Scores of metrics that are known already: a table with a column for each metric."""

    path: str
    columns: tuple[str, ...] | dict[str, str] | None = None
    """The columns of scores, or by the name in the report; by default all with numbers."""
    segment: SegmentKey = "segment"
    system: str | None = "system"
    separator: str | None = None
    lower_is_better: bool | tuple[str, ...] = False
    """Whether the scores count errors, or the names in the report of those that do."""


class JudgePreferences(PreferencePart):
    """Preferences of a judge, such as a language model, which are compared with people's.

    The score of a system is its Bradley-Terry strength; that of an output is how often it won
    against the others of its segment less how often it lost, as a share.
    """

    judge: str | None = None
    """The judge, where the table has several."""
    name: str | None = None
    """The name in the report; by default the judge, or the name of the file."""

    @property
    def called(self) -> str:
        """The name in the report."""
        return self.name or self.judge or Path(self.path).stem


class Config(Run):
    """A benchmark: the texts, the judgements, the metrics, and how they are compared.

    Metrics are known by name (`metrics`), or are one's own: `functions` of texts, `scores`, or
    `preferences` of judges. Without texts, only scores can be compared with the judgements.
    """

    texts: Texts | Annotated[tuple[FileTexts, ...], Field(min_length=1)] | None = None
    judgements: Judged
    metrics: Metrics = ()
    functions: tuple[FunctionChoice, ...] = ()
    scores: tuple[ScoreTable, ...] = ()
    preferences: tuple[JudgePreferences, ...] = ()
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
        if not self.choices and not self.scores and not self.preferences:
            raise ValueError("needs a metric: metrics, functions, scores or preferences")
        if self.texts is None and self.choices:
            raise ValueError(f"{self.choices[0].called} needs texts")
        if self.texts is None and not isinstance(
            self.judgements, TableJudgements | PreferenceJudgements
        ):
            raise ValueError("without texts, judgements are a table or preferences")
        return self

    @property
    def level_of_verdict(self) -> Level | None:
        """The level of the verdict; None for segments', where those were judged."""
        # Rankings rate systems: pairs of outputs are compared beside, not instead.
        of_rankings = isinstance(self.judgements, RankingJudgements)
        return self.decide or ("system" if of_rankings else None)

    @property
    def choices(self) -> tuple[MetricChoice | FunctionChoice, ...]:
        """The metrics that score texts."""
        return (*self.metrics, *self.functions)


def read_config(
    source: ConfigSource,
    settings: Sequence[str] = (),
    scores: Sequence[Path] = (),
    metrics: Sequence[str] = (),
) -> Config:
    """Read a configuration, or the table of ratings that stands for one.

    Args:
        source: a YAML file, its content, or a table (`plain_table.table_content`).
        settings: settings such as `plan.seed=2`, each of which overrides a key.
        scores: more tables of scores, relative to the working directory.
        metrics: more metrics; for a table, all of them.

    The path of a metric's model is relative to the folder of the file, or, in settings, to the
    working directory; a function is found in the folder of the file too.

    Raises:
        DataError: as `evaluation.config.read_run`, and as `plain_table.table_content`.
        InputError: as `evaluation.config.read_run`.
    """
    if isinstance(source, Path) and source.suffix.lower() in SUFFIXES:
        content = table_content(source, metrics)
    else:
        content = read_content(source, _models_from)
        _add(content, "metrics", list(metrics))
    _add(content, "scores", [score_table_content(table) for table in scores])
    return check_run(Config, source, content, settings)


def _add(content: Content, key: str, more: Sequence[object]) -> None:
    """Add to a list of the content; another value is refused later, when all is checked."""
    known = content.get(key) or []
    if more and isinstance(known, list):
        content[key] = [*known, *more]


def _models_from(content: Content, folder: Path) -> None:
    metrics = content.get("metrics")
    for metric in metrics if isinstance(metrics, list) else []:
        if isinstance(metric, dict) and isinstance(metric.get("model"), str):
            beside = folder / metric["model"]
            # Otherwise it is the name of a model.
            metric["model"] = str(beside) if beside.is_dir() else metric["model"]
    functions = content.get("functions")
    for function in functions if isinstance(functions, list) else []:
        if isinstance(function, dict):
            function.setdefault("folder", str(folder))
