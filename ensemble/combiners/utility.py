"""The expected utility of whole texts: agreement with their final answers, then likeness."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import numpy as np
from fastchrf import pairwise_chrf

from ensemble.candidates import Ballot, Candidate
from ensemble.candidates.final_answer import final_answer
from ensemble.candidates.labels import text_key
from ensemble.types import Array

_DECIMALS = 9  # sums of the same votes in another order must be equal

_MOST_KEPT = 1 << 25
"""Numbers that `comparing_once` keeps: 256 MB. Texts beyond these are compared each time."""


class _Known(dict[tuple[str, ...], Array]):
    """The comparisons of texts that are kept, and how many numbers these have."""

    numbers = 0

    def keep(self, keys: tuple[str, ...], alike: Array) -> None:
        """Keep a comparison if there is room for it."""
        if self.numbers + alike.size <= _MOST_KEPT:
            self[keys] = alike
            self.numbers += alike.size


_known: ContextVar[_Known | None] = ContextVar("known", default=None)


@contextmanager
def comparing_once() -> Iterator[None]:
    """Compare the same texts only once while the context lasts.

    A segment is in the training part of most folds, and a combiner looks at it several times.
    """
    token = _known.set(_Known() if (outer := _known.get()) is None else outer)
    try:
        yield
    finally:
        _known.reset(token)


@dataclass(frozen=True)
class Utility:
    """How good each of n texts is by all n of them, which weigh as their `total` votes.

    `alike` (n, n) is the chrF of each with each, glyphs apart, `likeness` (n,) its mean over the
    votes: the expected chrF, from 0 to 1. `agreeing` (n,) counts the votes for texts that state the
    same final answer as this one, itself included, and is 0 for a text that states none. Answers
    count where at least two votes, and half of them, are for texts that state one; elsewhere all
    are 0.
    """

    alike: Array
    likeness: Array
    agreeing: Array
    total: float

    @classmethod
    def of(cls, texts: Sequence[str], votes: Sequence[float] | Array) -> "Utility":
        """Return the utility of `texts`, of which there is at least one, with `votes` for each."""
        total = float(np.sum(votes))
        alike = _alike(tuple(map(text_key, texts)))
        likeness = alike @ votes / max(100 * total, 1e-9)
        return cls(alike / 100, likeness, _agreeing(stated_answers(texts, votes), votes), total)

    @property
    def expected(self) -> Array:
        """The expected utility of each text, (n,), from 0 to 1.

        Where answers count it is (`agreeing` + `likeness`) / (`total` + 1): one more vote for its
        answer is worth as much as all likeness, so likeness decides only between texts whose
        answers have as many votes. Elsewhere it is the expected chrF (Kumar & Byrne 2004).
        """
        return self.settled(self.likeness)

    def settled(self, by: Array) -> Array:
        """Return the utility where `by`, (n,) and from 0 to 1, decides between equal answers."""
        if not self.agreeing.any():
            return self.likeness
        return np.asarray((self.agreeing + by) / (self.total + 1))

    @property
    def same_answer(self) -> Array:
        """The share of the votes for texts with the same final answer as each, (n,)."""
        return np.asarray(self.agreeing / max(self.total, 1e-9))


def _alike(keys: tuple[str, ...]) -> Array:
    """Return the chrF of each of n texts with each, (n, n), from 0 to 100."""
    known = _known.get()
    if known is not None and keys in known:
        return known[keys]
    # fastchrf compares lists of lists: here one list with itself.
    alike = np.array(pairwise_chrf([keys], [keys])[0])
    if known is not None:
        known.keep(keys, alike)
    return alike


def stated_answers(texts: Sequence[str], votes: Sequence[float] | Array) -> list[str | None]:
    """Return the final answer of each text; `None` for all where answers do not count."""
    answers = list(map(final_answer, texts))
    stated = sum(v for answer, v in zip(answers, votes, strict=True) if answer is not None)
    enough = max(2.0, float(np.sum(votes)) / 2)
    return answers if round(stated, _DECIMALS) >= enough else [None] * len(answers)


def by_answer(ballot: Ballot) -> Ballot:
    """Return the ballot in which texts with the same final answer are one candidate."""
    texts = [candidate.replacement for candidate in ballot.candidates]
    answers = stated_answers(texts, [len(candidate.voters) for candidate in ballot.candidates])
    merged: dict[str, Candidate] = {}
    for answer, candidate in zip(answers, ballot.candidates, strict=True):
        # Texts without an answer that counts stay apart: the key is another of each.
        key = f"text {candidate.edit.replacement}" if answer is None else f"answer {answer}"
        voters = (*merged[key].voters, *candidate.voters) if key in merged else candidate.voters
        merged[key] = merged.get(key, candidate)._replace(voters=tuple(sorted(voters)))
    return replace(ballot, candidates=tuple(merged.values()))


def _agreeing(answers: Sequence[str | None], votes: Sequence[float] | Array) -> Array:
    """Return the votes for the same answer as each, 0 where there is none."""
    counts: dict[str | None, float] = {}
    for answer, vote in zip(answers, votes, strict=True):
        counts[answer] = counts.get(answer, 0.0) + float(vote)
    counts[None] = 0.0
    return np.array([round(counts[answer], _DECIMALS) for answer in answers])
