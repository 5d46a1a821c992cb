"""What a candidate looks like, as numbers, for each kind of output; in any language.

A form also says what the vote alone makes of the candidates, and which traits of a candidate
the competence of a system may depend on.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from fastchrf import pairwise_chrf
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.neural.vote_matrix import Array, Columns, Poll, support


class Form(NamedTuple):
    """The form of n candidates: a `prior` (n,) as a log-odds, columns (n,), traits of each."""

    prior: Array
    columns: Columns
    traits: tuple[tuple[str, ...], ...]


_STAKE = 6.0  # log-odds between all against and all for: what a vote was seen to be worth
_TIE = 0.01  # near twins, who count a little less than one each, still make half
_LONGEST = 30  # characters; beyond it length says no more
_SIZES = (8, 16, 32, 64, 128, 256)  # characters, the sizes of sources told apart
_NOT_LATIN = 0x2FF  # the last letter of the Latin scripts


def of_edits(poll: Poll) -> Form:
    """Return how long, how like what it replaces, and where in the sentence each edit is.

    Half is enough by weight or by heads: a tie of heads that weight broke either way would
    make an even number of systems far stricter than an odd one.
    """
    columns = {**support(poll), **_change(poll), **_place(poll)}
    prior = _STAKE * (np.maximum(poll.share, poll.raised) + _TIE - poll.enough)
    return Form(prior, columns, tuple((candidate.type,) for candidate in poll.candidates))


def _change(poll: Poll) -> Columns:
    before = [candidate.original.strip() for candidate in poll.candidates]
    after = [candidate.replacement.strip() for candidate in poll.candidates]
    small = [text.lower() for text in before], [text.lower() for text in after]
    old, new = np.array([list(map(len, before)), list(map(len, after))]).reshape(2, -1)
    return {
        "likeness": cpdist(*small, scorer=Levenshtein.normalized_similarity, dtype=np.float64),
        "longer": np.clip(new - old, -_LONGEST, _LONGEST),
        "letters before": np.minimum(old, _LONGEST),
        "letters after": np.minimum(new, _LONGEST),
        "same letters": np.equal(*map(np.array, small)) if before else np.zeros(0),
        "word before": np.array([text.isalpha() for text in before]),
        "word after": np.array([text.isalpha() for text in after]),
        "capital before": np.array([text[:1].isupper() for text in before]),
        "capital after": np.array([text[:1].isupper() for text in after]),
    }


def _place(poll: Poll) -> Columns:
    put_in = np.array([len(candidate.edit.replacement) for candidate in poll.candidates])
    return {
        "tokens before": np.minimum(poll.end - poll.start, _LONGEST),
        "tokens after": np.minimum(put_in, _LONGEST),
        "tokens": np.log1p(poll.tokens),
        "place": poll.start / np.maximum(poll.tokens, 1),
        "at the start": poll.start == 0,
        "at the end": poll.end == poll.tokens,
    }


def of_labels(poll: Poll) -> Form:
    """Return how long the source is; the prior is what skill alone says of each label.

    Competence depends on the label given, and on how short the source is.
    """
    skill = np.clip(poll.profile.skill, 0.02, 0.98)
    odds = np.maximum(np.log(skill / (1 - skill)), 0)
    length = np.array([len(ballot.source) for ballot in poll.ballots])[poll.segment]
    columns = {
        **support(poll),
        "length": np.log1p(length),
        "tokens": np.log1p(poll.tokens),
    }
    traits = tuple(
        (f"label {''.join(candidate.edit.replacement)}", f"size {size}")
        for candidate, size in zip(poll.candidates, np.digitize(length, _SIZES), strict=True)
    )
    return Form(poll.voting @ odds, columns, traits)


def of_texts(poll: Poll) -> Form:
    """Return how like the others each text is, and how its length and numbers compare.

    The prior is the expected chrF against all, each weighed by its voters' competence: minimum
    Bayes risk (Kumar & Byrne 2004) that does not take every system at its word.
    """
    weight = poll.votes @ poll.weights
    bounds = np.searchsorted(poll.segment, np.arange(1, len(poll.ballots)))
    tables = [
        _texts(ballot, some)
        for ballot, some in zip(poll.ballots, np.split(weight, bounds), strict=True)
        if ballot.candidates
    ]
    columns = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    return Form(columns["expected, centred"], columns, tuple(() for _ in poll.candidates))


def _texts(ballot: Ballot, weight: Array) -> Columns:
    """Return the columns of one ballot's texts, whose voters weigh `weight`."""
    texts = [candidate.replacement for candidate in ballot.candidates]
    alike = np.array(pairwise_chrf([texts], [texts])[0]) / 100
    expected = alike @ weight / max(float(weight.sum()), 1e-9)
    length = np.array([max(len(text), 1) for text in texts])
    words = [text.split() for text in texts]
    return {
        "expected": expected,
        "expected, centred": expected - expected.mean(),
        "nearest other": (alike - 2 * np.eye(len(texts))).max(axis=1, initial=0),
        "longer than others": np.log(length / np.median(length)),
        "longer than source": np.log(length / max(len(ballot.source), 1)),
        "digits kept": np.array([_digits_kept(ballot.source, text) for text in texts]),
        "not latin": np.array([_share(text, lambda c: ord(c) > _NOT_LATIN) for text in texts]),
        "repeated": np.array([1 - len(set(some)) / max(len(some), 1) for some in words]),
    }


def _digits_kept(source: str, text: str) -> float:
    given, found = (set(filter(str.isdigit, each)) for each in (source, text))
    return len(given & found) / max(len(given | found), 1)


def _share(text: str, wanted: Callable[[str], bool]) -> float:
    return sum(map(wanted, text)) / max(len(text), 1)


FORMS: dict[Kind, Callable[[Poll], Form]] = {
    "edits": of_edits,
    "texts": of_texts,
    "labels": of_labels,
}
"""What looks at each kind."""
