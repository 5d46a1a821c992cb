"""Frozen records of texts and their corrections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from evaluation.errors import DataError

__all__ = [
    "Annotated",
    "DataError",
    "Distribution",
    "Edit",
    "GoldEdit",
    "Scores",
    "Segment",
    "Style",
]

Style = Literal["running", "tokenised"]
"""How punctuation is spaced: in running text without a space before it, in tokenised text with."""

Distribution = Mapping[str, float]
"""The probability of each class, by label: from 0 to 1, together at most 1 but for rounding."""

Scores = Mapping[str, Mapping[str, float]]
"""The score of each system's output by each judge, by judge and system; higher is better."""


class Edit(NamedTuple):
    """Replace the source tokens `[start, end)` by `replacement`.

    `start == end` inserts before token `start`; an empty replacement deletes.
    It is a tuple, so that edits compare, hash and sort in reading order.
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
    """One source text and each system's output; `None` is a missing output.

    Where the source is unknown, it is empty and `has_source` is false. `style` is how most sources
    of its file or batch are spaced (`evaluation.edits.batch_style`), `None` for a single segment: a
    source without punctuation does not show its own. `distributions` has the class probabilities
    of the systems that gave them; the hypothesis of such a system is its most probable class.
    `scores` has those that judges gave the outputs, each on a scale of its own.
    """

    source: str
    hypotheses: Mapping[str, str | None] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    has_source: bool = True
    style: Style | None = None
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    scores: Scores = field(default_factory=dict)
