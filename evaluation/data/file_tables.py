"""Reads the files of a folder as the columns of a table, with a segment on each line.

The layout of WMT is told by the names of the files: `src.zh`, `hyp.SYSTEM.en` and `ref.A.en`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from evaluation.data.layout import Layout, Roles, listed, matching
from evaluation.data.lines import check_lengths, stream_lines
from evaluation.records import DataError

REFERENCE = re.compile(r"target|ref([._-]?\d+)?|reference.*")
"""File names of references; `refine` and `ref_model` are names of systems."""

_WMT = re.compile(r"((?:.*\.)?)(src|hyp|ref)((?:\..+)?)\.([A-Za-z]{2,3}(?:[-_]\w+)?)")


class FileTable:
    """A folder whose files are columns, each with a segment on every line.

    Names that begin with `.` or `_` are left out; `depth` folders below it are looked into.
    """

    def __init__(self, path: Path, depth: int = 0) -> None:
        """List the files."""
        files = (file for n in range(depth + 1) for file in path.glob("*/" * n + "*"))
        shown = (file for file in files if file.is_file() and file.name[0] not in "._")
        self.path = path
        self.names: Sequence[str] = sorted(file.relative_to(path).as_posix() for file in shown)
        self.count: int | None = None

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Yield the number of each line and the text on it in each of the files `names`.

        Raises:
            DataError: a file cannot be read, is not UTF-8, or has more lines than another.
        """
        files = [self.path / name for name in names]
        check_lengths(files)
        lines = zip(*map(stream_lines, files), strict=True)
        for number, texts in enumerate(lines, start=1):
            yield number, dict(zip(names, texts, strict=True))


def roles_of_files(table: FileTable, layout: Layout) -> Roles:
    """Return the use of each file; the names of files show what `layout` does not state.

    These are the names of WMT or, as in a system folder, `source.txt`, `NAME.txt` and those of
    references.

    Raises:
        DataError: as `Layout.roles`, or the files of WMT have several languages, and the layout
            does not choose.
    """
    usual = _of_wmt(table, layout) or _of_system_folder(table.names)
    whole = replace(
        layout,
        source=layout.source or usual.source,
        outputs=layout.outputs or usual.outputs,
        references=layout.references or usual.references,
    )
    if not layout.references:
        return whole.roles(table.path, table.names)
    # Of several references, those that are not chosen are not systems either.
    chosen = {*layout.outputs, *(name for _, name in matching(layout.references, table.names))}
    left_out = {*usual.references} - chosen
    names = [name for name in table.names if name not in left_out]
    return whole.roles(table.path, names)


def is_wmt(folder: Path) -> bool:
    """Return whether the files of a folder have the names of WMT, and none is `source.txt`."""
    if (folder / "source.txt").exists():
        return False
    names = (file.name for file in folder.iterdir())
    return any(part is not None and part[2] == "hyp" for part in map(_parts, names))


def _parts(name: str) -> re.Match[str] | None:
    match = _WMT.fullmatch(name)
    return None if match is None or match[4] == "txt" else match


def _of_wmt(table: FileTable, layout: Layout) -> Layout | None:
    """Return the layout of WMT, or None where no file has the name of an output in it."""
    parts = [match for match in map(_parts, table.names) if match]
    outputs = sorted({f"{m[1]}hyp.*.{m[4]}" for m in parts if m[2] == "hyp" and m[3]})
    if not outputs:
        return None
    if len(outputs) > 1 and not layout.outputs:
        fault = f"has outputs of several tasks: choose one by --outputs: {listed(outputs)}"
        raise DataError(table.path, None, fault)
    sources = [m[0] for m in parts if m[2] == "src"]
    if len(sources) > 1 and not layout.source:
        fault = f"has several sources: choose one by --source: {listed(sources)}"
        raise DataError(table.path, None, fault)
    prefix, ending = outputs[0].split("hyp.*")
    references = tuple(
        m[0] for m in parts if m[2] == "ref" and m[1] == prefix and f".{m[4]}" == ending
    )
    return Layout(sources[0] if sources else None, tuple(outputs[:1]), references)


def _of_system_folder(names: Sequence[str]) -> Layout:
    texts = [name for name in names if name.endswith(".txt") and "/" not in name]
    references = tuple(name for name in texts if REFERENCE.fullmatch(name.removesuffix(".txt")))
    return Layout("source.txt" if "source.txt" in texts else None, ("*.txt",), references)
