"""`consort train`: outputs and labels in, a combiner and what it is worth out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ensemble.candidates import Kind
from evaluation.edits.types import Types
from evaluation.statistics.significance import SEED
from service.cli.console import AsJson, CaseOfLabels, clear_errors, names, progress, say, show
from service.core.train_combiner import Labels, Lesson, learn

if TYPE_CHECKING:
    pass


def train(
    folder: Annotated[
        Path, typer.Argument(help="source.txt and one NAME.txt per system; or a JSONL file.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the combiner.")],
    gold: Annotated[Path | None, typer.Option(help="Gold edits, an M2 file.")] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="Right texts or labels, a line each; as many files as there are."),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="CSV: system,segment,score; segments from 1.")
    ] = None,
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="What the systems put out.",
            show_default="what goes with the labels, or the outputs look like",
        ),
    ] = None,
    label_case: CaseOfLabels = "keep",
    systems: Annotated[str | None, typer.Option(help="Use only these: a,b,c.")] = None,
    cv: Annotated[int, typer.Option(min=2, help="Folds of the held-out report.")] = 5,
    seed: Annotated[int, typer.Option(min=0)] = SEED,
    types: Annotated[Types, typer.Option(help="What names the types of edits.")] = "surface",
    context: Annotated[
        str | None,
        typer.Option(
            help="A language model that reads the edits too: smollm2, a folder, a hub id."
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="One HTML page with plots.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a combiner on labelled outputs; report what it is worth where it was not trained."""
    with clear_errors():
        labels = Labels(gold, tuple(reference or ()), scores)
        lesson = Lesson(labels, kind, names(systems), cv, seed, types, context, label_case)
        table = learn(folder, output, lesson, report, progress, say)
        show(table, as_json)
    say(f"wrote {output}" + (f" and {report}" if report else ""))
