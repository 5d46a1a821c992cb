"""Tells references that are columns of the outputs' table from those that are files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evaluation.data.columnar_tables import SavedDataset, is_saved_dataset
from evaluation.data.file_tables import FileTable
from evaluation.data.layout import Layout, listed, matching
from evaluation.data.table_outputs import is_column_folder
from evaluation.data.tables import open_table
from evaluation.errors import DataError, InputError


def with_references(
    outputs: Path, layout: Layout, wishes: Sequence[str]
) -> tuple[Layout, tuple[Path, ...]]:
    """Return the layout with the references that are columns, and the files of the others.

    Of a table, one of the `wishes` that is a column, or a pattern of columns, is that, and another
    one the path of a file. Of a folder, it is a path where there is such a file, and else a file in
    the folder, or a pattern of files.

    Raises:
        DataError: one is neither, or the table cannot be read.
        InputError: some are columns and some are files.
    """
    is_folder = outputs.is_dir() and not is_saved_dataset(outputs)
    names = _names(outputs, wishes) if wishes else ()
    columns, files = list[str](), list[Path]()
    for wish in wishes:
        found = [name for _, name in matching((wish,), names)]
        if Path(wish).is_file() and (is_folder or not found):
            files.append(Path(wish))
        elif is_folder and not is_column_folder(outputs, layout):
            files += [outputs / name for name in found]
        else:
            columns += [wish] if found else []
        if not found and not Path(wish).is_file():
            part = "file" if is_folder else "column"
            fault = f"there is no {part} {wish!r} in it, and no file {wish}; it has {listed(names)}"
            raise DataError(outputs, None, fault, "file-unreadable")
    if columns and files:
        fault = f"--reference: {columns[0]} is in {outputs}, {files[0]} is a file: choose one kind"
        raise InputError("invalid-option", fault)
    return replace(layout, references=tuple(columns)), tuple(files)


def is_column(outputs: Path, wish: str) -> bool:
    """Return whether a wish is a column of the table, or a pattern of one, and not a file.

    In a folder, a name that is not the path of a file is that of a file in the folder.
    """
    is_folder = outputs.is_dir() and not is_saved_dataset(outputs)
    if is_folder and Path(wish).is_file():
        return False
    return bool(matching((wish,), _names(outputs, [wish])))


def _names(outputs: Path, wishes: Sequence[str]) -> Sequence[str]:
    if is_saved_dataset(outputs):
        return SavedDataset(outputs).names
    if outputs.is_dir():
        return FileTable(outputs, max(wish.count("/") for wish in wishes)).names
    return open_table(outputs).names
