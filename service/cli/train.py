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
from evaluation.statistics.significance import SEED
from service.cli.console import (
    AsJson,
    CaseOfLabels,
    LogTo,
    Recuse,
    clear_errors,
    logging_to,
    names,
    say,
    show,
)
from service.core.lesson import FAST_FOLDS, FOLDS, Labels, Lesson
from service.core.train_combiner import Page, learn


def train(
    folder: Annotated[
        Path, typer.Argument(help="source.txt and one NAME.txt per system; or a JSONL file.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the combiner.")],
    gold: Annotated[Path | None, typer.Option(help="Gold edits, an M2 file.")] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="References or labels, one a line; may be repeated."),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="CSV: system,segment,score; segments from 1.")
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
    report: Annotated[Path | None, typer.Option(help="One HTML page with plots.")] = None,
    log_to: LogTo = None,
    as_json: AsJson = False,
) -> None:
    """Train a combiner on labelled outputs; report its scores on held-out segments."""
    with clear_errors():
        if stack and combiner not in (None, STACK):
            raise InputError("invalid-option", "--stack names the combiners; leave out --combiner")
        name = combiner or (STACK if stack else NEURAL)
        design = load_stack(stack, to_train=True) if stack else None
        labels = Labels(gold, tuple(reference or ()), scores, groups)
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
        )
        data = folder.resolve().name
        page = Page(report, data, fast) if report else None
        with logging_to(log_to, f"train {data}") as log:
            # `show` comes before the page is drawn, which may take longer than the training.
            table = learn(
                folder, output, lesson, page, log.progress, say, lambda t: show(t, as_json)
            )
            log.final(table)
    say(f"wrote {output}" + (f" and {report}" if report else ""))
