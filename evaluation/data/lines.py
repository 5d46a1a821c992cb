"""Reads the lines of text files; every fault is a `DataError` that names the file and the line."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from evaluation.data.probability_table import count_rows
from evaluation.records import DataError


def read_lines(path: Path | str) -> list[str]:
    r"""Return the lines of a UTF-8 text file, without their ends.

    Only `\n` (or `\r\n`) ends a line: the other line separators of Unicode are text.

    Raises:
        DataError: the file cannot be read, or is not UTF-8.
    """
    return list(stream_lines(path))


def stream_lines(path: Path | str) -> Iterator[str]:
    """Yield the lines that `read_lines` returns; a fault is raised when its line is reached."""
    for number, line in enumerate(_raw_lines(path), start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise DataError(path, number, f"byte 0x{byte:02x} is not UTF-8") from None
        yield text.removesuffix("\n").removesuffix("\r")


def count_lines(path: Path | str) -> int:
    """Return the number of lines in a file, as `read_lines` counts them.

    Raises:
        DataError: the file cannot be read.
    """
    return sum(1 for _ in _raw_lines(path))


def _raw_lines(path: Path | str) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            yield from file
    except OSError as error:
        raise DataError(
            path, None, f"cannot be read: {error.strerror}", "file-unreadable"
        ) from None


def read_parallel(files: Sequence[Path]) -> list[list[str]]:
    """Return the lines of each of `files`.

    Raises:
        DataError: as `read_lines`, or a file does not have as many lines as the first.
    """
    check_lengths(files)
    return [read_lines(file) for file in files]


def check_lengths(files: Sequence[Path]) -> int:
    """Return the number of segments in each of `files`; a `.csv` file has class probabilities.

    Raises:
        DataError: a file cannot be read, or does not have as many as the first.
    """
    lengths = [count_rows(file) if file.suffix == ".csv" else count_lines(file) for file in files]
    for file, length in zip(files, lengths, strict=True):
        if length != lengths[0]:
            parts = "rows below its headings" if file.suffix == ".csv" else "lines"
            raise DataError(file, None, f"{length} {parts}, but {files[0].name} has {lengths[0]}")
    return lengths[0] if lengths else 0
