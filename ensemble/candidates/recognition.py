"""Recognises from outputs themselves whether they are edits of a source, texts or labels.

For where nobody said it: labels combined as edits would be a source with words exchanged. What is
not clear is refused, as a wrong guess costs more than an option that has to be given.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from statistics import median

from rapidfuzz.distance import Indel

from ensemble.candidates import Kind
from ensemble.candidates.answers import answers_of
from ensemble.candidates.labels import label_key
from evaluation.edits.tokens import tokenise
from evaluation.records import Segment

SAMPLE = 500
"""Segments that are looked at, from the first."""

_EDITED = 0.5  # half of its words are the source's: corrections have over 0.8, translations none
_FEW_TOKENS = 3  # so few that one corrected word leaves none: then characters are compared
_MOST = 0.9
_NEARLY_ALL = 0.95  # a model that is to give a label now and then gives a sentence
_LABEL_TOKENS = 4
_TEXT_TOKENS = 8
_CLOSED = 0.5  # of a set of labels each comes twice and more, of texts nearly every one is new


@dataclass(frozen=True, slots=True)
class Recognised:
    """A kind of output, and by what it was recognised."""

    kind: Kind
    why: str


def recognise(segments: Iterable[Segment]) -> Recognised:
    """Return the kind of the outputs of `segments`, of which the first `SAMPLE` are read.

    Raises:
        ValueError: it is not clear which kind they are of.
    """
    pairs = list(_pairs(islice(segments, SAMPLE)))
    sourced = [(source, output) for source, output in pairs if source]
    shared = sorted(_shared(source, output) for source, output in sourced)
    if not pairs or (shared and median(shared) >= _EDITED):
        return Recognised("edits", "outputs that share most of their words with the source")
    if shared and shared[int(_MOST * len(shared))] >= _EDITED:
        raise _unclear("some outputs share most of their words with the source, and most do not")
    sharing = "share few words with the source" if shared else "have no source"
    return _apart([output for _, output in pairs], sharing)


def _apart(outputs: Sequence[str], sharing: str) -> Recognised:
    """Return the kind of outputs that are no edits."""
    keys = list(map(label_key, outputs))
    sizes = sorted(len(_tokens(key)) for key in keys)
    longest = sizes[int(_NEARLY_ALL * len(sizes))]
    is_closed = len(set(keys)) <= _CLOSED * len(keys)
    if longest <= 1 or (longest <= _LABEL_TOKENS and is_closed):
        return Recognised("labels", f"short outputs that {sharing}")
    if median(sizes) >= _TEXT_TOKENS:
        return Recognised("texts", f"long outputs that {sharing}")
    raise _unclear(f"the outputs {sharing}, and may be labels or short texts")


def _unclear(what: str) -> ValueError:
    return ValueError(
        f"{what}: say what they are by --kind edits, texts or labels (of a job: `outputs`)"
    )


def _pairs(segments: Iterable[Segment]) -> Iterator[tuple[str, str]]:
    """Yield each output that has something in it, and its source."""
    for segment in segments:
        for output in answers_of(segment).values():
            if output.strip():
                yield segment.source.strip(), output


def _shared(source: str, output: str) -> float:
    """Return how much two texts share, from 0 to 1: of words, or of characters if they are few."""
    one, other = _tokens(source), _tokens(output)
    words = 2 * (Counter(one) & Counter(other)).total()
    shared = words / (len(one) + len(other))
    if len(one) <= _FEW_TOKENS:
        return max(shared, Indel.normalized_similarity(source, output))
    return shared


@lru_cache(maxsize=1 << 10)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token.strip().casefold() for token in tokenise(text))
