"""Human rankings of systems' outputs, with ties: the record, its pairs and wins, and the reader."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import numpy as np

from evaluation.records import DataError
from evaluation.types import Array, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Rankings:
    """Rankings of `systems`, with the judge and the segment of each.

    `ranks` has the shape (rankings, systems); 1 is best, equal ranks are ties, and NaN stands
    for a system that was not shown.

    Raises:
        ValueError: the shapes differ.
    """

    systems: tuple[str, ...]
    judges: tuple[str, ...]
    segments: tuple[str, ...]
    ranks: Array

    def __post_init__(self) -> None:
        n = len(self.judges)
        if len(self.segments) != n or self.ranks.shape != (n, len(self.systems)):
            sizes = f"{n} judges, {len(self.segments)} segments and {len(self.systems)} systems"
            raise ValueError(f"ranks of shape {self.ranks.shape} for {sizes}")

    def wins(self) -> Array:
        """Return 1 where a ranking has the first system above the second, else 0.

        The shape is (rankings, systems, systems), 8 bytes a value; `pairs` takes less memory.
        """
        # A comparison with NaN is false.
        return (self.ranks[:, :, None] < self.ranks[:, None, :]).astype(np.float64)

    def pairs(self) -> Integers:
        """Return every pair of systems compared, shape (pairs, 4).

        The columns are the index of the ranking, of the higher-ranked system, of the
        lower-ranked one (in a tie, of the first and the second), and whether they tie.
        """
        blocks = []
        for i in range(len(self.systems)):
            for j in range(i + 1, len(self.systems)):
                gap = self.ranks[:, j] - self.ranks[:, i]
                shown = np.flatnonzero(~np.isnan(gap))
                first = np.where(gap[shown] < 0, j, i)
                tie = (gap[shown] == 0).astype(np.int64)
                blocks.append(np.stack([shown, first, i + j - first, tie], axis=1))
        return np.concatenate(blocks) if blocks else np.empty((0, 4), dtype=np.int64)


def read_rankings(path: Path | str) -> Rankings:
    """Read the XML that the ranking tool Appraise (Federmann 2012) exports.

    A `ranking-item` (`user`, `src-id`) contains `translation` elements, each with its `rank` and
    the `system`, or the systems separated by spaces, that gave this text. An item without
    any was skipped by the judge and is left out. Systems are sorted by name.

    Raises:
        DataError: the file cannot be read or is not XML; it declares a document type, whose
            entities could make a small file huge; a rank is not a whole number from 1; a system
            is in a ranking twice; or the file has no rankings.
    """
    items = _Items(path)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = items.refuse
    parser.StartElementHandler = items.start
    items.parser = parser
    try:
        with open(path, "rb") as file:
            parser.ParseFile(file)
    except OSError as error:
        raise DataError(
            path, None, f"cannot be read: {error.strerror}", "file-unreadable"
        ) from None
    except expat.ExpatError as error:
        cause = expat.ErrorString(error.code)
        raise DataError(path, error.lineno, f"is not XML: {cause}") from None
    return items.rankings()


@dataclass
class _Items:
    """Collects rankings while the XML is parsed."""

    path: Path | str
    parser: expat.XMLParserType | None = None
    origins: list[tuple[str, str]] = field(default_factory=list)
    ranks: list[dict[str, int]] = field(default_factory=list)

    def refuse(self, *_: object) -> None:
        raise self._fault("a document type is declared, which is not allowed")

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "ranking-item":
            self.origins.append((attributes.get("user", ""), attributes.get("src-id", "")))
            self.ranks.append({})
        elif element == "translation":
            self._translation(attributes.get("rank", ""), attributes.get("system", "").split())

    def rankings(self) -> Rankings:
        made = [i for i, ranks in enumerate(self.ranks) if ranks]
        if not made:
            raise DataError(self.path, None, "no rankings")
        systems = sorted({name for ranks in self.ranks for name in ranks})
        ranks = [[self.ranks[i].get(name, np.nan) for name in systems] for i in made]
        judges, segments = zip(*(self.origins[i] for i in made), strict=True)
        return Rankings(tuple(systems), judges, segments, np.array(ranks, dtype=np.float64))

    def _translation(self, rank: str, systems: Sequence[str]) -> None:
        if not self.ranks:
            raise self._fault("a translation outside a ranking-item")
        if not (rank.isascii() and rank.isdigit() and int(rank) >= 1):
            raise self._fault(f"rank {rank!r} is not a whole number from 1")
        if not systems:
            raise self._fault("a translation without a system")
        for name in systems:
            if name in self.ranks[-1]:
                raise self._fault(f"{name} is ranked twice in one ranking")
            self.ranks[-1][name] = int(rank)

    def _fault(self, message: str) -> DataError:
        line = self.parser.CurrentLineNumber if self.parser else None
        return DataError(self.path, line, message)
