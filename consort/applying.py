"""Applies a combiner to data of any form, as `consort combine` applies it to a folder."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consort.tables import segments_in
from ensemble.batch import chunked, combine_chunk, fitted
from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.candidates.protection import Trusted
from ensemble.candidates.recognition import recognise
from ensemble.combiners.base import Combiner, kind_for
from ensemble.decoding.decode import Combination
from evaluation.data.judge_scores import recused
from evaluation.data.layout import Layout
from evaluation.edits.types import Types, load_types
from evaluation.errors import InputError
from evaluation.execution.progress import Progress
from evaluation.records import Segment

if TYPE_CHECKING:
    from pandas import DataFrame

Read = Callable[[], Iterable[Segment]]
"""Returns the segments of some data from the first, each time that it is called."""

EVIDENCE = (
    *("segment", "original", "replacement", "type", "voters", "probability", "accepted", "reason"),
    *("tied", "note", "start", "end", "offset", "length"),
)
"""The columns of evidence: the number of the segment, from 1, and `Decision.evidence`."""


@dataclass(frozen=True)
class Recipe:
    """A combiner with the kind of outputs that it combines, and the options of combining."""

    combiner: Combiner
    kind: Kind
    types: Types | None = None
    label_case: LabelCase = "keep"
    protect: bool = True

    def fitted_to(self, read: Read) -> Combiner:
        """Return the combiner, fitted without labels to the segments that `read` returns.

        Raises:
            ValueError: the combiner does not combine this kind, or a segment is too long.
        """
        kind_for(self.combiner, self.kind)
        return fitted(self.combiner, self.kind, read, self.label_case, self._trusted)

    def combinations(self, read: Read, progress: Progress) -> Iterator[Combination]:
        """Yield the combination of each segment by the combiner, which is fitted.

        Raises:
            InputError: it was trained on other types of edits.
            ValueError: a segment is too long.
        """
        own = self.combiner.types
        if self.kind == "edits" and self.types and own and self.types != own:
            raise InputError("invalid-option", f"this combiner was trained with types={own!r}")
        classifier = load_types(self.types or own or "surface")
        how = self.combiner, self.kind, classifier, self.label_case, self._trusted
        for chunk in chunked(progress(read(), "Combining")):
            yield from combine_chunk(chunk, *how)

    @property
    def _trusted(self) -> Trusted:
        return () if self.protect else None


def reader(data: object, layout: Layout, kind: Kind | None) -> Read:
    """Return what reads the segments of `data`: a path each time anew, anything else once.

    Raises:
        InputError: the outputs are edits, and a segment has no source; or as `segments_in`.
    """
    if isinstance(data, str | os.PathLike):
        return lambda: recused(segments_in(data, layout, kind))
    segments = list(recused(segments_in(data, layout, kind)))
    for number, segment in enumerate(segments, start=1):
        if kind == "edits" and not segment.has_source:
            fault = f"segment {number} has no source, which edits change"
            raise InputError("missing-input", f"{fault}: name its column by source=")
    return lambda: segments


def recognised(data: object, layout: Layout) -> Kind:
    """Return the kind of the outputs in `data`, told by the outputs.

    Raises:
        ValueError: they do not show their kind; or as `segments_in`.
    """
    return recognise(reader(data, layout, None)(), "the argument kind:").kind


def evidence_of(combinations: Sequence[Combination]) -> "DataFrame":
    """Return a row for each candidate of each segment, with the columns of `EVIDENCE`."""
    from pandas import DataFrame

    rows: list[dict[str, Any]] = [
        {"segment": number, **decision.evidence()}
        for number, combination in enumerate(combinations, start=1)
        for decision in combination.decisions
    ]
    levels = ("levels",) if any("levels" in row for row in rows) else ()
    return DataFrame(rows, columns=[*EVIDENCE, *levels])


def tell(combiner: Combiner) -> None:
    """Print the remarks of `combiner` about the data that it was fitted to."""
    for remark in combiner.remarks:
        print(f"note: {remark}", file=sys.stderr)
