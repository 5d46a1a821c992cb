"""Fusing: one text from the parts of several, each word as most outputs have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rapidfuzz.distance import Levenshtein

from ensemble.candidates import Ballot, collect
from ensemble.combiners.base import Verdict
from ensemble.combiners.mbr import MinimumBayesRisk
from ensemble.combiners.registry import register
from ensemble.combiners.utility import stated_answers
from ensemble.decoding.alternatives import changed_by
from ensemble.decoding.decode import Combination, decode
from ensemble.decoding.fitting import fitting
from evaluation.edits.align_words import WordAligner
from evaluation.edits.glyphs import fold
from evaluation.edits.tokens import tokenise
from evaluation.errors import InputError
from evaluation.records import Segment
from evaluation.reporting.table import sign

_SHARED = 0.5
"""The share of words that the other outputs must have in common with the backbone, on average.

Chosen on half of Earnings-21, where it costs nothing: transcripts share more. Answers of language
models share a fifth, summaries two fifths; words aligned there have little to do with each other.
"""

_FEWEST = 3  # of two systems, neither outvotes the other
_ROUNDING = 1e-9


@register("fuse", kinds=("texts",), stateless=True, options=("window",), writes=True)
@dataclass(frozen=True)
class Fuse(MinimumBayesRisk):
    """Take the text of `mbr`, its backbone, and change each word that more systems have otherwise.

    The other texts are aligned to the backbone word by word (ROVER, Fiscus 1997). A change is taken
    where more systems make it than leave the words as they are, and where it fits: every `window`
    words in a row of the result are in a row in one of the outputs. With a `window` of 1 each word
    is decided by itself, which suits transcripts. The backbone is kept as it is where the texts
    share less than half of their words, where they are too long to align, where the result would be
    less like the outputs than the backbone, and where it would state another final answer.

    One pass: repeated on the fused text, it changes a few words in a thousand, and no figure, but
    the changes would no longer say who proposed each word.
    """

    window: int = 3

    def __post_init__(self) -> None:
        """Refuse a window without a word.

        Raises:
            InputError: `window` is less than 1.
        """
        if self.window < 1:
            raise InputError("out-of-range", f"window is at least 1, not {self.window}")

    @property
    def signature(self) -> str:
        """The window, and what `mbr` signs."""
        return sign(self.name, {**self.signature_parts, "window": self.window})

    def combinations(self, ballots: Sequence[Ballot]) -> list[Combination]:
        """Return the fused text of each of `ballots`; the output of `mbr` where none is fused."""
        chosen = super().combinations(ballots)
        return [
            self._fused(ballot, combination) or combination
            for ballot, combination in zip(ballots, chosen, strict=True)
        ]

    def _fused(self, ballot: Ballot, chosen: Combination) -> Combination | None:
        """Return the text fused on the `chosen` one; `None` where that is to be kept."""
        outputs = {name: c.replacement for c in ballot.candidates for name in c.voters}
        backbone = chosen.text or ""
        if len(ballot.candidates) == 1 or len(outputs) < _FEWEST:
            return None
        if _likeness(backbone, outputs) < _SHARED:
            return None  # words aligned there have little to do with each other
        try:
            aligned = collect(Segment(backbone, outputs), "edits", align=WordAligner)
        except InputError:
            return None  # too long to align
        verdict = plurality(aligned)
        decoded = decode(aligned, verdict.probabilities, verdict.threshold)
        fused = fitting(aligned, replace(decoded, backbone=backbone), self.window)
        return fused if _is_as_good(fused.text or "", backbone, outputs) else None


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
        unchanged = len(ballot.systems) - len(changed_by(ballot, places[candidate.edit[:2]]))
        shares.append(voters / (voters + unchanged))
    return Verdict(shares, 0.5 + _ROUNDING)


def _likeness(text: str, outputs: Mapping[str, str]) -> float:
    """Return the share of words that `text` has in common with the other outputs, on average."""
    words = _words(text)
    others = [_words(output) for output in outputs.values() if output != text]
    if not others:
        return 1.0
    return float(np.mean([Levenshtein.normalized_similarity(words, other) for other in others]))


def _distance(text: str, outputs: Mapping[str, str]) -> int:
    """Return the words in which `text` differs from all outputs, together."""
    words = _words(text)
    return sum(Levenshtein.distance(words, _words(output)) for output in outputs.values())


def _is_as_good(fused: str, backbone: str, outputs: Mapping[str, str]) -> bool:
    """Return whether `fused` is as like the outputs, and states the same final answer."""
    if fused == backbone:
        return True
    texts = [fused, backbone, *outputs.values()]
    answers = stated_answers(texts, [0, 0, *[1] * len(outputs)])
    return answers[0] == answers[1] and _distance(fused, outputs) <= _distance(backbone, outputs)


def _words(text: str) -> list[str]:
    return list(map(fold, tokenise(text)))
