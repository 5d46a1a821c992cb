"""Parts of the configuration of tables and JSON lines of a benchmark: keys, scores, numbers."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from evaluation.config import Part
from evaluation.data.numbers import MISSING, Decimal, Numbers

SegmentKey = str | Annotated[tuple[str, ...], Field(min_length=1)]
"""The column or key of segments, or several that are one id together, as document and number."""


def _by_dimension(given: object) -> object:
    """Return the columns of each dimension, of a mapping or of a list of columns."""
    if isinstance(given, list | tuple) and all(isinstance(name, str) for name in given):
        if len(set(given)) < len(given):
            raise ValueError("names a column twice")
        return {name: (name,) for name in given}
    if not isinstance(given, dict):
        raise ValueError("must be a list of columns, or a column or a list of them by dimension")
    return {name: (value,) if isinstance(value, str) else value for name, value in given.items()}


Dimensions = Annotated[
    dict[str, Annotated[tuple[str, ...], Field(min_length=1)]],
    Field(min_length=1),
    BeforeValidator(_by_dimension),
]
"""The columns of each dimension of judgements."""


def _markers(given: object) -> object:
    """Return a list of markers as text: YAML reads `null` and `-9` as other things."""
    if not isinstance(given, list | tuple):
        return given
    return ["null" if marker is None else str(marker) for marker in given]


class Scored(Part):
    """The form of numbers in judgements."""

    decimal: Decimal = "."
    missing: Annotated[tuple[str, ...], BeforeValidator(_markers)] = MISSING
    """The markers of missing judgements; an empty cell is always one."""

    @property
    def numbers(self) -> Numbers:
        """The parser of these numbers."""
        return Numbers(self.decimal, self.missing)


class LineTexts(Part):
    """JSON lines: an object for each output, with the keys of its segment and system."""

    form: Literal["lines"]
    path: str
    output: str = "output"
    segment: SegmentKey = "segment"
    system: str | None = "system"
    """None: there is one system, called `texts`."""
    source: str | None = None
    references: str | None = None
    """The key of a text or of a list of texts."""


class LineJudgements(Scored):
    """JSON lines: an object for each output, or for each output and rater."""

    form: Literal["lines"]
    path: str
    dimensions: Annotated[tuple[str, ...], Field(min_length=1)]
    scores: str | None = None
    """The key of the scores; by default, dimensions are keys beside that of the segment."""
    segment: SegmentKey = "segment"
    system: str | None = "system"
    rater: str | None = None
    """The key of the rater."""
