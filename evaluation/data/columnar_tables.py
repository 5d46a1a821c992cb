"""Reads Parquet files and folders that `datasets` saved, some hundred rows at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.records import DataError

if TYPE_CHECKING:
    from datasets import Dataset

_ROWS = 500  # in memory at a time

Cells = Mapping[str, Any]


class ParquetTable:
    """A Parquet file; its rows are numbered from 1."""

    def __init__(self, path: Path) -> None:
        """Read the schema.

        Raises:
            DataError: it cannot be read, or is not a whole Parquet file.
        """
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        self.path = path
        self._faults = (ArrowException, OSError)
        try:
            # Opened here, as the errors of pyarrow for a file without permission differ.
            with path.open("rb") as file:
                schema = ParquetFile(file)
                self.names: Sequence[str] = schema.schema_arrow.names
                self.count: int | None = schema.metadata.num_rows
        except PermissionError as error:
            fault = f"cannot be read: {error.strerror}"
            raise DataError(path, None, fault, "file-unreadable") from None
        except self._faults as error:
            raise DataError(path, None, f"is not a whole Parquet file: {_first(error)}") from None

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, Cells]]:
        """Yield the number of each row and its cells in the columns `names`.

        Raises:
            DataError: a part of the file is damaged.
        """
        from pyarrow.parquet import ParquetFile

        number = 0
        try:
            with ParquetFile(self.path) as file:
                for batch in file.iter_batches(_ROWS, columns=list(names)):
                    columns = [batch.column(name).to_pylist() for name in names]
                    for cells in zip(*columns, strict=True):
                        number += 1
                        yield number, dict(zip(names, map(_plain, cells), strict=True))
        except self._faults as error:
            raise DataError(self.path, number + 1, f"is damaged: {_first(error)}") from None


class SavedDataset:
    """A folder that `datasets` wrote with `save_to_disk`; its rows are numbered from 1.

    Of a dictionary of data sets with one split it is that split. The numbers of a column of
    `ClassLabel` are read as their names.
    """

    def __init__(self, path: Path) -> None:
        """Open the files, which stay on the disk.

        Raises:
            DataError: they cannot be read, or there are several splits.
        """
        from datasets import DatasetDict, load_from_disk
        from pyarrow import ArrowException

        self.path = path
        try:
            saved = load_from_disk(str(path))
        except (OSError, ValueError, KeyError, TypeError, ArrowException) as error:
            fault = f"is not a whole folder of `datasets`: {_first(error)}"
            raise DataError(path, None, fault) from None
        if isinstance(saved, DatasetDict):
            if len(saved) != 1:
                fault = f"has the splits {', '.join(saved) or 'none'}; name the folder of one of"
                raise DataError(path, None, f"{fault} them, such as {path / next(iter(saved), '')}")
            saved = next(iter(saved.values()))
        self._data: Dataset = saved
        self.names: Sequence[str] = saved.column_names
        self.count: int | None = len(saved)

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, Cells]]:
        """Yield the number of each row and its cells in the columns `names`."""
        yield from enumerate(rows_of_dataset(self._data, names), start=1)


def rows_of_dataset(dataset: "Dataset", names: Sequence[str]) -> Iterator[Cells]:
    """Yield the cells of each row of a data set in the columns `names`; classes by their names."""
    readers = [_reader(dataset.features[name]) for name in names]
    chosen = dataset.with_format(None).select_columns(list(names))
    batches = (zip(*(batch[name] for name in names), strict=True) for batch in chosen.iter(_ROWS))
    for cells in chain.from_iterable(batches):
        values = [read(cell) for read, cell in zip(readers, cells, strict=True)]
        yield dict(zip(names, values, strict=True))


def is_saved_dataset(path: Path) -> bool:
    """Return whether `datasets` saved a data set, or several, in this folder."""
    is_single = all((path / name).is_file() for name in ("state.json", "dataset_info.json"))
    return is_single or (path / "dataset_dict.json").is_file()


def _reader(feature: object) -> Callable[[Any], Any]:
    classes = getattr(feature, "names", None)
    if classes is None:
        return _plain
    # -1 is the class of an example without a label.
    return lambda cell: classes[cell] if cell is not None and cell >= 0 else None


def _plain(cell: object) -> object:
    """Return a struct without the keys that the row lacks; other cells as they are."""
    if isinstance(cell, dict):
        return {key: value for key, value in cell.items() if value is not None}
    return cell


def _first(error: BaseException) -> str:
    """Return the first sentence of the message of a library."""
    return f"{error}".strip().split("\n")[0].split(". ")[0].rstrip(".")
