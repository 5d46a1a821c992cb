"""Writes files atomically: readers see the old content until the new file is complete."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast


def check_file(path: Path) -> None:
    """Raise a `ValueError` if the parent folder does not exist or `path` is a folder.

    To be called before long work, whose result would be lost otherwise.
    """
    if not path.resolve().parent.is_dir():
        raise ValueError(f"{path.parent} is not a folder")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; the output is a file")


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write `lines` as a text file, atomically as `write_bytes` does."""
    write_bytes(path, "".join(line + "\n" for line in lines).encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    A link is followed; a pipe, a device or another special file is written to directly.
    """
    with writing(path) as file:
        file.write(content)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing; it replaces the old one when the block ends without an error."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    with NamedTemporaryFile(dir=path.parent, delete=False) as new:
        try:
            yield cast(BinaryIO, new)
            # On the disk before it gets its name: a crash must not leave an empty file.
            new.flush()
            os.fsync(new.fileno())
            os.chmod(new.name, _mode(path))
            os.replace(new.name, path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def write_table(path: Path, rows: Iterable[Iterable[object]]) -> None:
    """Write rows as a CSV file, atomically as `write_bytes` does."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_bytes(path, text.getvalue().encode("utf-8"))


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, and return their paths.

    The folder is created, and folders in it that names such as `figures/1.svg` need. Each file is
    written whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        write_bytes(path, content)
    return paths


def _mode(path: Path) -> int:
    """Return the permissions of the old file, or those a new one would have."""
    if path.exists():
        return path.stat().st_mode & 0o777
    # The mask can only be read by setting it.
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
