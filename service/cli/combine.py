"""`consort combine`: combines files of outputs of any size."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ensemble.candidates import Kind
from ensemble.combiners.base import Combiner
from ensemble.combiners.majority import Majority
from ensemble.combiners.registry import label_free
from ensemble.loading import load_combiner, load_stack
from ensemble.output_formats import evidence_format_of, format_of
from evaluation.data.writers import check_file
from evaluation.edits.types import Types
from evaluation.errors import InputError
from evaluation.execution.engine import working
from evaluation.reporting.table_files import check_table_file
from service.cli.console import (
    AsJson,
    CaseOfLabels,
    EngineName,
    RayAddress,
    Recuse,
    TableFile,
    clear_errors,
    names,
    progress,
    say,
    show_and_write,
)
from service.cli.layout_options import (
    OUTPUTS_HELP,
    IdColumn,
    OutputColumns,
    ReferenceColumns,
    SourceColumn,
    layout_of,
)
from service.core.batch_combine import Recipe, columns_note, combine_files, kind_in


def combine(
    folder: Annotated[Path, typer.Argument(help=OUTPUTS_HELP)],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="File for the text, one a line, or of a .csv file in each row; .jsonl and .parquet"
            " files include the evidence.",
        ),
    ],
    combiner: Annotated[
        str | None,
        typer.Option(
            help=f"A folder from `consort train`, or {', '.join(label_free())}.",
            show_default="vote; for texts mbr",
        ),
    ] = None,
    stack: Annotated[
        Path | None,
        typer.Option(help="A YAML file of combiners whose outputs are combined once more."),
    ] = None,
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="The kind of outputs.",
            show_default="the kind of the combiner, or as recognised",
        ),
    ] = None,
    label_case: CaseOfLabels = "keep",
    systems: Annotated[str | None, typer.Option(help="Use only these: a,b,c.")] = None,
    votes: Annotated[
        int | None,
        typer.Option(min=1, help="Votes an edit needs.", show_default="half, rounded up"),
    ] = None,
    types: Annotated[
        Types | None,
        typer.Option(
            help="How edits are classified.", show_default="the combiner's own, or surface"
        ),
    ] = None,
    protect: Annotated[
        bool,
        typer.Option(help="Keep addresses, code, formulas, placeholders and mark-up unchanged."),
    ] = True,
    recuse: Recuse = True,
    evidence: Annotated[
        Path | None,
        typer.Option(
            help="JSONL, .parquet or .csv: every candidate, its voters, and why it was (not)"
            " accepted."
        ),
    ] = None,
    source: SourceColumn = None,
    outputs: OutputColumns = None,
    reference: ReferenceColumns = None,
    identity: IdColumn = None,
    table: TableFile = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Combine the outputs of systems in a folder or a table."""
    with clear_errors():
        chosen, chosen_systems = _combiner(combiner, votes, stack), names(systems)
        layout = layout_of(source, outputs, reference, identity)
        if note := columns_note(folder, layout):
            say(note)
        wanted = kind or kind_in(folder, chosen, chosen_systems, say, layout=layout)
        recipe = Recipe.of(
            chosen, wanted, chosen_systems, types, label_case, protect, recuse, layout
        )
        if votes and recipe.kind != "edits":
            raise InputError("invalid-option", f"--votes applies to edits, not to {recipe.kind}")
        _check_outputs(output, (evidence, table), folder, recipe)
        if table:
            check_table_file(table)
        files = {output: format_of(output)}
        if evidence:
            files[evidence] = evidence_format_of(evidence)
        with working(engine, ray_address):
            figures = combine_files(folder, files, recipe, progress, say)
        show_and_write(figures, as_json, table, f"Combination of {folder.name}")
    say(f"wrote {output}" + (f" and {evidence}" if evidence else ""))


def _combiner(name: str | None, votes: int | None, stack: Path | None) -> Combiner | None:
    if stack and (name is not None or votes is not None):
        other = "--combiner" if votes is None else "--votes"
        raise InputError("invalid-option", f"--stack names the combiners; leave out {other}")
    if stack:
        return load_stack(stack)
    if votes is not None and name not in (None, Majority.name):
        message = f"--votes applies to the combiner {Majority.name}, not to {name}"
        raise InputError("invalid-option", message)
    if votes is not None:
        return Majority(k=votes)
    return None if name is None else load_combiner(name)


def _check_outputs(
    output: Path, others: Sequence[Path | None], folder: Path, recipe: Recipe
) -> None:
    """Refuse to overwrite an input, and warn of an output that would be an input next time."""
    taken = {path.resolve() for path in recipe.inputs(folder)}
    for path in filter(None, (output, *others)):
        check_file(path)
        if path.resolve() in taken:
            message = f"{path} is an input or another output; choose another file"
            raise InputError("invalid-option", message)
        taken.add(path.resolve())
    would_be_read = output.resolve().parent == folder.resolve() and output.suffix == ".txt"
    if would_be_read and not output.stem.startswith("_"):
        say(f"note: {output.name} will count as a system next time; _{output.name} would not")
