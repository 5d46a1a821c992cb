"""What is refused, and how many are let in: every limit of the service that is not a setting."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from evaluation.edits.align import MAX_TOKENS
from evaluation.edits.tokens import tokenise

FEWEST_SYSTEMS = 2
MOST_SYSTEMS = 32

LONGEST_TEXT = 1 << 16
"""Characters in a text."""

LONGEST_TOKEN = 1000
"""Characters in a token, the white space before it and its combining marks included.

No word is as long; texts without a space are, and comparing them costs the square of it.
"""

MOST_METRICS = 8
"""Held against people in one request: every pair of them is tested."""

LONGEST_METRIC = 200
"""Characters in the name of a metric with its options."""

MOST_JUDGED = 4096
"""Outputs judged in one request: systems times segments."""

MOST_SCORES = 8192
"""Of metrics in one request: metrics times outputs judged. They take about ten seconds."""

MOST_REFERENCES = 16
"""A segment's."""

SCORED_CHARACTERS = 1 << 19
"""Characters of outputs, and of what each is compared with, in one evaluation."""

CORRECTED_SENTENCES = 200
"""Sentences with gold edits in one validation."""

CORRECTED_TOKENS = 100
"""Tokens of such a sentence."""

CHANGED_TOKENS = 10
"""That one annotator changes in one place: MaxMatch weighs every way to explain them together."""

LATTICE_TEXTS = 1500
"""Partly corrected texts in one validation, each scored by every metric."""

LONGEST_NAME = 64
"""Characters in the name of a registered combiner, or of an alias."""

LONGEST_COMBINER = 2 * LONGEST_NAME + 1
"""Characters in what a request calls a combiner: a name, an `@` and an alias."""

MOST_COMBINERS = 200
"""Versions of combiners in the registry, all names together: every one is held in memory."""

COMBINER_SYSTEMS = 64
"""Systems that a registered combiner knows: their agreement is weighed for each request."""

MANIFEST_BYTES = 1 << 20
"""Of an uploaded combiner."""

EVIDENCE_LEAST = 50
"""Different sources that a promotion takes: the bootstrap is too sure of itself on fewer."""

EVIDENCE_SEGMENTS = 1000
"""Segments in the evidence for a promotion."""

JUDGED_EDITS = 200
"""Edits judged in one request of feedback."""

CHECKED_UNITS = 1 << 15
"""UTF-16 code units of a text in the LanguageTool form.

Its sentences are checked one by one: so many take the embedded correctors a minute or two.
"""

LARGEST_NUMBER = 1e12
"""A score or a judgement: beyond, squares and sums would lose all digits."""

INLINE_CHARACTERS = 4096
"""Texts of so many characters together are combined on the event loop.

Usual ones take 3 ms there and the worst we could think of 20; a thread takes longer to start on
them than they last. Counted in characters because that is free, and tokens are never more.
"""


class Refused(ValueError):  # noqa: N818 - what happened to the request, not a fault of ours
    """A well-formed request that cannot be granted; `path` leads to what is wrong in it."""

    def __init__(self, path: Sequence[str | int], detail: str) -> None:
        super().__init__(detail)
        self.path = tuple(path)
        self.detail = detail


class Busy(Exception):  # noqa: N818 - a state, not a fault
    """As much work is under way as there may be; later there will be less."""


def check_text(text: str, path: Sequence[str | int]) -> None:
    """Refuse a text that takes too long to align.

    Raises:
        Refused: it has more than `MAX_TOKENS` tokens, or one over `LONGEST_TOKEN` characters.
    """
    if len(text) <= LONGEST_TOKEN:
        return  # then neither its tokens nor the characters of one can be more
    tokens = tokenise(text)
    if len(tokens) > MAX_TOKENS:
        raise Refused(path, f"has {len(tokens)} tokens; at most {MAX_TOKENS} are combined")
    longest = max(map(len, tokens))
    if longest > LONGEST_TOKEN:
        raise Refused(
            path, f"has a token of {longest} characters; at most {LONGEST_TOKEN} are read"
        )


class Gate:
    """Lets in so many at once and turns the rest away: a queue would only make all of them late.

    Whoever comes may take more than one place; where nobody is in, anyone is let in.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._places = 0
        self._inside = 0

    @property
    def taken(self) -> int:
        """The places that are held."""
        return self._places

    def has_room(self, places: int) -> bool:
        """Whether one who takes so many would be let in."""
        return not self._inside or self._places + places <= self._width

    async def room(self, places: int, look_s: float) -> None:
        """Wait for room for so many, looking every `look_s`; who then enters at once gets in."""
        while not self.has_room(places):
            await asyncio.sleep(look_s)

    @contextmanager
    def enter(self, places: int = 1) -> Iterator[None]:
        """Hold so many places for as long as the context lasts.

        Raises:
            Busy: they are not free.
        """
        if not self.has_room(places):
            raise Busy
        self._places += places
        self._inside += 1
        try:
            yield
        finally:
            self._places -= places
            self._inside -= 1
