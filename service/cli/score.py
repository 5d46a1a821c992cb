"""`consort score`: scores texts with automatic metrics."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from evaluation.data.m2 import read_m2
from evaluation.data.readers import read_lines, read_parallel
from evaluation.errors import InputError
from evaluation.execution.engine import working
from evaluation.metrics.base import (
    Texts,
)
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.listing import help_lines, tokenizer_lines
from evaluation.metrics.registry import load_metric
from evaluation.reporting.table_files import check_table_file
from service.cli.console import (
    AsJson,
    EngineName,
    RayAddress,
    TableFile,
    clear_errors,
    say,
    show_and_write,
)
from service.cli.layout_options import IdColumn, OutputColumns, layout_of
from service.cli.score_figures import by_segment, of_corpus, say_note
from service.core.batch_combine import columns_note
from service.core.scored_systems import (
    has_systems,
    joined,
    texts_by_system,
    usual_metrics,
    with_gold,
)

_LINES = ["Metrics:", *help_lines(), "Tokenisers, the values of tokenize:", *tokenizer_lines()]
EPILOG = "\n\n".join(map(escape, _LINES))
"""Shown below the options; a paragraph is a line."""


def score(
    hypotheses: Annotated[
        Path,
        typer.Argument(help="One text a line; or a table or folder, whose systems are all scored."),
    ],
    source: Annotated[
        str | None, typer.Option(help="The source texts: a column of the table, or a file.")
    ] = None,
    gold: Annotated[Path | None, typer.Option(help="Gold edits, an M2 file.")] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            help="Reference texts: a column of the table, or a pattern, or else a file; may be"
            " repeated."
        ),
    ] = None,
    outputs: OutputColumns = None,
    identity: IdColumn = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="A metric of the list below, with options as chrf:word_order=2; may be repeated.",
            show_default="those that the gold edits or references allow",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="The folder of a metric from `consort train-metric`; or the model of one --metric:"
            " a packaged one, a folder, a hub id."
        ),
    ] = None,
    segments: Annotated[
        bool,
        typer.Option(
            "--segments",
            help="Print one score a line, nan where a segment has no reference; one --metric.",
        ),
    ] = False,
    by_type: Annotated[
        bool, typer.Option("--by-type", help="Show `edits` for each type of edit too.")
    ] = False,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    table: TableFile = None,
    as_json: AsJson = False,
) -> None:
    """Score texts with automatic metrics, with 95% intervals."""
    with clear_errors():
        if table:
            check_table_file(table)
        systems, usual = _systems(
            hypotheses, source, gold, reference or [], outputs, identity, not metric
        )
        if model and len(metric or []) != 1:
            raise InputError("invalid-option", "--model needs exactly one --metric")
        wanted = metric or usual
        if segments and len(systems) > 1:
            message = f"--segments prints the scores of one system, not of {len(systems)}"
            raise InputError("invalid-option", f"{message}: choose one by --outputs")
        if segments and (len(wanted) != 1 or as_json):
            message = "--segments prints the bare scores of one --metric, without --json"
            raise InputError("invalid-option", message)
        systems = with_gold(systems, [load_metric(name, model) for name in wanted])
        with working(engine, ray_address):  # Printed outside: Ray writes to standard output.
            if segments:
                shown = by_segment(wanted[0], model, *systems.values())
            else:
                figures = joined(
                    {
                        name: of_corpus(wanted, model, texts, by_type)
                        for name, texts in systems.items()
                    }
                )
        if segments:
            typer.echo("\n".join(f"{value:z.6f}" for value in shown))
        else:
            show_and_write(figures, as_json, table, f"Scores of {hypotheses.name}")


def _systems(
    hypotheses: Path,
    source: str | None,
    gold: Path | None,
    references: list[str],
    outputs: list[str] | None,
    identity: str | None,
    are_metrics_wanted: bool,
) -> tuple[dict[str, Texts], list[str]]:
    """Return the texts to score of each system, and the usual metrics if they are wanted."""
    stated = layout_of(None, outputs, None, identity)
    if has_systems(hypotheses):
        layout, systems = texts_by_system(hypotheses, stated, source, gold, references)
        say_note((columns_note(hypotheses, layout) or "").removeprefix("note: "))
        texts = next(iter(systems.values()))
        wanted = are_metrics_wanted
        return systems, usual_metrics(hypotheses, layout, texts, say) if wanted else []
    if stated.is_stated:
        message = f"--outputs and --id apply to a table or folder, not to {hypotheses.name}"
        raise InputError("invalid-option", message)
    files = [Path(name) for name in references]
    texts = _texts(hypotheses, Path(source) if source else None, gold, files)
    return {hypotheses.stem: texts}, _usual(texts) if are_metrics_wanted else []


def _texts(
    hypotheses: Path, source: Path | None, gold: Path | None, references: list[Path]
) -> Texts:
    """Read the texts to score; without a source file, sources are those of the gold edits."""
    annotated = read_m2(gold) if gold else None
    sources = read_lines(source) if source else None
    if annotated and sources is None:
        sources = [" ".join(sentence.source) for sentence in annotated]
    columns = read_parallel(references)
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else None
    texts = Texts(read_lines(hypotheses), sources, rows, annotated)
    if rows and sources and annotated is None:
        return replace(texts, gold=gold_from_references(sources, rows))
    return texts


def _usual(texts: Texts) -> list[str]:
    by_gold = ["edits", "maxmatch"] if texts.gold is not None else []
    by_references = ["chrf", "bleu"] if texts.references is not None else []
    if not by_gold + by_references:
        message = "no reference to score against: give --gold, --reference or a --metric"
        raise InputError("missing-input", message)
    return by_gold + by_references
