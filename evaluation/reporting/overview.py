"""The main figures of a comparison: a row for each metric, a column for each thing compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan

from evaluation.reporting.markdown import escaped
from evaluation.reporting.page import Grid

ABSENT = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with the bounds of its 95% interval, NaN where undefined or unknown.

    `is_best` says that it is in the best cluster; `p` is the p-value of the best being better,
    NaN for the best itself and where it was not tested.
    """

    value: float
    low: float
    high: float
    is_best: bool = False
    p: float = float("nan")

    @property
    def words(self) -> str:
        """The value alone."""
        return ABSENT if isnan(self.value) else f"{self.value:.3f}"


@dataclass(frozen=True)
class Column:
    """The cells, by name, of one statistic at a `level`, and the `test` of their differences.

    `decides` says whether the conclusion on `subject` follows from it.
    """

    subject: str
    level: str
    statistic: str
    test: str
    decides: bool
    cells: Mapping[str, Cell]

    @property
    def basis(self) -> str:
        """The level and the statistic."""
        return f"{self.level} level, {self.statistic}"


@dataclass(frozen=True)
class Overview:
    """A table of `names` and, below them, of `baselines`, which are not ranked."""

    columns: Sequence[Column]
    names: Sequence[str]
    baselines: Sequence[str] = ()

    @property
    def deciding(self) -> "Overview":
        """The columns that conclusions follow from."""
        return replace(self, columns=[column for column in self.columns if column.decides])

    @property
    def heads(self) -> list[str]:
        """The heading of each column; with its basis where columns differ in that."""
        bases = {column.basis for column in self.columns}
        return [
            column.subject if len(bases) == 1 else f"{column.subject} ({column.basis})"
            for column in self.columns
        ]

    def legend(self, mark: str) -> str:
        """Return the statistic and the meaning of `mark`, without a full stop."""
        bases = {column.basis for column in self.columns}
        basis = [bases.pop()] if len(bases) == 1 else []
        below = [f"not ranked: {', '.join(self.baselines)}"] if self.baselines else []
        return "; ".join([*basis, f"{mark}: the best cluster", *below])

    def rows(self) -> Iterator[tuple[str, list[Cell | None]]]:
        """Yield each name with its cell in each column, None where it has none."""
        for name in (*self.names, *self.baselines):
            yield name, [column.cells.get(name) for column in self.columns]


def overview_grid(overview: Overview) -> Grid:
    """Return the values as a grid of a page, those of the best clusters strong."""
    rows = list(overview.rows())
    strong = {
        (i, j) for i, (_, cells) in enumerate(rows) for j, cell in enumerate(cells) if _best(cell)
    }
    grid = [[name, *map(_words, cells)] for name, cells in rows]
    return Grid(("metric", *overview.heads), grid, frozenset(strong))


def overview_lines(overview: Overview) -> Iterator[str]:
    """Yield the values as lines of Markdown, those of the best clusters bold."""
    yield from (f"{escaped(sentence(overview.legend('bold')))}.", "")
    yield f"| {' | '.join(map(escaped, ('metric', *overview.heads)))} |"
    yield "|" + " --- |" * (1 + len(overview.columns))
    for name, cells in overview.rows():
        words = [f"**{_words(cell)}**" if _best(cell) else _words(cell) for cell in cells]
        yield f"| {' | '.join([escaped(name), *words])} |"


def sentence(text: str) -> str:
    """Return text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def _best(cell: Cell | None) -> bool:
    return cell is not None and cell.is_best


def _words(cell: Cell | None) -> str:
    return ABSENT if cell is None else cell.words
