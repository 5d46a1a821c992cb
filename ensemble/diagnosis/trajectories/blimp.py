"""Reading BLiMP (Warstadt et al. 2020): minimal pairs of a grammatical and a wrong sentence."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.data.readers import read_lines
from evaluation.records import DataError

_FIELDS = {"syntax/semantics": "syntax_semantics"}
"""Field names that BLiMP's files spell in two ways."""
_NEEDED = ("sentence_good", "sentence_bad", "field", "linguistics_term", "UID")


@dataclass(frozen=True)
class Paradigm:
    """Minimal pairs of one kind, as (good, bad) sentences, with the paradigm's term and field."""

    name: str
    term: str
    field: str
    pairs: tuple[tuple[str, str], ...]


def read_blimp(
    folder: Path, most: int | None = None, names: Sequence[str] | None = None
) -> list[Paradigm]:
    """Return the paradigms in a folder of BLiMP's files, by name, `most` pairs of each.

    A paradigm in `names` without a file is an error: a misspelt name must not drop one silently.

    Raises:
        DataError: the folder has no such files, lacks one of `names`, or a line is not a pair.
    """
    files = {file.stem: file for file in sorted(folder.glob("*.jsonl"))}
    if not files:
        raise DataError(folder, None, "holds no PARADIGM.jsonl: BLiMP's data are not here")
    if missing := sorted(set(names or ()) - set(files)):
        known = ", ".join(files)
        raise DataError(folder, None, f"no paradigm {', '.join(missing)}; there are {known}")
    return [_paradigm(file, most) for name, file in files.items() if name in (names or files)]


def _paradigm(path: Path, most: int | None) -> Paradigm:
    rows = [_row(path, n, line) for n, line in enumerate(read_lines(path)[:most], start=1)]
    if not rows:
        raise DataError(path, None, "holds no pair")
    first = rows[0]
    pairs = tuple((row["sentence_good"], row["sentence_bad"]) for row in rows)
    field = _FIELDS.get(first["field"], first["field"])
    return Paradigm(path.stem, first["linguistics_term"], field, pairs)


def _row(path: Path, number: int, line: str) -> dict[str, str]:
    try:
        row = json.loads(line)
    except ValueError:
        raise DataError(path, number, "is not JSON") from None
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in _NEEDED):
        raise DataError(path, number, f"needs the texts {', '.join(_NEEDED)}")
    if row["UID"] != path.stem:
        raise DataError(path, number, f"is of the paradigm {row['UID']}, unlike the file")
    return row
