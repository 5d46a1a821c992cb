"""`consort train`: trains a combiner on outputs and labels, and reports its scores."""

from pathlib import Path
from typing import Annotated

import typer

from ensemble.candidates import Kind
from ensemble.combiners.registry import trainable
from ensemble.loading import NEURAL, STACK, load_stack
from ensemble.targets import Loss
from evaluation.edits.types import Types
from evaluation.errors import InputError
from evaluation.reporting.table_files import check_table_file
from evaluation.statistics.significance import SEED
from service.cli.console import (
    AsJson,
    CaseOfLabels,
    LogTo,
    Recuse,
    TableFile,
    clear_errors,
    logging_to,
    names,
    say,
    show_and_write,
)
from service.cli.layout_options import (
    OUTPUTS_HELP,
    IdColumn,
    OutputColumns,
    SourceColumn,
    layout_of,
)
from service.core.batch_combine import columns_note
from service.core.lesson import FAST_FOLDS, FOLDS, Lesson
from service.core.reference_columns import with_references
from service.core.train_combiner import Page, learn
from service.core.training_labels import Labels


def train(
    folder: Annotated[Path, typer.Argument(help=OUTPUTS_HELP)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the combiner.")],
    gold: Annotated[Path | None, typer.Option(help="Gold edits, an M2 file.")] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            help="References or labels: a column of the table, or a pattern, or else a file with"
            " one a line; may be repeated.",
            show_default="those among the outputs: by usual names",
        ),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(
            help="Scores by people: a CSV of system,segment,score; segments from 1. Or a table of"
            " MQM, ESA or averages as WMT publishes them."
        ),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(help="The annotator, corpus or domain of each segment, one a line."),
    ] = None,
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="The kind of outputs.",
            show_default="as the labels imply, or as recognised",
        ),
    ] = None,
    combiner: Annotated[
        str | None,
        typer.Option(help=f"The combiner to train: {', '.join(trainable())}.", show_default=NEURAL),
    ] = None,
    stack: Annotated[
        Path | None,
        typer.Option(help="A YAML file of combiners, to be trained as the combiner stack."),
    ] = None,
    label_case: CaseOfLabels = "keep",
    systems: Annotated[str | None, typer.Option(help="Use only these: a,b,c.")] = None,
    cv: Annotated[
        int | None,
        typer.Option(min=2, help="Folds of the held-out report.", show_default="5, with --fast 3"),
    ] = None,
    fast: Annotated[
        bool,
        typer.Option(
            help="Take fewer folds (see --cv), and leave out of the page what the combiner is"
            " trained again for: the learning curve and the worth of each system."
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0)] = SEED,
    types: Annotated[Types, typer.Option(help="How edits are classified.")] = "surface",
    context: Annotated[
        str | None,
        typer.Option(
            help="A language model that reads contested edits too: smollm2, gemma3 (under the Gemma"
            " terms of use), a folder, a hub id."
        ),
    ] = None,
    recuse: Recuse = True,
    loss: Annotated[
        Loss | None,
        typer.Option(
            help="How `fuse` measures how far texts are from references: word errors or chrF.",
            show_default="wer without a source, else chrf",
        ),
    ] = None,
    source: SourceColumn = None,
    outputs: OutputColumns = None,
    identity: IdColumn = None,
    report: Annotated[Path | None, typer.Option(help="One HTML page with plots.")] = None,
    table: TableFile = None,
    log_to: LogTo = None,
    as_json: AsJson = False,
) -> None:
    """Train a combiner on labelled outputs; report its scores on held-out segments."""
    with clear_errors():
        if stack and combiner not in (None, STACK):
            raise InputError("invalid-option", "--stack names the combiners; leave out --combiner")
        name = combiner or (STACK if stack else NEURAL)
        design = load_stack(stack, to_train=True) if stack else None
        stated = layout_of(source, outputs, None, identity)
        layout, references = with_references(folder, stated, reference or ())
        if note := columns_note(folder, layout):
            say(note)
        labels = Labels(gold, references, scores, groups)
        lesson = Lesson(
            labels,
            kind,
            names(systems),
            cv or (FAST_FOLDS if fast else FOLDS),
            seed,
            types,
            context,
            label_case,
            name,
            recuse,
            loss,
            design,
            layout,
        )
        if table:
            check_table_file(table)
        data = folder.resolve().name
        page = Page(report, data, fast) if report else None
        title = f"Combiners of {data}, held out"
        with logging_to(log_to, f"train {data}") as log:
            # It is shown before the page is drawn, which may take longer than the training.
            figures = learn(
                folder,
                output,
                lesson,
                page,
                log.progress,
                say,
                lambda known: show_and_write(known, as_json, table, title),
            )
            log.final(figures)
    say(f"wrote {output}" + (f" and {report}" if report else ""))
