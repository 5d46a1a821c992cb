"""Limits of the service that are not settings; the limits on work are in `admission`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Self

from evaluation.data.class_probabilities import Output, is_distribution
from evaluation.edits.align import MAX_TOKENS
from evaluation.edits.tokens import is_surely_within, tokenise
from evaluation.errors import ConsortError
from service.core.problem_types import FaultCode

FEWEST_SYSTEMS = 2
MOST_SYSTEMS = 32

LONGEST_TEXT = 1 << 16
"""Characters in a text."""

LONGEST_TOKEN = 1000
"""Characters in a token, including the white space before it and its combining marks.

Words are shorter; only texts without spaces have such tokens, which take quadratic time to align.
"""

MOST_METRICS = 8
"""Metrics compared in one request: every pair of them is tested."""

LONGEST_METRIC = 200
"""Characters in the name of a metric with its options."""

MOST_JUDGED = 4096
"""Judged outputs in one request: systems times segments."""

MOST_SCORES = 8192
"""Metric scores in one request: metrics times judged outputs. They take about ten seconds."""

MOST_REFERENCES = 16
"""References of a segment."""

SCORED_CHARACTERS = 1 << 19
"""Characters in one evaluation: those of outputs, and of the texts each is compared with."""

CORRECTED_SENTENCES = 200
"""Sentences with gold edits in one validation."""

CORRECTED_TOKENS = 100
"""Tokens of such a sentence."""

CHANGED_TOKENS = 10
"""Tokens that one annotator changes in one place: MaxMatch tries every way to align them."""

LATTICE_TEXTS = 1500
"""Partly corrected texts in one validation, each scored by every metric."""

LONGEST_NAME = 64
"""Characters in the name of a registered combiner, or of an alias."""

LONGEST_COMBINER = 2 * LONGEST_NAME + 1
"""Characters in the `combiner` field of a request: a name, an `@` and an alias."""

MOST_COMBINERS = 200
"""Versions of combiners in the registry, over all names: all of them stay in memory."""

COMBINER_SYSTEMS = 64
"""Systems in a registered combiner: their agreement is weighed in each request."""

MANIFEST_BYTES = 1 << 20
"""Bytes in the manifest of an uploaded combiner."""

EVIDENCE_LEAST = 50
"""Different sources that a promotion needs: with fewer, bootstrap intervals are too narrow."""

EVIDENCE_SEGMENTS = 1000
"""Segments in the evidence for a promotion."""

JUDGED_EDITS = 200
"""Edits judged in one request of feedback."""

FEEDBACK_CELLS = 512
"""Pairs of system and type in the feedback of one owner on one day: 32 systems, all 16 types."""

CHECKED_UNITS = 1 << 15
"""UTF-16 code units of a text in the LanguageTool form.

The embedded correctors take a minute or two for a text of this length, sentence by sentence.
"""

LARGEST_NUMBER = 1e12
"""Absolute value of a score or a judgement: squares and sums of larger ones lose all precision."""


class Refused(ConsortError, ValueError):  # noqa: N818 - names the outcome of the request
    """A well-formed request that cannot be granted; `path` points to the value at fault."""

    def __init__(self, code: FaultCode, path: Sequence[str | int], detail: str) -> None:
        super().__init__(detail)
        self.code: FaultCode = code
        self.path = tuple(path)
        self.detail = detail

    def __reduce__(self) -> tuple[type[Self], tuple[FaultCode, tuple[str | int, ...], str]]:
        """Return how it is made again in another process."""
        return type(self), (self.code, self.path, self.detail)


def check_text(text: str, path: Sequence[str | int]) -> None:
    """Refuse a text that takes too long to align.

    Raises:
        Refused: it has more than `MAX_TOKENS` tokens, or one over `LONGEST_TOKEN` characters.
    """
    if len(text) <= LONGEST_TOKEN:
        return  # neither the number of tokens nor the length of one can be larger
    if is_surely_within(text, MAX_TOKENS, LONGEST_TOKEN):
        return  # as mostly
    tokens = tokenise(text)
    if len(tokens) > MAX_TOKENS:
        detail = f"has {len(tokens)} tokens; the limit is {MAX_TOKENS}"
        raise Refused("text-too-long", path, detail)
    longest = max(map(len, tokens))
    if longest > LONGEST_TOKEN:
        detail = f"has a token of {longest} characters; the limit is {LONGEST_TOKEN}"
        raise Refused("text-too-long", path, detail)


def check_output(output: Output | None, path: Sequence[str | int]) -> None:
    """Refuse an output that has a text, or a label among others, that takes too long to align.

    Raises:
        Refused: as `check_text`.
    """
    for text in output if is_distribution(output) else [output or ""]:
        check_text(text, path)


def check_scored(
    scores: Mapping[str, Mapping[str, object]], systems: Collection[str], path: Sequence[str | int]
) -> None:
    """Refuse a score of a system that is not one of `systems`.

    Raises:
        Refused: there is one.
    """
    for judge, given in scores.items():
        if unknown := [name for name in given if name not in systems]:
            raise Refused("unknown-system", [*path, judge, unknown[0]], "has no output here")
