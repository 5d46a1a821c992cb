"""Parts of the configuration of tables and JSON lines of a benchmark: keys, scores, numbers."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from evaluation.config import Part
from evaluation.data.numbers import MISSING, Decimal, Numbers
from evaluation.data.preference_tables import PreferenceColumns

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


class JudgementPart(Part):
    """The key that all forms of judgements have."""

    lower_is_better: bool | tuple[str, ...] = False
    """Whether lower judgements are better, or the dimensions in which they are: counts of errors,
    ranks. They are then compared with the opposite sign."""

    @model_validator(mode="after")
    def _turns_known_dimensions(self) -> Self:
        turned = self.lower_is_better
        known = tuple(getattr(self, "dimensions", ()))
        if not isinstance(turned, bool) and (unknown := [n for n in turned if n not in known]):
            listed = ", ".join(known)
            raise ValueError(f"lower_is_better: no dimension {unknown[0]!r}; there are {listed}")
        return self

    def turns(self, dimension: str) -> bool:
        """Return whether lower is better in a dimension."""
        turned = self.lower_is_better
        return turned if isinstance(turned, bool) else dimension in turned


class NumberPart(Part):
    """The form of numbers in a table or in JSON."""

    decimal: Decimal = "."
    missing: Annotated[tuple[str, ...], BeforeValidator(_markers)] = MISSING
    """The markers of missing numbers; an empty cell is always one."""

    @property
    def numbers(self) -> Numbers:
        """The parser of these numbers."""
        return Numbers(self.decimal, self.missing)


class Scored(JudgementPart, NumberPart):
    """Judgements that are numbers in a file."""


class PreferencePart(Part):
    """The columns or keys of preferences between two outputs (`evaluation.data.preference_tables`).

    Those that are not given are looked for.
    """

    path: str
    systems: tuple[str, str] | None = None
    """The columns of the first and the second system."""
    winner: str = "winner"
    segment: SegmentKey | None = None
    rater: str | None = None
    separator: str | None = None

    @property
    def columns(self) -> PreferenceColumns:
        """The headings, as the reader takes them."""
        return PreferenceColumns(
            self.systems, self.winner, self.segment, self.rater, self.separator
        )


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
