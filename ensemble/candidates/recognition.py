"""Recognising from the outputs whether they are edits of a source, texts or labels.

For callers that do not say: labels combined as edits would be a source with words exchanged. An
unclear case is refused, as a wrong guess costs more than an option that has to be given.
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
"""Segments that are read, from the first."""

_EDITED = 0.5  # share of words from the source: over 0.8 in corrections, 0 in translations
_FEW_TOKENS = 3  # in shorter texts a single correction can change every word: compare characters
_MOST = 0.9
_NEARLY_ALL = 0.95  # a model asked for a label sometimes gives a sentence
_LABEL_TOKENS = 4
_TEXT_TOKENS = 8
_CLOSED = 0.5  # distinct outputs: labels recur, texts hardly ever
_MANY, _RECURRING = 20, 0.2  # sources, and different outputs per source
_SOFT = 0.5  # integers or class probabilities; a few of them among texts are a mistake


@dataclass(frozen=True, slots=True)
class Recognised:
    """A kind of output, and the reason for it."""

    kind: Kind
    why: str


def recognise(segments: Iterable[Segment], option: str = "--kind") -> Recognised:
    """Return the kind of the outputs of `segments`, of which the first `SAMPLE` are read.

    Raises:
        ValueError: the kind is not clear; the message names the `option` that gives it.
    """
    sample = list(islice(segments, SAMPLE))
    try:
        return _recognised(sample)
    except ValueError as error:
        message = f"{error}: say what they are by {option} edits, texts or labels"
        raise ValueError(message) from None


def _recognised(sample: Sequence[Segment]) -> Recognised:
    pairs = list(_pairs(sample))
    soft = sum(len(segment.distributions) for segment in sample)
    if soft and soft >= _SOFT * len(pairs):
        return Recognised("labels", "integers or class probabilities")
    sourced = [(source, output) for source, output in pairs if source]
    if _is_closed_set(sourced):
        return Recognised("labels", "few different short outputs for many different sources")
    shared = sorted(_shared(source, output) for source, output in sourced)
    if not pairs or (shared and median(shared) >= _EDITED):
        return Recognised("edits", "outputs that share most of their words with the source")
    if shared and shared[int(_MOST * len(shared))] >= _EDITED:
        raise ValueError("some outputs share most of their words with the source, and most do not")
    sharing = "share few words with the source" if shared else "have no source"
    return _apart([output for _, output in pairs], sharing)


def _is_closed_set(pairs: Sequence[tuple[str, str]]) -> bool:
    """Return whether the same few short outputs recur over many sources, whatever words they share.

    A label may be a word of its source, such as `cancel_order` of "cancel my order"; edits of
    different sources differ.
    """
    sources = len({source for source, _ in pairs})
    keys = {label_key(output) for _, output in pairs}
    if sources < _MANY or len(keys) > _RECURRING * sources:
        return False
    sizes = sorted(len(_tokens(label_key(output))) for _, output in pairs)
    return sizes[int(_NEARLY_ALL * len(sizes))] <= _LABEL_TOKENS


def _apart(outputs: Sequence[str], sharing: str) -> Recognised:
    """Return the kind of outputs that are not edits."""
    keys = list(map(label_key, outputs))
    sizes = sorted(len(_tokens(key)) for key in keys)
    longest = sizes[int(_NEARLY_ALL * len(sizes))]
    is_closed = len(set(keys)) <= _CLOSED * len(keys)
    if longest <= 1 or (longest <= _LABEL_TOKENS and is_closed):
        return Recognised("labels", f"short outputs that {sharing}")
    if median(sizes) >= _TEXT_TOKENS:
        return Recognised("texts", f"long outputs that {sharing}")
    raise ValueError(f"the outputs {sharing}, and may be labels or short texts")


def _pairs(segments: Iterable[Segment]) -> Iterator[tuple[str, str]]:
    """Yield each output that is not empty, with its source."""
    for segment in segments:
        for output in answers_of(segment).values():
            if output.strip():
                yield segment.source.strip(), output


def _shared(source: str, output: str) -> float:
    """Return the share of words that two texts have in common, or of characters in short texts."""
    source_tokens, output_tokens = _tokens(source), _tokens(output)
    words = 2 * (Counter(source_tokens) & Counter(output_tokens)).total()
    shared = words / (len(source_tokens) + len(output_tokens))
    if len(source_tokens) <= _FEW_TOKENS:
        return max(shared, Indel.normalized_similarity(source, output))
    return shared


@lru_cache(maxsize=1 << 10)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token.strip().casefold() for token in tokenise(text))
