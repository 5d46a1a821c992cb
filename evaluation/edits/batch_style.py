"""The spacing of a source that does not tell its own: that of most sources of its file or batch.

`He go home` has no punctuation. Its corrections have, and are spaced as the other sources are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from evaluation.edits.spacing import style_of
from evaluation.records import Segment, Style

READ_AHEAD = 1000
"""Sources that decide on the style of a file, from the first: memory and latency stay bounded."""


class StyleTally:
    """Counts how the sources of one batch are spaced."""

    def __init__(self) -> None:
        self._counts = Counter[Style | None]()

    def add(self, source: str) -> None:
        """Count a source."""
        self._counts[style_of(source)] += 1

    @property
    def style(self) -> Style | None:
        """The style of most of the sources that tell theirs; `None` in a tie."""
        lead = self._counts["tokenised"] - self._counts["running"]
        return None if not lead else "tokenised" if lead > 0 else "running"


def in_batch_style(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Yield `segments`, each with the style of most of the first `READ_AHEAD` of them."""
    remaining, tally = iter(segments), StyleTally()
    first = list(islice(remaining, READ_AHEAD))
    for segment in first:
        tally.add(segment.source)
    for segment in chain(first, remaining):
        yield replace(segment, style=tally.style)
