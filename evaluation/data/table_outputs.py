"""Reads the outputs of systems from a table, in which columns are sources, outputs, references."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from evaluation.data.class_probabilities import are_probabilities
from evaluation.data.columnar_tables import SavedDataset, is_saved_dataset
from evaluation.data.file_tables import FileTable, is_wmt, roles_of_files
from evaluation.data.json_lines import parse_output
from evaluation.data.layout import Layout, Roles, listed
from evaluation.data.rows import segment_of_row
from evaluation.data.tables import Table
from evaluation.records import DataError, Segment


@dataclass(frozen=True, slots=True)
class TableOutputs:
    """A table, and the use of its columns."""

    table: Table
    roles: Roles

    @classmethod
    def of_folder(cls, path: Path, layout: Layout) -> Self:
        """Return the table in a folder saved by `datasets`, or of files that are columns.

        Raises:
            DataError: it cannot be read, or does not have the columns of the layout.
        """
        if is_saved_dataset(path):
            table: Table = SavedDataset(path)
            return cls(table, layout.roles(path, table.names))
        wishes = filter(None, [layout.source, *layout.outputs, *layout.references])
        files = FileTable(path, max((wish.count("/") for wish in wishes), default=0))
        return cls(files, roles_of_files(files, layout))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        source = [self.roles.source] if self.roles.source is not None else []
        return (*source, *self.roles.outputs.values(), *self.roles.references)

    @property
    def note(self) -> str:
        """A sentence that says which column is taken as what."""
        roles = self.roles
        uses = [("source", [roles.source] if roles.source else [])]
        uses += [("reference", list(roles.references)), ("id", [roles.id] if roles.id else [])]
        parts = [f"{listed(names)} is the {use}" for use, names in uses if names]
        systems = list(roles.outputs)
        plural = "s" * (len(systems) != 1)
        parts += [f"{len(systems)} system{plural}: {listed(systems)}"]
        used = {*self.columns, roles.id}
        unused = [name for name in self.table.names if name not in used]
        parts += [f"not used: {listed(unused)}"] if unused else []
        return f"{self.table.path}: {'; '.join(parts)}"

    def segments(
        self, systems: Sequence[str] | None, needs_source: bool, may_be_labels: bool
    ) -> Iterator[Segment]:
        """Yield the segment in each row, with the outputs of `systems`, by default of all.

        Where the outputs `may_be_labels`, a column may have JSON objects of class probabilities, as
        `class_probabilities.are_probabilities` decides.

        Raises:
            DataError: a system is missing, or a source that is needed, or a row cannot be read.
        """
        chosen = replace(self, roles=_chosen(self.table.path, self.roles, systems))
        if needs_source and chosen.roles.source is None:
            there = listed(list(self.table.names))
            fault = f"no column of sources, which outputs that are edits change: there are {there};"
            raise DataError(self.table.path, None, f"{fault} name it by --source")
        soft = chosen._soft() if may_be_labels else frozenset()
        number = 0
        for number, row in self.table.rows(chosen.columns):
            yield segment_of_row(
                self.table.path, number, self._parsed(number, row, soft), chosen.roles
            )

        if not number and not isinstance(self.table, FileTable):
            raise DataError(self.table.path, None, "has no rows below its headings")

    def _soft(self) -> frozenset[str]:
        """Return the columns of outputs whose cells are all class probabilities or blank."""
        columns = list(self.roles.outputs.values())
        left, found = set(columns), set[str]()
        for _, row in self.table.rows(columns):
            for column in tuple(left):
                cell = row[column]
                if isinstance(cell, str) and not cell.strip():
                    continue
                if isinstance(cell, str) and are_probabilities([cell]):
                    found.add(column)
                else:
                    left.discard(column)
            if not left:
                break
        return frozenset(left & found)

    def _parsed(
        self, number: int, row: Mapping[str, Any], soft: frozenset[str]
    ) -> Mapping[str, Any]:
        if not soft:
            return row
        path = self.table.path
        return {**row, **{name: parse_output(path, number, row[name]) for name in soft}}


def is_column_folder(path: Path, layout: Layout) -> bool:
    """Return whether a folder is a table, as the layout states or its files show."""
    return path.is_dir() and (layout.is_stated or is_saved_dataset(path) or is_wmt(path))


def _chosen(place: Path, roles: Roles, systems: Sequence[str] | None) -> Roles:
    if systems is None:
        return roles
    for name in systems:
        if name not in roles.outputs:
            fault = f"no system {name!r}; there are {listed(list(roles.outputs))}"
            raise DataError(place, None, fault)
        if systems.count(name) > 1:
            times = systems.count(name)
            raise DataError(place, None, f"{name!r} is named {times} times; once is the limit")
    return replace(roles, outputs={name: roles.outputs[name] for name in systems})
