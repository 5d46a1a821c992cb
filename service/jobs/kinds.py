"""What is done for each kind of job: the same functions as behind the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ensemble.combiners.base import Combiner
from ensemble.output_formats import Form
from evaluation.data.writers import write_lines
from evaluation.records import DataError
from evaluation.reporting.table import Table
from service.core.batch_combine import NEURAL, Recipe, combine_files, kind_in, named
from service.jobs.requests import (
    Asked,
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
class Bench:
    """Where a job is done: the folder of what it was given, that of its results, the combiner.

    `combiner` is the folder of the one that requests call `neural`, where there is one.
    """

    given: Path
    results: Path
    combiner: Path | None
    progress: "Progress"

    def data(self, asked: Configured) -> Path | None:
        """Return the folder that a configuration's paths start from, `None` for the operator's."""
        return self.given if asked.files else None


@singledispatch
def run(asked: Asked, bench: Bench) -> None:
    """Do what is asked, and leave the results in the folder for them.

    Raises:
        ValueError: it cannot be done with what was given.
        ImportError: an optional part is missing; the message names the extra.
        OSError: a file cannot be read or written.
    """
    raise NotImplementedError(asked.kind)


@run.register
def _combine(asked: Combine, bench: Bench) -> None:
    outputs, combiner = _outputs(bench), _combiner(asked.combiner, bench)
    kind = asked.outputs or kind_in(outputs, combiner, asked.systems)
    recipe = Recipe.of(combiner, kind, asked.systems, None, asked.label_case, asked.protect)
    files: dict[Path, Form] = {bench.results / "combined.txt": "text"}
    if asked.evidence:
        files[bench.results / "evidence.jsonl"] = "jsonl"
    _write_table(bench, combine_files(outputs, files, recipe, bench.progress))


@run.register
def _train(asked: Train, bench: Bench) -> None:
    from service.core.train_combiner import Labels, Lesson, learn

    given = bench.given
    gold, scores = (given / name if name else None for name in (asked.gold, asked.scores))
    labels = Labels(gold, tuple(given / name for name in asked.references), scores)
    lesson = Lesson(
        labels,
        asked.outputs,
        asked.systems,
        asked.cv,
        asked.seed,
        asked.types,
        asked.context,
        asked.label_case,
    )
    report = bench.results / "report.html" if asked.report else None
    place = bench.results / "combiner"
    _write_table(bench, learn(_outputs(bench), place, lesson, report, bench.progress))


@run.register
def _train_metric(asked: TrainMetric, bench: Bench) -> None:
    from service.core.train_metric import Rated, learn

    dev = bench.given / asked.dev if asked.dev else None
    rated = Rated(bench.given / asked.train, dev, asked.head, asked.encoder, asked.seed)
    _write_table(bench, learn(asked.name, rated, bench.results / "metric", bench.progress))


@run.register
def _benchmark(asked: Benchmark, bench: Bench) -> None:
    from evaluation.meta_evaluation.report import write
    from evaluation.meta_evaluation.run import run as measure

    write(bench.results, measure(_read(asked, bench), bench.progress, asked.seeds or 1))


@run.register
def _validate(asked: Validate, bench: Bench) -> None:
    from evaluation.lattice.report import write
    from evaluation.lattice.run import run as validate

    write(bench.results, validate(_read(asked, bench), bench.progress, asked.seeds or 1))


@run.register
def _diversify(asked: Diversify, bench: Bench) -> None:
    from ensemble.diversity.assessment.report import write
    from ensemble.diversity.run import run as train

    config, seeds = _read(asked, bench), asked.seeds or 1
    write(bench.results, train(config, bench.progress, seeds, bench.results))


@run.register
def _diagnose(asked: Diagnose, bench: Bench) -> None:
    from ensemble.diagnosis.result import write

    study = _read(asked, bench)
    write(bench.results, study.run(study.config, bench.results, bench.progress))


def _read(asked: Configured, bench: Bench) -> Any:  # noqa: ANN401 - each kind has its own
    read: Callable[[Path, list[str]], Any] = asked.read
    return read(asked.place(bench.given.parent), asked.settings(bench.data(asked)))


def _outputs(bench: Bench) -> Path:
    """Return what holds the systems' outputs: the folder, or the JSONL file in it."""
    lines = sorted(bench.given.glob("*.jsonl"))
    if (bench.given / "source.txt").is_file() or not lines:
        return bench.given
    if len(lines) > 1:
        raise DataError(lines[1], None, f"comes beside {lines[0].name}; one is read")
    return lines[0]


def _combiner(name: str | None, bench: Bench) -> Combiner | None:
    if name is None:
        return None
    if name != NEURAL or bench.combiner is None:
        return named(name)
    from ensemble.training.artefact import read

    return read(bench.combiner)[0]


def _write_table(bench: Bench, table: Table) -> None:
    write_lines(bench.results / "table.json", [table.to_json()])
