"""Runs each kind of job with the same functions as the command line."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ensemble.combiners.base import Combiner
from ensemble.combiners.registry import create, label_free
from ensemble.output_formats import OutputFormat
from evaluation.data.file_tables import is_wmt
from evaluation.data.tables import SUFFIXES
from evaluation.data.writers import write_lines
from evaluation.records import DataError
from evaluation.reporting.table import Table
from service.core.batch_combine import Recipe, combine_files, kind_in, no_note
from service.core.registered import TRAINED
from service.jobs.requests import (
    AnyJob,
    Benchmark,
    Combine,
    Configured,
    Diagnose,
    Diversify,
    Train,
    TrainMetric,
    Validate,
)

if TYPE_CHECKING:
    from evaluation.execution.progress import Progress


@dataclass(frozen=True)
class JobContext:
    """Surroundings of a job: folders of its input files and its results, and its progress.

    `combiner` is the folder of the trained combiner of the service, if it has one, and `registered`
    that of the registered combiner that the job uses, if it uses one.
    """

    given: Path
    results: Path
    combiner: Path | None
    progress: "Progress"
    registered: Path | None = None

    def data(self, job: Configured) -> Path | None:
        """Return the folder of the data in the request, `None` for the data of the operator."""
        return self.given if job.files else None


@singledispatch
def run(job: AnyJob, context: JobContext) -> None:
    """Run a job, and write its results into their folder.

    Raises:
        ValueError: an input cannot be used.
        ImportError: an optional part is missing; the message names the extra.
        OSError: a file cannot be read or written.
    """
    raise NotImplementedError(job.kind)


@run.register
def _combine(job: Combine, context: JobContext) -> None:
    outputs, combiner = _outputs(context), _combiner(job.combiner, context)
    layout = job.columns.layout
    kind = job.outputs or kind_in(outputs, combiner, job.systems, no_note, "`outputs`", layout)
    recipe = Recipe.of(
        combiner, kind, job.systems, None, job.label_case, job.protect, job.recuse, layout
    )
    files: dict[Path, OutputFormat] = {context.results / "combined.txt": "text"}
    if job.evidence:
        files[context.results / "evidence.jsonl"] = "jsonl"
    _write_table(context, combine_files(outputs, files, recipe, context.progress))


@run.register
def _train(job: Train, context: JobContext) -> None:
    from service.core.lesson import Lesson
    from service.core.train_combiner import Page, learn
    from service.core.training_labels import Labels

    given = context.given
    gold, scores, groups = (
        given / name if name else None for name in (job.gold, job.scores, job.groups)
    )
    labels = Labels(gold, tuple(given / name for name in job.references), scores, groups)
    lesson = Lesson(
        labels,
        job.outputs,
        job.systems,
        job.cv,
        job.seed,
        job.types,
        job.context,
        job.label_case,
        job.combiner,
        job.recuse,
        job.loss,
        layout=job.columns.layout,
    )
    page = Page(context.results / "report.html") if job.report else None
    place = context.results / "combiner"
    others = {job.gold, job.scores, job.groups, *job.references}
    _write_table(context, learn(_outputs(context, others), place, lesson, page, context.progress))


@run.register
def _train_metric(job: TrainMetric, context: JobContext) -> None:
    from service.core.train_metric import Rated, learn

    dev = context.given / job.dev if job.dev else None
    rated = Rated(context.given / job.train, dev, job.head, job.encoder, job.seed)
    _write_table(context, learn(job.name, rated, context.results / "metric", context.progress))


@run.register
def _benchmark(job: Benchmark, context: JobContext) -> None:
    from evaluation.meta_evaluation.report import report
    from evaluation.meta_evaluation.run import run as measure

    result = measure(_read(job, context), context.progress, job.seeds or 1)
    report(result).write(context.results)


@run.register
def _validate(job: Validate, context: JobContext) -> None:
    from evaluation.lattice.report import report
    from evaluation.lattice.run import run as validate

    result = validate(_read(job, context), context.progress, job.seeds or 1)
    report(result).write(context.results)


@run.register
def _diversify(job: Diversify, context: JobContext) -> None:
    from ensemble.diversity.assessment.report import report
    from ensemble.diversity.run import run as train

    config, seeds = _read(job, context), job.seeds or 1
    report(train(config, context.progress, seeds, context.results)).write(context.results)


@run.register
def _diagnose(job: Diagnose, context: JobContext) -> None:
    study = _read(job, context)
    study.run(study.config, context.results, context.progress).write(context.results)


def _read(job: Configured, context: JobContext) -> Any:  # noqa: ANN401 - the configuration of any kind
    return job.read(job.source, job.settings(context.data(job)))


def _outputs(context: JobContext, others: Collection[str | None] = ()) -> Path:
    """Return the folder of the outputs, or the table in it; `others` are files of labels."""
    files = sorted(file for file in context.given.iterdir() if file.name not in others)
    tables = [file for file in files if file.suffix in SUFFIXES]
    lines = [file for file in tables if file.suffix == ".jsonl"]
    texts = [file.name for file in files if file.suffix == ".txt"]
    is_folder = "source.txt" in texts or (texts and not lines) or is_wmt(context.given)
    if is_folder or not tables or (len(tables) > 1 and not lines):
        return context.given  # also a CSV of class probabilities for each system
    if len(tables) > 1:
        raise DataError(
            tables[1], None, f"is a second file beside {tables[0].name}; only one is read"
        )
    return tables[0]


def _combiner(name: str | None, context: JobContext) -> Combiner | None:
    if name is None:
        return None
    from ensemble.training.artefact import learner_of, read

    if context.registered:
        return read(context.registered)[0]
    if context.combiner is None or name.partition(":")[0] in label_free():
        return create(name)
    if name in (TRAINED, learner_of(context.combiner)):
        return read(context.combiner)[0]
    return create(name)


def _write_table(context: JobContext, table: Table) -> None:
    write_lines(context.results / "table.json", [table.to_json()])
