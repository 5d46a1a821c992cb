"""Votes for the words of a text: other texts aligned to it, and which change most voters make."""

from collections.abc import Mapping, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from ensemble.candidates import Ballot, collect
from ensemble.combiners.base import Verdict
from evaluation.edits.align_words import WordAligner
from evaluation.edits.glyphs import fold
from evaluation.edits.tokens import tokenise
from evaluation.errors import InputError
from evaluation.records import Segment

_SHARED = 0.5
"""The share of words that the other outputs must have in common with the backbone, on average.

Chosen on half of Earnings-21, where it costs nothing: transcripts share more. Answers of language
models share a fifth, summaries two fifths; words aligned there have little to do with each other.
"""

_FEWEST = 3  # of two systems, neither outvotes the other
_ROUNDING = 1e-9


def outputs_of(ballot: Ballot) -> dict[str, str]:
    """Return the text of each system that has one, of a ballot of texts."""
    return {name: c.replacement for c in ballot.candidates for name in c.voters}


def aligned_on(backbone: str, ballot: Ballot) -> Ballot | None:
    """Return the texts of `ballot` as edits of the words of `backbone`, which is one of them.

    It is `None` where nothing is to be voted on: all texts are the same, there are only two, they
    have little in common, or they are too long to align.
    """
    outputs = outputs_of(ballot)
    if len(ballot.candidates) == 1 or len(outputs) < _FEWEST:
        return None
    if _likeness(backbone, outputs) < _SHARED:
        return None  # words aligned there have little to do with each other
    try:
        return collect(Segment(backbone, outputs), "edits", align=WordAligner)
    except InputError:
        return None  # too long to align


def plurality(ballot: Ballot) -> Verdict:
    """Return the verdict by which a change needs more voters than leave its place unchanged.

    Other changes of the same place count for neither, so that several ways to change a word do not
    keep it as it is, where fewest have it.
    """
    places: dict[tuple[int, int], list[int]] = {}
    for i, candidate in enumerate(ballot.candidates):
        places.setdefault(candidate.edit[:2], []).append(i)
    shares = []
    for candidate in ballot.candidates:
        voters = len(candidate.voters)
        unchanged = len(ballot.systems) - len(ballot.voters_of(places[candidate.edit[:2]]))
        shares.append(voters / (voters + unchanged))
    return Verdict(shares, 0.5 + _ROUNDING)


def is_as_like(text: str, backbone: str, outputs: Mapping[str, str]) -> bool:
    """Return whether `text` differs from all outputs together in no more words than `backbone`."""
    return text == backbone or _distance(text, outputs) <= _distance(backbone, outputs)


def _likeness(text: str, outputs: Mapping[str, str]) -> float:
    """Return the share of words that `text` has in common with the other outputs, on average."""
    words = _words(text)
    others = [_words(output) for output in outputs.values() if output != text]
    if not others:
        return 1.0
    return float(np.mean([Levenshtein.normalized_similarity(words, other) for other in others]))


def _distance(text: str, outputs: Mapping[str, str]) -> int:
    words = _words(text)
    return sum(Levenshtein.distance(words, _words(output)) for output in outputs.values())


def _words(text: str) -> Sequence[str]:
    return list(map(fold, tokenise(text)))
