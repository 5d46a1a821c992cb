"""The options that say which columns of a table, or files of a folder, are what."""

from typing import Annotated

import typer

from evaluation.data.layout import Layout

OUTPUTS_HELP = (
    "A folder with source.txt and one NAME.txt per system, or with src.*, hyp.* and ref.* as of"
    " WMT; or a table: .csv, .tsv, .parquet, .jsonl, .json, a folder saved by datasets."
)

_USUAL = "by usual names"

SourceColumn = Annotated[
    str | None,
    typer.Option("--source", help="The column of sources in a table.", show_default=_USUAL),
]
OutputColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--outputs",
        help="A column of outputs, or a pattern such as 'hyp.*.en', in which * stands for the name"
        " of the system; may be repeated. In a folder, columns are files.",
        show_default="all columns without another use",
    ),
]
ReferenceColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--reference",
        help="A column of references, or a pattern, which is not a system; may be repeated.",
        show_default=_USUAL,
    ),
]
IdColumn = Annotated[
    str | None, typer.Option("--id", help="The column of ids.", show_default=_USUAL)
]


def layout_of(
    source: str | None,
    outputs: list[str] | None,
    references: list[str] | None,
    identity: str | None,
) -> Layout:
    """Return the layout that the options state."""
    return Layout(source, tuple(outputs or ()), tuple(references or ()), identity)
