"""Features of candidates, for each kind of output, independent of the language.

They come with the vote's own log-odds (the prior), and with the traits of a candidate that the
competence of a system may depend on.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from ensemble.candidates import Ballot, Kind
from ensemble.combiners.neural.vote_matrix import Columns, VoteMatrix, support
from ensemble.combiners.utility import Utility
from ensemble.types import Array
from evaluation.execution.progress import parts


class Features(NamedTuple):
    """Features of n candidates: a `prior` (n,) as log-odds, columns (n,), and traits of each."""

    prior: Array
    columns: Columns
    traits: tuple[tuple[str, ...], ...]


_STAKE = 6.0  # log-odds from no vote to all votes, as measured on labelled outputs
_LEAST_ODDS = 0.5  # of a label, for each of its voters
_TIE = 0.01  # near twins count a little less than one each, and still make half
_LONGEST = 30  # characters or tokens; longer ones count as this long
_SIZES = (8, 16, 32, 64, 128, 256)  # characters: the classes of source lengths
SIZE = "size "
"""How the traits of labels begin that are the class of their source's length."""
SIZES_IN_WORDS = (
    "Sizes are those of the source in characters: "
    + ", ".join(f"{SIZE}{number} under {most}" for number, most in enumerate(_SIZES))
    + f", {SIZE}{len(_SIZES)} longer."
)
"""An explanation of those traits."""
_PRIOR = "prior"
_SAME = 1e-5  # utilities that differ by less are equal
_SETTLED = 1e-3  # more than decoding takes for rounding
_NOT_LATIN = 0x2FF  # the last letter of the Latin scripts


def of_edits(matrix: VoteMatrix) -> Features:
    """Return features of edits: length, similarity to the replaced words, place in the sentence.

    The prior asks for half of the votes by weight or by count. If weights alone broke a tie in
    numbers, an even number of systems would be far stricter than an odd one.
    """
    columns = {**support(matrix), **change(matrix), **place(matrix)}
    prior = _STAKE * (np.maximum(matrix.share, matrix.raised) + _TIE - matrix.enough)
    return Features(prior, columns, tuple((candidate.type,) for candidate in matrix.candidates))


def change(matrix: VoteMatrix) -> Columns:
    """Return features of what each edit replaces, and by what."""
    before = [candidate.original.strip() for candidate in matrix.candidates]
    after = [candidate.replacement.strip() for candidate in matrix.candidates]
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


def place(matrix: VoteMatrix) -> Columns:
    """Return features of the size of each edit, and of its place in the sentence."""
    new_tokens = np.array([len(candidate.edit.replacement) for candidate in matrix.candidates])
    return {
        "tokens before": np.minimum(matrix.end - matrix.start, _LONGEST),
        "tokens after": np.minimum(new_tokens, _LONGEST),
        "tokens": np.log1p(matrix.tokens),
        "place": matrix.start / np.maximum(matrix.tokens, 1),
        "at the start": matrix.start == 0,
        "at the end": matrix.end == matrix.tokens,
    }


def of_labels(matrix: VoteMatrix) -> Features:
    """Return features of labels: the length of the source; the prior is the vote.

    Agreement does not tell a good system from one whose mistakes others share, so all systems count
    the same, as much as their mean skill implies; copies of one system count once. Ties are settled
    by judges, then by agreement. Competence depends on the label, and on how short the source is.
    """
    skill, originals = np.clip(matrix.profile.skill, 0.02, 0.98), matrix.profile.originals
    mean = float(np.average(np.log(skill / (1 - skill)), weights=originals))
    # Judges together count less than one vote: they decide only where votes are equal.
    votes = matrix.votes @ originals + (matrix.settling - 0.5)
    prior = max(mean, _LEAST_ODDS) * votes + _SETTLED * matrix.share
    length = np.array([len(ballot.source) for ballot in matrix.ballots])[matrix.segment]
    columns = {
        **support(matrix),
        "length": np.log1p(length),
        "tokens": np.log1p(matrix.tokens),
    }
    traits = tuple(
        (f"label {''.join(candidate.edit.replacement)}", f"{SIZE}{size}")
        for candidate, size in zip(matrix.candidates, np.digitize(length, _SIZES), strict=True)
    )
    return Features(prior, columns, traits)


def of_texts(matrix: VoteMatrix) -> Features:
    """Return features of texts: similarity to the others, and how length and numbers compare.

    The prior is the expected utility of minimum Bayes risk (`Utility.expected`), with one vote for
    each system and one for twins together. Competence by agreement only settles ties: systems of
    one family phrase alike, which would count as agreement.
    """
    # Rounded, so that systems that are hardly alike have one whole vote each.
    votes = np.round(matrix.voting.sum(axis=1), 2)
    bounds = np.searchsorted(matrix.segment, np.arange(1, len(matrix.ballots)))
    rows = zip(
        matrix.ballots, np.split(votes, bounds), np.split(matrix.settling, bounds), strict=True
    )
    tables = [
        _texts(ballot, ballot_votes, settling)
        for ballot, ballot_votes, settling in parts(rows, "Comparing texts", len(matrix.ballots))
        if ballot.candidates
    ]
    columns = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    prior = _settled(columns.pop(_PRIOR), matrix)
    return Features(prior, columns, tuple(() for _ in matrix.candidates))


def _settled(prior: Array, matrix: VoteMatrix) -> Array:
    """Return `prior`, ties for the best text of a ballot settled by its voters, then competence.

    Decoding would count twins among the voters.
    """
    best = np.full(len(matrix.ballots), -np.inf)
    np.maximum.at(best, matrix.segment, prior)
    is_best = prior > best[matrix.segment] - _SAME
    return np.where(is_best, prior + _SETTLED * (matrix.raised + matrix.share / 10), prior)


def _texts(ballot: Ballot, votes: Array, settling: Array) -> Columns:
    """Return the columns of one ballot's texts, which have these `votes`, and their prior.

    Between answers with as many votes, judges count as much as likeness does.
    """
    texts = [candidate.replacement for candidate in ballot.candidates]
    utility = Utility.of(texts, votes)
    alike, expected, same = utility.alike, utility.likeness, utility.same_answer
    prior = (
        utility.expected if np.ptp(settling) == 0 else utility.settled((expected + settling) / 2)
    )
    length = np.array([max(len(text), 1) for text in texts])
    words = [text.split() for text in texts]
    return {
        _PRIOR: prior - prior.mean(),
        "expected": expected,
        "expected, centred": expected - expected.mean(),
        "same answer": same,
        "most frequent answer": (same == same.max()) & (same > 0),
        "nearest other": (alike - 2 * np.eye(len(texts))).max(axis=1, initial=0),
        "longer than others": np.log(length / np.median(length)),
        "longer than source": np.log(length / max(len(ballot.source), 1)),
        "digits kept": np.array([_digits_kept(ballot.source, text) for text in texts]),
        "not latin": np.array([_share(text, lambda c: ord(c) > _NOT_LATIN) for text in texts]),
        "repeated": np.array([1 - len(set(tokens)) / max(len(tokens), 1) for tokens in words]),
    }


def _digits_kept(source: str, text: str) -> float:
    given, digits_there = (set(filter(str.isdigit, string)) for string in (source, text))
    return len(given & digits_there) / max(len(given | digits_there), 1)


def _share(text: str, wanted: Callable[[str], bool]) -> float:
    return sum(map(wanted, text)) / max(len(text), 1)


FEATURES: dict[Kind, Callable[[VoteMatrix], Features]] = {
    "edits": of_edits,
    "texts": of_texts,
    "labels": of_labels,
}
"""The features of each kind of output."""
