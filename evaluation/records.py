"""What everything else is computed from: frozen records of text and of corrections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class DataError(ValueError):
    """Data that cannot be read as what it should be.

    The message is `path:line: what is wrong, and the limit`, lines counting from 1;
    without a line where the fault is the whole file's.
    """

    def __init__(self, path: Path | str, line: int | None, what: str) -> None:
        super().__init__(f"{path}:{line}: {what}" if line is not None else f"{path}: {what}")


class Edit(NamedTuple):
    """Replace the source tokens `[start, end)` by `replacement`.

    `start == end` inserts before token `start`; an empty replacement deletes.
    A tuple by nature, so that edits compare, hash and sort in reading order.
    """

    start: int
    end: int
    replacement: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoldEdit:
    """One correction by an annotator: any of `replacements` is right for tokens `[start, end)`."""

    start: int
    end: int
    replacements: tuple[tuple[str, ...], ...]
    type: str


@dataclass(frozen=True, slots=True)
class Annotated:
    """A source sentence (tokens as the annotators saw them) and each annotator's corrections.

    An annotator who found nothing wrong is present with no edits; one who did not
    look at the sentence is absent.
    """

    source: tuple[str, ...]
    annotations: Mapping[int, tuple[GoldEdit, ...]]


@dataclass(frozen=True, slots=True)
class Segment:
    """One source text and what each system made of it; `None` where a system gave nothing.

    Where nobody said what the source was, it is empty and `has_source` is false.
    """

    source: str
    hypotheses: Mapping[str, str | None] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    has_source: bool = True
