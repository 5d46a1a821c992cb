"""Gathers the texts of a benchmark from rows in any order, each an output of a system."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluation.meta_evaluation.config import NestedTexts
from evaluation.meta_evaluation.json_items import items_of
from evaluation.meta_evaluation.row_schema import LineTexts
from evaluation.records import DataError

Others = tuple[str | None, tuple[str, ...]]
"""The source and the references of a segment."""


class Gathered(NamedTuple):
    """Texts by segment, in the order of their first rows; None is a missing output."""

    systems: tuple[str, ...]
    segments: tuple[str, ...]
    outputs: Mapping[str, Sequence[str | None]]
    sources: Sequence[str] | None
    references: Sequence[Sequence[str]] | None


class Gathering:
    """The outputs read so far.

    Args:
        path: the file, for errors.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._outputs: dict[str, dict[str, str | None]] = {}
        self._segments: dict[str, Others] = {}

    def add(
        self, line: int | None, segment: str, system: str, output: str | None, others: Others
    ) -> None:
        """Add an output; the same one may be there again, as in a table with a row for each rater.

        Raises:
            DataError: the system has another output on this segment, or the segment another source
                or other references.
        """
        if self._segments.setdefault(segment, others) != others:
            fault = f"segment {segment} has another source or reference above"
            raise DataError(self._path, line, fault)
        if self._outputs.setdefault(system, {}).setdefault(segment, output) != output:
            raise DataError(self._path, line, f"{system} has a second output on segment {segment}")

    def texts(self, has_sources: bool, has_references: bool) -> Gathered:
        """Return the texts; a source that is null is an empty text."""
        by_system = self._outputs.items()
        others = self._segments.values()
        return Gathered(
            tuple(self._outputs),
            tuple(self._segments),
            {name: [texts.get(item) for item in self._segments] for name, texts in by_system},
            [source or "" for source, _ in others] if has_sources else None,
            [list(references) for _, references in others] if has_references else None,
        )


def read_json_texts(path: Path, given: NestedTexts | LineTexts) -> Gathered:
    """Return the texts of a JSON file, or of one with a JSON object on each line.

    Raises:
        DataError: as `json_items` and `Gathering.add`, or a text is missing or not a text.
    """
    gathering = Gathering(path)
    for item in items_of(path, given):
        source = item.text(item.parent, given.source) if given.source else None
        references = item.texts(item.parent, given.references) if given.references else ()
        output = item.text(item.node, given.output)
        line = item.place if isinstance(item.place, int) else None
        gathering.add(line, item.segment, item.system, output, (source, references))
    return gathering.texts(given.source is not None, given.references is not None)
