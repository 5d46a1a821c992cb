"""`consort combine`: files of outputs combined, however large they are."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from ensemble.baselines import BASELINES, Majority
from ensemble.candidates import Kind
from ensemble.chunks import CHUNK, combine_chunks, fitted, write_parts
from ensemble.combiner import Combiner, kind_for, signed
from ensemble.results import form_of
from evaluation.edits.types import Types
from evaluation.parallel import working
from evaluation.readers import count_lines, stream_outputs
from evaluation.records import Segment
from evaluation.report import Row, Table
from service.console import (
    AsJson,
    EngineName,
    RayAddress,
    clear_errors,
    names,
    progress,
    say,
    show,
)


def combine(
    folder: Annotated[
        Path, typer.Argument(help="source.txt and one NAME.txt per system; or a JSONL file.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Where the text goes; with the evidence in .jsonl, .parquet."
        ),
    ],
    combiner: Annotated[
        str, typer.Option(help=f"A folder from `consort train`, or {', '.join(BASELINES)}, neural.")
    ] = "vote",
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="What the systems put out.", show_default="what the combiner is usual for"
        ),
    ] = None,
    systems: Annotated[str | None, typer.Option(help="Use only these: a,b,c.")] = None,
    votes: Annotated[
        int | None,
        typer.Option(min=1, help="Votes an edit needs.", show_default="half, rounded up"),
    ] = None,
    types: Annotated[
        Types | None,
        typer.Option(
            help="What names the types of edits.", show_default="the combiner's own, or surface"
        ),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(help="JSONL or .parquet: every candidate, its voters, why (not) taken."),
    ] = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Combine a folder of system outputs."""
    with clear_errors():
        chosen = _combiner(combiner, votes)
        wanted = kind_for(chosen, kind)
        if votes and wanted != "edits":
            raise ValueError(f"--votes is for edits, not {wanted}")
        named = _types(chosen, types)

        def read() -> Iterator[Segment]:
            return stream_outputs(folder, names(systems))

        first = list(islice(read(), 1))
        _check_outputs(folder, output, evidence, first)
        forms = {output: form_of(output)}
        if evidence:
            forms[evidence] = "parquet" if form_of(evidence) == "parquet" else "jsonl"
        with working(engine, ray_address):
            ready = fitted(chosen, wanted, read)
            parts = combine_chunks(ready, wanted, named, forms.values(), read())
            made = write_parts(progress(parts, "Combining", _chunks(folder)), forms)
        figures = {
            "segments": made["segments"],
            "systems": len(first[0].hypotheses) if first else 0,
        }
        figures |= {what: made[what] for what in ("candidates", "accepted")}
        rows = [Row(ready.name, "corpus", what, value) for what, value in figures.items()]
        show(Table(rows, signed(ready, wanted)), as_json)
    say(f"wrote {output}" + (f" and {evidence}" if evidence else ""))


def _combiner(name: str, votes: int | None) -> Combiner:
    if votes is not None and name != Majority.name:
        raise ValueError(f"--votes is for the combiner {Majority.name}, not {name}")
    if name in BASELINES:
        return Majority(k=votes) if votes is not None else BASELINES[name]()
    from ensemble.artefact import read
    from ensemble.neural.combiner import Neural

    if name == Neural.name:
        return Neural()
    if not Path(name).is_dir():
        known = ", ".join([*BASELINES, Neural.name])
        raise ValueError(f"no combiner {name!r}; there are {known}, and folders of trained ones")
    return read(Path(name))[0]


def _types(combiner: Combiner, types: Types | None) -> Types:
    """Return what is to name the types of edits: what a trained combiner was shown."""
    shown = getattr(combiner, "types", None)
    if types and shown and types != shown:
        raise ValueError(f"this combiner was trained with --types {shown}")
    return types or shown or "surface"


def _check_outputs(
    folder: Path, output: Path, evidence: Path | None, segments: list[Segment]
) -> None:
    """Refuse to write over what was read, and warn of what would be read next time."""
    names = ("source", *(segments[0].hypotheses if segments else ()))
    taken = {folder.resolve(), *((folder / f"{name}.txt").resolve() for name in names)}
    for path in filter(None, (output, evidence)):
        if not path.resolve().parent.is_dir():
            raise ValueError(f"{path.parent} is no folder to write to")
        if path.resolve() in taken:
            raise ValueError(f"{path} is read or written already; choose another output")
        taken.add(path.resolve())
    own = output.resolve().parent == folder.resolve() and output.suffix == ".txt"
    if own and not output.stem.startswith("_"):
        say(f"note: {output.name} will count as a system next time; _{output.name} would not")


def _chunks(path: Path) -> int | None:
    """Return how many chunks there will be, if that can be told without taking any."""
    source = path / "source.txt" if path.is_dir() else path
    return -(-count_lines(source) // CHUNK) if source.is_file() else None
